"""Whether a collection is sound and holds what a plan says, by other means than its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from cbir.engines.base import Engine, Filter, SearchRequest, Severity, StoredCollection
from cbir.errors import UnknownNameError
from cbir.records import Matrix, Scores, Vector

from .plan import COLLECTION, DIMS, NOTE, Image, Runner, State, Step, image_id, numbers, record, vector

Score = Callable[[Vector, Matrix], Scores]

FORMULAS: dict[str, tuple[int, Score]] = {
    "euclidean": (1, lambda a, b: np.sqrt(((a - b) ** 2).sum(axis=1))),
    "cosine": (-1, lambda a, b: (b @ a) / np.sqrt((b * b).sum(axis=1) * (a * a).sum())),
    "chi2": (1, lambda a, b: 0.5 * ((a - b) ** 2 / (a + b)).sum(axis=1)),
}
"""Sign that sorts the best first, and the formula of design.md in float64."""


class UnsoundError(AssertionError):
    """The collection is not what it must be."""


def verify(engine: Engine, steps: list[Step], states: list[State], reported: int) -> None:
    """Check a collection after a crash, run the rest of the plan, check again.

    Args:
        engine: where the collection is.
        steps: the plan.
        states: what must be there before each step and at the end.
        reported: how many steps had returned; the next may have had its whole effect or none.

    Raises:
        UnsoundError: something is not as it must be.
    """
    allowed = states[reported : reported + 2]
    found = _check(engine, allowed, write=False)
    _require(_check(engine, allowed, write=True) == found, "it changed by being opened for writing")
    complete(engine, steps, states, reported)


def complete(engine: Engine, steps: list[Step], states: list[State], reported: int) -> None:
    """Run the plan from the first step that was not reported, and check the end."""
    runner = Runner(engine)
    try:
        for step in steps[reported:]:
            runner.run(step)
    finally:
        runner.close()
    require_state(engine, states[-1])


def require_state(engine: Engine, state: State) -> None:
    """Check that a collection is sound and in this state."""
    _check(engine, [state], write=False)


def _check(engine: Engine, allowed: list[State], *, write: bool) -> State:
    """The one of ``allowed`` in which the collection is."""
    if COLLECTION not in engine.collections():
        _require(allowed[0].extractors is None, "the collection is gone")
        _require_unknown(engine)
        return allowed[0]
    with engine.open(COLLECTION, write=write) as collection:
        faults = [finding for finding in collection.check() if finding.severity is Severity.FAULT]
        _require(not faults, f"check() found {faults}")
        found = _observed(collection)
        if found not in allowed:
            raise UnsoundError(f"it is in none of the states that may be: {_differences(found, allowed)}")
        _check_words(collection, found)
        for extractor in found.extractors or ():
            _check_vectors(collection, found, extractor)
        return found


def _observed(collection: StoredCollection) -> State:
    """The state that the records tell."""
    extractors = tuple(known.identity.name for known in collection.extractors())
    lacking = {name: set(collection.missing(name)) for name in extractors}
    images = {}
    for known in collection.page(0, 10_000):
        number = numbers()[known.id]
        image = Image(
            known.height - 1,
            frozenset(known.labels),
            frozenset(name for name in extractors if known.id not in lacking[name]),
        )
        _require(known == record(number, image), f"the record of image {number} is mixed from two: {known}")
        images[number] = image
    _require(collection.count() == len(images), "count() and page() differ")
    return State(extractors, images, collection.metadata(NOTE))


def _check_words(collection: StoredCollection, state: State) -> None:
    """Labels and full text tell the same as the records."""
    labels: dict[str, set[str]] = {}
    for number, image in state.images.items():
        for label in image.labels:
            labels.setdefault(label, set()).add(image_id(number))
    _require(dict(collection.labels()) == {label: len(ids) for label, ids in labels.items()}, "labels() differ")
    for label, ids in labels.items():
        _require(set(collection.keyword_search(label, 10_000)) == ids, f"the word {label} finds other images")
        _require(collection.count(Filter(labels=(label,))) == len(ids), f"the label {label} finds other images")
    places = {(location.path, image) for location, image in collection.locations()}
    _require(places == {(f"/photos/{n}.png", image_id(n)) for n in state.images}, "locations() differ")


def _check_vectors(collection: StoredCollection, state: State, extractor: str) -> None:
    """Descriptors are there bit for bit, and a search over them finds what numpy finds."""
    described = [n for n, image in state.images.items() if extractor in image.described]
    expected = np.array([vector(n, state.images[n].version, extractor) for n in described]).reshape(
        -1, DIMS[extractor]
    )
    stored = collection.vectors(extractor, [image_id(n) for n in described])
    _require(stored.tobytes() == expected.tobytes(), f"descriptors '{extractor}' differ")
    if len(described) < len(state.images) or not described:
        return
    ids = np.array([image_id(n) for n in described])
    for metric, (sign, formula) in FORMULAS.items():
        query = vector(0, len(described), extractor)
        scores = formula(query.astype(np.float64), expected.astype(np.float64))
        order = np.lexsort((ids, sign * scores))
        request = SearchRequest(extractor, metric, k=10_000)
        hits = collection.search(request, query[np.newaxis])[0].hits
        _require([hit.id for hit in hits] == ids[order].tolist(), f"{metric} on '{extractor}' ranks other images")
        close = np.allclose([hit.score for hit in hits], scores[order], rtol=1e-9, atol=1e-12)
        _require(close, f"{metric} on '{extractor}' gives other scores")


def _differences(found: State, allowed: list[State]) -> str:
    told = []
    for state in allowed:
        lost = sorted(state.images.keys() - found.images.keys())
        extra = sorted(found.images.keys() - state.images.keys())
        other = [n for n in state.images.keys() & found.images.keys() if state.images[n] != found.images[n]]
        rest = replace(found, images={}), replace(state, images={})
        told.append(f"lost {lost}, extra {extra}, changed {other}, else {rest if rest[0] != rest[1] else 'the same'}")
    return "; or ".join(told)


def _require_unknown(engine: Engine) -> None:
    try:
        engine.open(COLLECTION).close()
    except UnknownNameError:
        return
    raise UnsoundError("a collection opens that is not listed")


def _require(holds: bool, message: str) -> None:  # noqa: FBT001 - reads as an assertion
    if not holds:
        raise UnsoundError(message)
