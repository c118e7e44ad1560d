"""Near-duplicates in a ranking, gathered under the best of them.

Two images are near-duplicates where, under the metric that is the extractor's default (whatever metric ranks), the
score of one with the other is off from that with itself by at most a twentieth of what it is off by for the median
random pair of the collection (`Closeness.spread`); or where their descriptors are the same. Measured with hist-basic
and chi2 on 300 photographs of Corel-1k: 19 of 20 copies at half the size, three of four thumbnails with 128 pixels,
and 9 of 10 copies recompressed at quality 60 lie within that, and none of the 44,850 pairs of different photographs.
With cnn-conv and cosine, less than one in 10,000 pairs of Corel's photographs does.

A hit joins the best-ranked of the last 50 kept ones that it is a near-duplicate of; else it is kept itself. What has
joined a kept hit is known for good once 50 further ones are kept or the ranking ends, so that a page does not depend
on where the pages before it were cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from cbir.metrics.base import Metric
from cbir.records import Hit, Matrix, Vector

NEAR = 0.05
"""Share of the median random pair's distance within which two images are near-duplicates."""
REACH = 50
"""Kept hits back to which a hit is compared: near-duplicates stand near each other in a ranking."""


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """The rule, for one collection and extractor."""

    metric: Metric
    limit: float
    """How far a score may be off from that of a descriptor with itself; 0 where the collection tells nothing."""

    def of(self, vector: Vector, others: Matrix) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Which of some descriptors (N, D) are near-duplicates of one (D,): (N,)."""
        same = (others == vector).all(axis=1)
        if not self.limit:
            return np.asarray(same)
        # zeros have the same score with everything under some metrics, so that they are near to zeros alone
        alike = others.any(axis=1) & vector.any()
        own = self.metric.score(vector, vector[np.newaxis])
        near = np.abs(self.metric.score(vector, others) - own) <= self.limit
        return np.asarray(same | (alike & near))


@dataclass(slots=True)
class Kept:
    """A hit that stays in the ranking, with what was gathered under it."""

    hit: Hit
    collapsed: list[str] = field(default_factory=list)
    """Ids, best first."""


class Collapsing:
    """A ranking that grows from its best hit on, without its near-duplicates."""

    def __init__(self, rule: NearDuplicates, dims: int) -> None:
        self.kept: list[Kept] = []
        self._rule = rule
        self._last = np.empty((REACH, dims), np.float32)

    def add(self, hits: Sequence[Hit], vectors: Matrix) -> None:
        """The next hits with their descriptors (len(hits), D)."""
        for hit, vector in zip(hits, vectors, strict=True):
            first = max(0, len(self.kept) - REACH)
            rows = [index % REACH for index in range(first, len(self.kept))]
            near = np.flatnonzero(self._rule.of(vector, self._last[rows]))
            if len(near):
                self.kept[first + int(near[0])].collapsed.append(hit.id)
            else:
                self._last[len(self.kept) % REACH] = vector
                self.kept.append(Kept(hit))

    @property
    def settled(self) -> int:
        """How many of the best kept hits nothing can join any more while the ranking goes on."""
        return max(0, len(self.kept) - REACH)
