"""One query under several extractors and metrics, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from cbir.collection import Collection
from cbir.errors import InvalidRequestError
from cbir.searching.agreement import kendall_top_k, overlap_at_k
from cbir.searching.search import Found, Search, find

MAX_PAIRS = 12
"""Rankings that are made in one comparison."""
MAX_K = 1000
"""Hits of each ranking that are compared."""

Pair = tuple[str | None, str | None]
"""An extractor and a metric; None for the default."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two of the rankings agree."""

    first: int
    """Which ranking, counted from 0."""
    second: int
    overlap: float
    """The share, 0 to 1, of images that both have among their best k (`overlap_at_k`)."""
    kendall: float
    """The correlation, −1 to 1, of their orders (`kendall_top_k`)."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rankings of the same query."""

    k: int
    columns: tuple[Found, ...]
    """One for each pair, in the order in which they were asked for."""
    agreements: tuple[Agreement, ...]
    """One for every two columns, the earlier first."""


def compare(collection: Collection, search: Search, pairs: Sequence[Pair]) -> Comparison:
    """A search under each extractor and metric of ``pairs``, which take the place of its own.

    Raises:
        InvalidRequestError: as `find`; or no pair, too many, or too large a k.
        CbirError: as `find`.
    """
    if not 1 <= len(pairs) <= MAX_PAIRS:
        raise InvalidRequestError(
            f"{len(pairs)} pairs of extractor and metric cannot be compared.", remedy=f"Give 1 to {MAX_PAIRS}."
        )
    if search.k > MAX_K:
        raise InvalidRequestError(
            f"k = {search.k} is too large to be compared.", remedy=f"Give a k from 1 to {MAX_K:,}."
        )
    columns = [find(collection, replace(search, extractor=extractor, metric=metric)) for extractor, metric in pairs]
    rankings = [[found.hit.id for found in column.hits] for column in columns]
    agreements = tuple(
        Agreement(
            first,
            second,
            overlap_at_k(rankings[first], rankings[second], search.k),
            kendall_top_k(rankings[first], rankings[second], search.k),
        )
        for first, second in combinations(range(len(columns)), 2)
    )
    return Comparison(search.k, tuple(columns), agreements)
