"""The contract of an engine: what stores images with their descriptors and searches them.

One contract test suite (`tests/contract`) runs against every engine. A call that returned has its effect on disk;
everything of a batch is checked before anything of it is stored. Where an engine's capabilities say so, all writes of
a batch are visible together or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from cbir.progress import Progress
from cbir.records import Identity, ImageEntry, ImageRecord, Location, Matrix, Ranking


@dataclass(frozen=True, slots=True)
class Filter:
    """Which images may be found. Everything that is given must hold."""

    labels: tuple[str, ...] = ()
    """Images with at least one of these labels."""
    text: str = ""
    """Images whose file name, labels, keywords or caption hold every word of this (the last may be a prefix)."""
    exclude: frozenset[str] = frozenset()
    """Images, by id, that may not be found."""


EVERYTHING = Filter()


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A search without its query vectors."""

    extractor: str
    metric: str
    k: int = 10
    """1 to 10,000; beyond the collection's size it returns all of it."""
    offset: int = 0
    """Hits to pass over from the best."""
    filter: Filter = EVERYTHING
    strategy: str = "exact"


@dataclass(frozen=True, slots=True)
class StoredExtractor:
    """An extractor of a collection as its engine knows it."""

    identity: Identity
    missing: int
    """Images that have no descriptor of it yet; it can be searched when there are none."""

    @property
    def complete(self) -> bool:
        """Whether every image has this descriptor."""
        return self.missing == 0


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What became of one image of a bulk call."""

    id: str
    done: bool
    """False where nothing had to be done or could be: already there as it is, or not there to delete."""


class Severity(Enum):
    """How much a finding matters."""

    FAULT = "fault"
    """Answers are lost or wrong."""
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a health check noticed."""

    severity: Severity
    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an engine can do; what it cannot, it refuses."""

    strategies: tuple[str, ...] = ("exact",)
    """Those it can run, by name."""
    max_dims: int | None = None
    """The longest descriptor that it can hold, None for any."""
    max_norm: float | None = None
    """The largest L2 norm of a descriptor or a query that it can hold, None for any."""
    atomic_batches: bool = True
    """A batch is there as a whole or not at all, whatever happens; else each image is, and a batch is repeated."""
    many_writers: bool = False
    """Several processes may write to a collection at the same time; else a second one is refused."""


class StoredCollection(AbstractContextManager["StoredCollection"], Protocol):
    """A collection that is open, for reading or for reading and writing.

    Reading methods see the latest committed state at each call, also while another process writes (on a server, what
    another process wrote is seen when its command has ended, or a moment later). Writing methods raise ReadOnlyError
    on a collection opened for reading.
    """

    name: str
    index: str
    """What the engine itself calls the place that answers searches."""

    def close(self) -> None:
        """Release files and the writer's lock."""

    # -- reading ---------------------------------------------------------------------------------------

    def identities(self) -> tuple[Identity, ...]:
        """The identities of the collection's extractors, complete or not, in the order in which they were added."""

    def extractors(self) -> tuple[StoredExtractor, ...]:
        """The same with how many images lack each, which has to be counted."""

    def count(self, filter: Filter = EVERYTHING) -> int:
        """How many images it holds."""

    def get(self, ids: Sequence[str]) -> list[ImageRecord | None]:
        """The records of these images, None for one that is not there."""

    def page(self, offset: int, limit: int, filter: Filter = EVERYTHING) -> list[ImageRecord]:
        """Records in order of their ids."""

    def walk(self, size: int, filter: Filter = EVERYTHING) -> Iterator[list[ImageRecord]]:
        """All records in order of their ids, at most ``size`` at a time; images that come or go meanwhile may be
        among them or not.
        """

    def sample(self, size: int, seed: int, filter: Filter = EVERYTHING) -> list[ImageRecord]:
        """``size`` different images at random; the same for the same seed and content."""

    def locations(self) -> Iterator[tuple[Location, str]]:
        """Every known location with its image's id, in path order."""

    def labels(self) -> Mapping[str, int]:
        """Every label with the number of its images, by name."""

    def keyword_search(self, text: str, limit: int) -> list[str]:
        """Ids of images whose file name, labels, keywords or caption hold every word, the most relevant first."""

    def vectors(self, extractor: str, ids: Sequence[str]) -> Matrix:
        """Descriptors (len(ids), D), bit for bit as they were stored.

        Raises:
            NotFoundError: one of the images is not there, or lacks this descriptor.
        """

    def search(self, request: SearchRequest, queries: Matrix) -> list[Ranking]:
        """One ranking for each query row of ``queries`` (Q, D).

        Scores are computed in float64 by the metric's formula from the stored vectors.

        Raises:
            InvalidRequestError: k, offset, extractor, metric or strategy that cannot be.
            DescriptorError: a query of the wrong size, or with NaN or infinity, or negative where refused.
            ConflictError: the extractor is not complete.
        """

    def missing(self, extractor: str) -> list[str]:
        """Ids of images that have no descriptor of this extractor yet, ascending."""

    def metadata(self, key: str) -> Any:
        """A JSON value kept with the collection, None where there is none."""

    def metadata_keys(self) -> list[str]:
        """The keys under which a value is kept, ascending."""

    def check(self) -> list[Finding]:
        """Health of what is stored: does every image have its descriptors, intact, finite, not all zero?"""

    # -- writing ---------------------------------------------------------------------------------------

    def upsert(self, entries: Sequence[ImageEntry]) -> list[ItemResult]:
        """Add images, or replace those of the same id, as one batch.

        A replaced image gets the union of its old and new locations, labels and keywords. A path belongs to one
        image: an image that had it before loses that location.

        Raises:
            DescriptorError: a descriptor that is missing, of another size or not finite; nothing is stored.
        """

    def update(self, records: Sequence[ImageRecord]) -> list[ItemResult]:
        """Replace the records (locations, labels, …) of images that are there; descriptors stay."""

    def delete(self, ids: Sequence[str]) -> list[ItemResult]:
        """Remove images with their descriptors. Files of the person are never touched."""

    def add_extractor(self, identity: Identity) -> None:
        """Declare a further extractor; every image lacks its descriptor until `fill` brought it."""

    def drop_extractor(self, extractor: str) -> None:
        """Forget an extractor and its descriptors."""

    def fill(self, extractor: str, descriptors: Mapping[str, Any]) -> None:
        """Store descriptors (D,) of an extractor for images, by id, that lack them, as one batch."""

    def set_metadata(self, key: str, value: Any) -> None:
        """Keep a JSON value with the collection; None takes the key away."""

    def compact(self) -> int:
        """Give back the space of deleted images; the number of bytes given back."""


class Engine(Protocol):
    """A place where collections live."""

    name: str
    capabilities: Capabilities

    def collections(self) -> list[str]:
        """Names of all collections, ascending."""

    def create(self, name: str, extractors: Iterable[Identity]) -> None:
        """Make an empty collection.

        Raises:
            AlreadyExistsError: there is one of this name.
            InvalidRequestError: a name that cannot be one.
        """

    def open(self, name: str, *, write: bool = False, repair: bool = False) -> StoredCollection:
        """Open a collection; writing takes its only writer's place.

        Args:
            name: which.
            write: for writing too.
            repair: also where descriptors are lost, which `write` alone refuses: to take images or extractors out,
                not to store any.

        Raises:
            UnknownNameError: there is none of this name ("did you mean …?").
            WriterBusyError: another process is writing to it.
            SchemaVersionError: it was written by a version that this one does not read.
            ReadOnlyError: it is to be written and its folder cannot be.
            CorruptDataError: it is damaged.
        """

    def rebuild(self, name: str, progress: Progress) -> int:
        """Write a collection anew in the form of this version, without what was deleted; searches go on meanwhile.

        Returns:
            The number of bytes given back, 0 where it grew.

        Raises:
            UnknownNameError: there is none of this name.
            WriterBusyError: it is being written to, or rebuilt.
        """

    def drop(self, name: str) -> None:
        """Delete a collection with all descriptors. Files of the person are never touched."""

    def findings(self) -> Iterable[Finding]:
        """What a health check has to say of the place itself."""
        return ()
