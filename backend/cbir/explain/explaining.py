"""Why an image is a hit: the score under one metric taken apart, and its rank under all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cbir.collection import Choice, Collection
from cbir.engines.base import Filter
from cbir.explain.parts import Grouping, Part
from cbir.explain.ranks import Pair, RankUnder, allowed_metrics, rank_under
from cbir.explain.readers import Reader, reader_for
from cbir.explain.terms import Decomposition, decomposition_of
from cbir.metrics.base import Float64
from cbir.records import Identity
from cbir.searching.examples import Example
from cbir.searching.feedback import rocchio
from cbir.searching.steps import Steps

FEW = 16
"""Groups of which all are told, however few are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which image, for which query. What is None has the default of `Collection.choice`."""

    positives: tuple[Example, ...]
    negatives: tuple[Example, ...] = ()
    image: Example
    """The image of the collection that is explained."""
    extractor: str | None = None
    metric: str | None = None
    top: int = 10
    """Dimensions and groups that are told, those with the largest terms."""
    ranks: bool = True
    """Tell the image's rank under every metric, which costs a search each or more."""
    labels: tuple[str, ...] = ()
    """The image is ranked among images with at least one of these labels,"""
    text: str = ""
    """with all these words,"""
    exclude_self: bool = False
    """and without the examples."""


@dataclass(frozen=True, slots=True)
class Share:
    """What a dimension, or several together, have to do with a score."""

    part: Part
    query: float
    """The query's value, or the sum of its values."""
    image: float
    apart: float
    together: float


@dataclass(frozen=True, slots=True)
class Largest:
    """Dimensions or groups, those with the largest terms first; those whose term is 0 are left out."""

    by: str
    count: int
    """How many there are in all."""
    together: tuple[Share, ...]
    apart: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A score taken apart."""

    choice: Choice
    reader: Reader
    decomposition: Decomposition
    image: str
    score: float
    apart: float
    """Sum over all dimensions, from which the score follows (`Decomposition.score`)."""
    together: float
    dimensions: Largest
    groups: tuple[Largest, ...]
    ranks: tuple[RankUnder, ...]
    """Under every metric that the descriptor allows."""


def explain(collection: Collection, question: Question, steps: Steps | None = None) -> Explanation:
    """Why an image has the score and the rank that it has.

    Raises:
        InvalidRequestError: as `Collection.choice`; or nobody has taken the metric apart.
        ConflictError: the extractor is not complete.
        NotFoundError: the image or an example is not there.
        CbirError: as `Example.descriptor`.
    """
    steps = steps or Steps()
    choice = collection.choice(question.extractor, question.metric)
    decomposition = decomposition_of(choice.metric.name)
    name = choice.identity.name
    query = rocchio(
        [one.descriptor(collection, name, steps) for one in question.positives],
        [one.descriptor(collection, name, steps) for one in question.negatives],
        non_negative=choice.identity.non_negative,
    )
    pair = Pair(query, question.image.id, question.image.descriptor(collection, name, steps))
    sides = _Sides(decomposition, pair)
    reader = reader_for(choice.identity)
    return Explanation(
        choice=choice,
        reader=reader,
        decomposition=decomposition,
        image=pair.image,
        score=pair.score(choice.metric),
        apart=float(sides.apart.sum()),
        together=float(sides.together.sum()),
        dimensions=sides.largest(_each(reader), question.top),
        groups=tuple(sides.largest(one, question.top) for one in reader.groupings),
        ranks=_ranks(collection, choice.identity, question, pair, steps) if question.ranks else (),
    )


def _ranks(
    collection: Collection, identity: Identity, question: Question, pair: Pair, steps: Steps
) -> tuple[RankUnder, ...]:
    examples = (*question.positives, *question.negatives)
    aside = frozenset(one.id for one in examples if one.id) if question.exclude_self else frozenset[str]()
    wanted = Filter(question.labels, question.text, aside)
    return tuple(
        rank_under(collection, Choice(identity, metric), pair, wanted, steps) for metric in allowed_metrics(identity)
    )


def _each(reader: Reader) -> Grouping:
    """Every dimension by itself."""
    return Grouping("dimension", np.arange(reader.dims), reader.dims, reader.part)


class _Sides:
    """Two descriptors and their terms, all (D,)."""

    def __init__(self, decomposition: Decomposition, pair: Pair) -> None:
        self.query, self.image = pair.query.astype(np.float64), pair.vector.astype(np.float64)
        self.apart, self.together = decomposition.terms(self.query, self.image)

    def largest(self, grouping: Grouping, top: int) -> Largest:
        """The groups with the largest terms; all of them where they are few."""
        query, image, apart, together = (
            _summed(grouping, values) for values in (self.query, self.image, self.apart, self.together)
        )

        def share(group: int) -> Share:
            sums = (float(one[group]) for one in (query, image, apart, together))
            return Share(grouping.part(group), *sums)

        shown = max(top, FEW) if grouping.count <= FEW else top
        return Largest(
            by=grouping.by,
            count=grouping.count,
            together=tuple(share(int(group)) for group in _best(together, shown)),
            apart=tuple(share(int(group)) for group in _best(apart, shown)),
        )


def _summed(grouping: Grouping, values: Float64) -> Float64:
    sums: Float64 = np.bincount(grouping.group_of, values, grouping.count).astype(np.float64, copy=False)
    return sums


def _best(terms: Float64, count: int) -> NDArray[np.intp]:
    """Where the largest terms above 0 are, equal ones in order."""
    order = np.argsort(-terms, kind="stable")[:count]
    return order[terms[order] > 0]
