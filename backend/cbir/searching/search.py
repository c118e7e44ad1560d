"""Finding images by any number of examples, with what a person needs to judge the answer."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cbir.collection import Choice, Collection
from cbir.engines import borders
from cbir.engines.base import Filter, SearchRequest
from cbir.errors import InvalidRequestError
from cbir.records import Hit, ImageRecord, Vector
from cbir.searching.centring import centred, require_centrable
from cbir.searching.closeness import Closeness
from cbir.searching.duplicates import NEAR, NearDuplicates
from cbir.searching.examples import Example
from cbir.searching.feedback import rocchio
from cbir.searching.pages import Page, Threshold, collapsed_page, plain_page
from cbir.searching.ranked import Ranked
from cbir.searching.samples import closeness_in
from cbir.searching.steps import CLOSENESS, SEARCH, Steps

MAX_EXAMPLES = 100
"""Of a search, wanted and unwanted together."""
COPIES = 5
"""Hits that are read besides the examples, though fewer are asked for, to see whether anything else is similar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for. What is None or left out has the default of `Collection.choice`."""

    positives: tuple[Example, ...]
    """What the images found shall be like, one or more."""
    negatives: tuple[Example, ...] = ()
    """What they shall not be like."""
    extractor: str | None = None
    metric: str | None = None
    strategy: str = "exact"
    k: int = 10
    """Hits wanted, 1 to 10,000."""
    offset: int = 0
    """Hits to pass over from the best; those that are collapsed do not count."""
    labels: tuple[str, ...] = ()
    """Only images with at least one of these labels."""
    text: str = ""
    """Only images with all these words in file name, labels, keywords or caption."""
    exclude_self: bool = False
    """Leave out the examples themselves: every image of the collection with the bytes of one of them."""
    threshold: float | None = None
    """The worst native score that is shown: at most this for a distance, at least this for a similarity."""
    collapse: bool = False
    """Gather near-duplicates under the best of them (`cbir.searching.duplicates`)."""
    centred: bool = False
    """Take half of the collection's mean descriptor off the query (`cbir.searching.centring`)."""
    closeness: bool = True
    """Tell how close hits are for this collection, and whether anything is similar."""


@dataclass(frozen=True, slots=True)
class FoundHit:
    """One image that was found."""

    rank: int
    """Counted from 1 over all pages."""
    hit: Hit
    record: ImageRecord
    closeness: float | None = None
    """The share of random pairs of the collection's images that are farther apart than this one is from the query;
    None where it was not asked for, or the collection has too few images.
    """
    collapsed: tuple[str, ...] = ()
    """Ids of its near-duplicates, best first, where they are collapsed."""


@dataclass(frozen=True, slots=True)
class Found:
    """A page of a ranking and how it came about."""

    collection: str
    extractor: str
    metric: str
    strategy: str
    engine: str
    index: str
    """What the engine itself calls the place that answered."""
    exact: bool
    hits: tuple[FoundHit, ...]
    offset: int
    total: int
    """Hits on all pages together; while a threshold or collapsing is in force, at most so many (`total_is_exact`)."""
    total_is_exact: bool
    nothing_similar: bool | None
    """Whether even the best hit, the examples and exact duplicates of the query aside, is too far to be called
    similar; None where it was not asked for, or the collection has too few images to tell.
    """
    steps: Steps


def find(collection: Collection, search: Search, steps: Steps | None = None) -> Found:
    """The images most similar to the positive examples and least to the negative ones, best first.

    Raises:
        InvalidRequestError: a name, k, offset or threshold that cannot be; a metric that the descriptor, or a centred
            query, does not allow; no positive example, or too many; a crop that reaches beyond its picture.
        NotFoundError: an example is not there, or not any more.
        ConflictError: the extractor is not complete, or its identity is not the installed one's.
        ImageError: an example cannot be read as a picture.
    """
    steps = steps or Steps()
    _require(search)
    choice = collection.choice(search.extractor, search.metric)
    query = _query(collection, search, choice, steps)
    if search.centred:
        query = _centred(collection, choice, query, steps)
    aside = _ids(search) if search.exclude_self or search.closeness else frozenset()
    wanted = Filter(search.labels, search.text, aside if search.exclude_self else frozenset())
    request = SearchRequest(choice.identity.name, choice.metric.name, filter=wanted, strategy=search.strategy)
    least = len(aside) + COPIES if search.closeness else 1
    ranked = Ranked(collection.stored, request, query, least)
    rule = _near_duplicates(collection, choice, steps) if search.collapse else None
    with steps.measure(SEARCH):
        page = _page(search, choice, ranked, rule)
        records = collection.stored.get([kept.hit.id for kept in page.hits])
        total, total_is_exact = _total(collection, search, wanted, page)
    with steps.measure(CLOSENESS):
        sample = closeness_in(collection, choice, centre=search.centred) if search.closeness else None
        nothing_similar = _nothing_similar(sample, ranked, aside, choice) if sample else None
        hits = _hits(page, records, search.offset, sample)
    return Found(
        collection=collection.name,
        extractor=choice.identity.name,
        metric=choice.metric.name,
        strategy=search.strategy,
        engine=collection.settings.engine,
        index=collection.stored.index,
        exact=ranked.exact,
        hits=hits,
        offset=search.offset,
        total=total,
        total_is_exact=total_is_exact,
        nothing_similar=nothing_similar,
        steps=steps,
    )


def _require(search: Search) -> None:
    borders.page(search.k, search.offset)
    if not search.positives:
        raise InvalidRequestError("There is no positive example.", remedy="Give at least one image that is wanted.")
    if (examples := len(search.positives) + len(search.negatives)) > MAX_EXAMPLES:
        raise InvalidRequestError(f"{examples} examples are too many.", remedy=f"Give {MAX_EXAMPLES} or fewer.")
    if search.threshold is not None and not math.isfinite(search.threshold):
        raise InvalidRequestError(
            f"The threshold {search.threshold} cannot be.", remedy="Give a score of the metric, or none."
        )


def _ids(search: Search) -> frozenset[str]:
    """The images that the examples are."""
    return frozenset(example.id for example in (*search.positives, *search.negatives) if example.id)


def _query(collection: Collection, search: Search, choice: Choice, steps: Steps) -> Vector:
    """What the examples make together, (D,)."""
    name = choice.identity.name
    positives = [example.descriptor(collection, name, steps) for example in search.positives]
    negatives = [example.descriptor(collection, name, steps) for example in search.negatives]
    return rocchio(positives, negatives, non_negative=choice.identity.non_negative)


def _centred(collection: Collection, choice: Choice, query: Vector, steps: Steps) -> Vector:
    require_centrable(choice.metric)
    with steps.measure(CLOSENESS):
        sample = closeness_in(collection, choice, centre=True)
    if sample is None:
        raise InvalidRequestError(
            f"'{collection.name}' has too few images to tell what they have in common.",
            remedy="Leave the query as it is.",
        )
    shifted: Vector = centred(query[np.newaxis], sample.mean)[0]
    return shifted


def _near_duplicates(collection: Collection, choice: Choice, steps: Steps) -> NearDuplicates:
    default = collection.choice(choice.identity.name, None)
    with steps.measure(CLOSENESS):
        sample = closeness_in(collection, default)
    return NearDuplicates(default.metric, NEAR * sample.spread if sample else 0.0)


def _page(search: Search, choice: Choice, ranked: Ranked, rule: NearDuplicates | None) -> Page:
    within = Threshold(choice.metric, search.threshold)
    if rule is None:
        return plain_page(ranked, within, search.k, search.offset)
    return collapsed_page(ranked, within, rule, search.k, search.offset)


def _total(collection: Collection, search: Search, wanted: Filter, page: Page) -> tuple[int, bool]:
    """How many hits there are at most, and whether there are exactly so many."""
    shortened = search.collapse or search.threshold is not None
    if shortened and page.ended:
        return page.seen, True
    count = collection.stored.count(wanted)
    return count, not shortened or page.seen == count


def _nothing_similar(sample: Closeness, ranked: Ranked, aside: frozenset[str], choice: Choice) -> bool | None:
    best = ranked.nearest_other(aside, choice.metric)
    return True if best is None else sample.nothing_similar(best.score)


def _hits(
    page: Page, records: list[ImageRecord | None], offset: int, sample: Closeness | None
) -> tuple[FoundHit, ...]:
    return tuple(
        FoundHit(
            rank=rank,
            hit=kept.hit,
            record=record,
            closeness=sample.closeness_of(kept.hit.score) if sample else None,
            collapsed=tuple(kept.collapsed),
        )
        for rank, (kept, record) in enumerate(zip(page.hits, records, strict=True), start=offset + 1)
        if record is not None
    )
