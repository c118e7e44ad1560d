"""What a dataset is: images with labels, and an account of what was met while it was read."""

from __future__ import annotations

from dataclasses import dataclass, field

from cbir.ingest.walk import Failure


@dataclass(frozen=True, slots=True)
class LabelledImage:
    """One image of a dataset."""

    id: str
    """Lowercase hex SHA-256 of the file's bytes."""
    path: str
    """The first of its files in path order, absolute."""
    labels: frozenset[str] = frozenset()
    """The union over all its files; empty for an image that can be found and asks nothing."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Images and their labels; which of them are queries is the protocol's affair."""

    name: str
    images: tuple[LabelledImage, ...]
    """In ascending id order, so that equal scores rank by position."""
    missing: tuple[str, ...] = ()
    """Paths that the labels name and where no file is."""
    duplicates: int = 0
    """Files with the same bytes as another one: one image, labels united."""
    passed_over: int = 0
    """Files whose name is not that of an image format."""
    failures: tuple[Failure, ...] = field(default=())
    """Files that could not be read."""
