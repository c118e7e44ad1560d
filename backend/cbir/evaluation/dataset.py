"""What is evaluated: the images that can be found, their labels, and the queries where these are given."""

from __future__ import annotations

from dataclasses import dataclass, field

from cbir.ingest.walk import Failure
from cbir.searching.crops import Crop


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
class Query:
    """What is asked: an image of the gallery or another one, whole or a part of it."""

    name: str
    """As runs, judgements and reports name it; unique in its dataset, without white space."""
    image: LabelledImage
    crop: Crop | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """A gallery and, where the dataset says them, queries. What is relevant to them is the protocol's affair."""

    name: str
    images: tuple[LabelledImage, ...]
    """The gallery, in ascending id order, so that equal scores rank by position."""
    queries: tuple[Query, ...] = ()
    """The queries that the dataset comes with; none where the protocol takes them from the gallery."""
    folder: str = ""
    """Where it was read from, absolute; reports show paths below it."""
    missing: tuple[str, ...] = ()
    """Paths that the labels name and where no file is."""
    duplicates: int = 0
    """Files with the same bytes as another one: one image, labels united."""
    passed_over: int = 0
    """Files whose name is not that of an image format."""
    failures: tuple[Failure, ...] = field(default=())
    """Files that could not be read."""
