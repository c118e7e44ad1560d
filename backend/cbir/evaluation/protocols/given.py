"""Judgements of the queries that a dataset comes with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cbir.errors import InvalidRequestError
from cbir.evaluation.dataset import Dataset, Query
from cbir.evaluation.protocols.base import Judged


@dataclass(frozen=True, slots=True)
class Given:
    """`Judgements` that are made query by query."""

    queries: tuple[Query, ...]
    judged: Callable[[Query], Judged]
    unlabelled: int
    without_relevant: int

    def __iter__(self) -> Iterator[Judged]:
        """See `Judgements.__iter__`."""
        return map(self.judged, self.queries)


def judge_given(dataset: Dataset, judged: Callable[[Query], Judged]) -> Given:
    """The dataset's queries to which something in the gallery is relevant, with ``judged`` for each.

    Raises:
        InvalidRequestError: the dataset has no queries, or to none is anything relevant.
    """
    if not dataset.queries:
        raise InvalidRequestError(
            f"The dataset {dataset.name} comes without queries.", remedy="Grade it by leave-one-out."
        )
    kept = tuple(query for query in dataset.queries if _finds_something(judged(query)))
    if not kept:
        raise InvalidRequestError(
            f"To none of the {len(dataset.queries)} queries of {dataset.name} is any image of the gallery relevant, "
            "so no query can be graded.",
            remedy="Check that its pictures are there under the names that its ground truth uses.",
        )
    return Given(
        queries=kept,
        judged=judged,
        unlabelled=sum(not image.labels for image in dataset.images),
        without_relevant=len(dataset.queries) - len(kept),
    )


def _finds_something(judged: Judged) -> bool:
    return bool((judged.relevant & ~judged.junk).any())
