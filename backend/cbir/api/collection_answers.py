"""What is said of a collection: what it holds, and what of it can be used now."""

from __future__ import annotations

from dataclasses import dataclass

from cbir.api.job_answers import scrubbed
from cbir.api.schemas.collections import CollectionExtractor, CollectionSummary
from cbir.api.services import Services
from cbir.collection import Collection, default_metric
from cbir.engines.base import StoredExtractor
from cbir.errors import AccessRefusedError, CbirError, ConflictError, StorageError, UnavailableError, UnknownNameError
from cbir.extractors import EXTRACTORS


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Why something cannot be used, and what to do about it."""

    problem: str = ""
    remedy: str = ""

    @classmethod
    def of(cls, error: CbirError) -> _Trouble:
        return cls(scrubbed(error.message), scrubbed(error.remedy))


def summary(made: Services, name: str) -> CollectionSummary:
    """A collection in a list; one that cannot be opened says why, and the others are listed all the same.

    Raises:
        UnavailableError, AccessRefusedError: the engine's server does not answer, so nothing can be said of any.
    """
    try:
        with made.collection(name) as collection:
            return opened_summary(collection)
    except (UnavailableError, AccessRefusedError):
        raise
    except (StorageError, ConflictError) as error:
        trouble = _Trouble.of(error)
        return CollectionSummary(
            name=name,
            images=None,
            extractors=[],
            default_extractor=None,
            default_metric=None,
            problem=trouble.problem,
            remedy=trouble.remedy,
        )


def opened_summary(collection: Collection) -> CollectionSummary:
    """A collection that is open."""
    stored = collection.stored.extractors()
    complete = any(one.complete for one in stored)
    default = collection.default_extractor() if complete else None
    return CollectionSummary(
        name=collection.name,
        images=collection.stored.count(),
        extractors=[_extractor(collection, one) for one in stored],
        default_extractor=default,
        default_metric=default_metric(default) if default else None,
        problem="",
        remedy="",
    )


def _extractor(collection: Collection, stored: StoredExtractor) -> CollectionExtractor:
    identity = stored.identity
    trouble = _trouble(collection, identity.name)
    return CollectionExtractor(
        name=identity.name,
        version=identity.version,
        dims=identity.dims,
        non_negative=identity.non_negative,
        parameters=dict(identity.parameters),
        weights=identity.weights,
        complete=stored.complete,
        missing=stored.missing,
        default_metric=default_metric(identity.name),
        usable=not trouble.problem,
        problem=trouble.problem,
        remedy=trouble.remedy,
    )


def _trouble(collection: Collection, extractor: str) -> _Trouble:
    """Why pictures cannot be described with an extractor now; nothing is fetched to find out."""
    try:
        weights = _needed_weights(extractor)
        if weights and not collection.weights.available(weights):
            return _Trouble(
                f"The weights of '{extractor}' are not there.",
                f"Fetch them on the server: cbir weights fetch {weights}; or import them: cbir weights import FILE.",
            )
        collection.installed(extractor)
    except CbirError as error:
        return _Trouble.of(error)
    return _Trouble()


def _needed_weights(extractor: str) -> str:
    """The weights of an installed extractor; none for one that is not."""
    try:
        return EXTRACTORS.get(extractor).weights
    except UnknownNameError:
        return ""
