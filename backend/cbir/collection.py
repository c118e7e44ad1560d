"""What the rest of the program talks to: a library of collections, and a collection that is open."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from cbir.describing.base import Describer, LocalDescriber
from cbir.describing.client import RemoteDescriber, SharedDescriber
from cbir.engines import open_engine
from cbir.engines.base import Engine, StoredCollection
from cbir.errors import (
    ConflictError,
    IdentityMismatchError,
    InvalidRequestError,
    NotFoundError,
    UnfinishedCopyError,
    UnknownNameError,
)
from cbir.extractors import EXTRACTORS
from cbir.extractors.base import Extraction, Extractor
from cbir.metrics import METRICS, search_metrics
from cbir.metrics.base import Metric
from cbir.records import RGB, Identity, ImageRecord, Vector
from cbir.registry import did_you_mean
from cbir.settings import Settings
from cbir.weights.base import Weights
from cbir.weights.store import WeightStore

DEFAULT_EXTRACTORS = ("hist-basic", "cnn-hist", "cnn-conv", "cnn-basic")
"""In a new collection; those whose weights are not in the cache or fetched at first use are left out."""
SEARCH_PREFERENCE = ("cnn-basic", "cnn-conv")
"""The extractor of a search where none is chosen, in this order; else the collection's first."""


UNFINISHED_COPY = "unfinished copy"
"""The key of metadata under which a copy that is not finished says of what: `{"engine", "collection"}`."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A descriptor and a metric that may be searched with together."""

    identity: Identity
    metric: Metric


class Collection:
    """A collection that is open, together with what computes its descriptors."""

    def __init__(
        self, stored: StoredCollection, weights: Weights, describer: Describer, settings: Settings | None = None
    ) -> None:
        self.stored = stored
        self.weights = weights
        self.settings = settings or Settings()
        self._describer = describer

    @property
    def name(self) -> str:
        """The collection's name."""
        return self.stored.name

    def extractors(self) -> list[str]:
        """Names of the collection's extractors, in the order in which they were added."""
        return [one.name for one in self.stored.identities()]

    def identity(self, extractor: str) -> Identity:
        """The stored identity of one of the collection's extractors.

        Raises:
            UnknownNameError: the collection has no such extractor.
        """
        known = {one.name: one for one in self.stored.identities()}
        if extractor not in known:
            EXTRACTORS.get(extractor)
            raise UnknownNameError(
                f"The collection '{self.name}' has no extractor '{extractor}'.",
                remedy=f"{did_you_mean(extractor, list(known))} To add it: cbir collections add-extractor "
                f"{self.name} {extractor}",
            )
        return known[extractor]

    def installed(self, extractor: str) -> Extractor:
        """The installed extractor that computes a stored descriptor, sure to give comparable numbers.

        Raises:
            UnknownNameError: no installed extractor has this name (a descriptor that was imported).
            IdentityMismatchError: it would compute with another version, other parameters or other weights.
        """
        stored = self.identity(extractor)
        try:
            candidate = EXTRACTORS.get(extractor)
        except UnknownNameError:
            raise UnknownNameError(
                f"No installed extractor computes '{extractor}'; the descriptors in '{self.name}' were imported.",
                remedy="Search with an indexed image (id:HEX), or install the package that brings the extractor.",
            ) from None
        _require_same(self.name, stored, candidate.identity(self.weights))
        return candidate

    def extraction(self, extractors: Sequence[str] | None = None) -> Extraction:
        """What computes these descriptors (by default all of the collection's), identities checked."""
        return Extraction([self.installed(name) for name in extractors or self.extractors()], self.weights)

    def default_extractor(self) -> str:
        """The collection's best neural descriptor, else its first, among those that are complete."""
        complete = [one.identity.name for one in self.stored.extractors() if one.complete]
        if not complete:
            raise ConflictError(
                f"No extractor of '{self.name}' has described all of its images yet.",
                remedy="Finish it: cbir collections add-extractor with the same name goes on where it stopped.",
            )
        return next((name for name in SEARCH_PREFERENCE if name in complete), complete[0])

    def choice(self, extractor: str | None, metric: str | None) -> Choice:
        """What a search compares and how; what is not said is the default.

        Raises:
            UnknownNameError: the collection has no such extractor, or there is no such metric.
            InvalidRequestError: the metric is for evaluation only, or refuses this descriptor.
            ConflictError: no extractor is said, and none is complete.
        """
        identity = self.identity(extractor or self.default_extractor())
        chosen = METRICS.get(metric or default_metric(identity.name))
        _require_for_search(chosen, identity)
        return Choice(identity, chosen)

    def record(self, image: str) -> ImageRecord:
        """The record of one image, by its id.

        Raises:
            NotFoundError: it is not in the collection.
        """
        (found,) = self.stored.get([image])
        if found is None:
            raise NotFoundError(
                f"No image of '{self.name}' has the id {image}.",
                remedy="Ids are printed by `cbir search --json`; or give the picture's file.",
            )
        return found

    def descriptor(self, image: str, extractor: str) -> Vector:
        """The stored descriptor (D,) of one image. Raises as `record`."""
        self.record(image)
        vector: Vector = self.stored.vectors(extractor, [image])[0]
        return vector

    def describe(self, pixels: RGB, extractor: str) -> Vector:
        """The descriptor (D,) of a picture from outside. Raises as `installed` and `Describer.describe`."""
        return self._describer.describe(pixels, self.installed(extractor))


class Library:
    """All collections of one engine, with the weights and settings that go with them."""

    def __init__(
        self,
        settings: Settings,
        announce: Callable[[str], None] = lambda _text: None,
        *,
        describe_locally: bool = True,
    ) -> None:
        """Open the engine that the settings name.

        Args:
            settings: say where everything is.
            announce: told in one sentence what is about to be fetched.
            describe_locally: load what a query's descriptor needs into this process where no server of the data
                folder runs. Without it that is an UnavailableError: a web worker must not load TensorFlow.
        """
        self.settings = settings
        self.weights = WeightStore(settings.weights_dir, offline=settings.offline, announce=announce)
        self.engine: Engine = open_engine(settings)
        self.describer: Describer = SharedDescriber(
            RemoteDescriber(settings, self.weights), LocalDescriber(self.weights), locally=describe_locally
        )

    @contextmanager
    def open(self, name: str, *, write: bool = False, repair: bool = False) -> Iterator[Collection]:
        """A collection, closed at the end of the block. Arguments and errors as of `Engine.open`.

        Raises:
            UnfinishedCopyError: it is being copied, or its copying was interrupted.
        """
        with self.engine.open(name, write=write, repair=repair) as stored:
            if mark := stored.metadata(UNFINISHED_COPY):
                raise _unfinished(name, self.engine.name, mark)
            yield Collection(stored, self.weights, self.describer, self.settings)

    def create(self, name: str, extractors: Sequence[str]) -> None:
        """Make an empty collection with these extractors. Raises as `Engine.create`, and WeightsError."""
        if repeated := {one for one in extractors if list(extractors).count(one) > 1}:
            raise InvalidRequestError(f"'{repeated.pop()}' is named twice.", remedy="Name each extractor once.")
        self.engine.create(name, [EXTRACTORS.get(one).identity(self.weights) for one in extractors])


def _unfinished(name: str, engine: str, mark: Mapping[str, str]) -> UnfinishedCopyError:
    renamed = f" --as {name}" if name != mark["collection"] else ""
    again = f"cbir collections copy {mark['collection']} --engine {mark['engine']} --to {engine}{renamed}"
    return UnfinishedCopyError(
        f"'{name}' is an unfinished copy of '{mark['collection']}' ({mark['engine']} engine).",
        remedy=f"Wait for it or go on with it: {again}",
    )


def default_metric(extractor: str) -> str:
    """The metric for a descriptor where none is chosen; cosine for one that no installed extractor computes."""
    try:
        return EXTRACTORS.get(extractor).default_metric
    except UnknownNameError:
        return "cosine"


def _require_for_search(metric: Metric, identity: Identity) -> None:
    if metric.evaluation_only:
        raise InvalidRequestError(
            f"The metric '{metric.name}' exists for evaluation only.",
            remedy=f"Search with one of: {', '.join(one.name for one in search_metrics())}.",
        )
    metric.require(identity.name, non_negative=identity.non_negative)


def _require_same(collection: str, stored: Identity, installed: Identity) -> None:
    if stored == installed:
        return
    parts = [key for key, value in stored.to_json().items() if value != installed.to_json()[key]]
    raise IdentityMismatchError(
        f"'{stored.name}' in the collection '{collection}' was computed with other {' and '.join(parts)} than the "
        "installed extractor has, so the two do not compare.",
        remedy="Import the weights that were used (cbir weights import FILE), or index again into a new collection.",
    )
