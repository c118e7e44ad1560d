"""The values that the rest of the program passes around, all immutable."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
"""One descriptor, shape (D,)."""
Matrix = NDArray[np.float32]
"""One descriptor a row, shape (N, D), C-contiguous."""
Scores = NDArray[np.float64]
"""One score a gallery row, shape (N,)."""
RGB = NDArray[np.uint8]
"""An upright image, shape (height, width, 3), sRGB assumed."""


def shown_path(path: str) -> str:
    """A path as text that any terminal, JSON file or log can hold: bytes that are not UTF-8, and control
    characters, escaped.

    ``path`` is a `str` as Python's file functions give it (`surrogateescape`), so no byte is lost before this.
    """
    return shown_text(os.fsencode(path).decode("utf-8", "backslashreplace"))


def shown_text(text: str) -> str:
    """A label or another word of a person as any terminal can hold it: control characters escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


@dataclass(frozen=True, slots=True)
class Location:
    """One place where an image's bytes were found."""

    path: str
    """Absolute path as Python's file functions give it (`surrogateescape` for names that are not UTF-8)."""
    size: int
    mtime_ns: int
    root: str = ""
    """The folder that was indexed and under which this path was found."""


def path_order(location: Location) -> bytes:
    """Sort key of locations: the bytes of the path."""
    return os.fsencode(location.path)


def in_path_order(locations: Iterable[Location]) -> tuple[Location, ...]:
    """One location a path (the last given one), in path order."""
    by_path = {location.path: location for location in locations}
    return tuple(sorted(by_path.values(), key=path_order))


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """What is known of one image of a collection, without its descriptors."""

    id: str
    """Lowercase hex SHA-256 of the file's bytes."""
    width: int
    """Pixels of the upright image."""
    height: int
    format: str
    """Pillow's name of the file format: `JPEG`, `PNG`, …"""
    locations: tuple[Location, ...] = ()
    """In ascending path order."""
    labels: tuple[str, ...] = ()
    """Sorted, without repeats: the union over all locations."""
    keywords: tuple[str, ...] = ()
    caption: str = ""
    added_at: datetime | None = None

    @property
    def path(self) -> str:
        """The first location in path order; empty for an image without a file (imported descriptors)."""
        return self.locations[0].path if self.locations else ""


@dataclass(frozen=True, slots=True)
class ImageEntry:
    """An image to be stored: its record and one descriptor (D,) for each extractor of the collection."""

    record: ImageRecord
    descriptors: Mapping[str, Vector]


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer: an image and its native score under the metric that was asked for."""

    id: str
    score: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """Hits, best first; equal scores by ascending image id."""

    hits: tuple[Hit, ...]
    exact: bool = True
    """False where the candidates came from an approximate strategy."""


@dataclass(frozen=True, slots=True)
class Identity:
    """All that changes a descriptor's numbers; two descriptors compare only if their identities are equal."""

    name: str
    version: int
    dims: int
    non_negative: bool
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """JSON values only."""
    weights: str = ""
    """SHA-256 over the canonical float32 tensors that the descriptor uses; empty without weights."""

    def to_json(self) -> dict[str, Any]:
        """As a JSON object, the form in which it is stored."""
        return {
            "name": self.name,
            "version": self.version,
            "dims": self.dims,
            "non_negative": self.non_negative,
            "parameters": dict(self.parameters),
            "weights": self.weights,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Identity:
        """The inverse of `to_json`."""
        return cls(**data)
