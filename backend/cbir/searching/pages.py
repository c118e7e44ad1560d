"""A page of a ranking that ends at a threshold, with or without its near-duplicates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from cbir.engines.borders import MAX_K
from cbir.metrics.base import Metric
from cbir.records import Hit
from cbir.searching.duplicates import REACH, Collapsing, Kept, NearDuplicates
from cbir.searching.ranked import Ranked

VECTORS_AT_ONCE = 256
"""Descriptors that are fetched together to look for near-duplicates."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """The score down to which hits are shown."""

    metric: Metric
    score: float | None = None
    """At most this for a distance, at least this for a similarity; None for any."""

    def of(self, hits: Sequence[Hit]) -> Sequence[Hit]:
        """The hits, best first, up to the threshold."""
        limit = self.score
        if limit is None:
            return hits
        sign = -1 if self.metric.larger_is_better else 1
        return list(takewhile(lambda hit: sign * hit.score <= sign * limit, hits))


@dataclass(frozen=True, slots=True)
class Page:
    """Some consecutive hits."""

    hits: Sequence[Kept]
    seen: int
    """Hits known to be in the whole ranking: those up to this page's end, or all."""
    ended: bool
    """Whether there are no others than those seen."""


def plain_page(ranked: Ranked, within: Threshold, k: int, offset: int) -> Page:
    """The ``k`` hits after the ``offset`` best; a page that begins very far down is read alone."""
    if offset + k > MAX_K:
        raw = ranked.far(k, offset)
        hits = within.of(raw)
        return Page([Kept(hit) for hit in hits], offset + len(hits), ended=0 < len(hits) < k)
    raw = ranked.first(offset + k)
    hits = within.of(raw)
    ended = len(hits) < len(raw) or not ranked.has_more_than(len(raw))
    return Page([Kept(hit) for hit in hits[offset:]], len(hits), ended)


def collapsed_page(ranked: Ranked, within: Threshold, rule: NearDuplicates, k: int, offset: int) -> Page:
    """The ``k`` hits after the ``offset`` best that remain where near-duplicates are gathered under the best of them.

    The ranking is read on until nothing more can join the page's hits.
    """
    collapsing = Collapsing(rule, ranked.dims)
    taken, ended = 0, False
    while not ended and collapsing.settled < offset + k:
        raw = ranked.first(taken + offset + k + REACH - len(collapsing.kept))
        hits = within.of(raw)
        ended = len(hits) < len(raw) or not ranked.has_more_than(len(raw))
        for start in range(taken, len(hits), VECTORS_AT_ONCE):
            collapsing.add(*ranked.described(hits[start : start + VECTORS_AT_ONCE]))
        taken = len(hits)
    seen = len(collapsing.kept) if ended else min(len(collapsing.kept), offset + k)
    return Page(collapsing.kept[offset : offset + k], seen, ended)
