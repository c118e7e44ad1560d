"""How close a score is for this collection, told by random pairs of its images.

A score means little to a person, who knows neither the metric nor the descriptor. Its **closeness** is the share of
random pairs of the collection's images that are farther apart: 0.999 says that of a thousand pairs one is as close.
A best hit that is farther from the query than nearly every image is from its nearest neighbour says that the
collection holds nothing similar.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cbir.engines.base import SearchRequest, StoredCollection
from cbir.errors import NotFoundError
from cbir.metrics.base import Float64, Metric
from cbir.records import Hit, Matrix, Ranking, Vector
from cbir.searching.centring import centred

SAMPLED = 200
"""Images of which all ordered pairs are compared: 39,800."""
FEWEST = 20
"""Images below which a collection says nothing about random pairs."""
PROBES = 50, 200
"""Sampled images whose nearest neighbours are looked for, at least and at most."""
SCANNED = 1 << 34
"""Numbers that are read to find nearest neighbours: a large collection is asked for fewer of them."""
PROBES_AT_ONCE = 16
NEIGHBOURS = 8
"""Hits among which a nearest neighbour that is no copy is looked for."""
FAR = 95
"""The percentile of nearest neighbours' distances beyond which nothing is similar."""
SAME = 1e-9
"""Scores this near to that of a descriptor with itself are those of exact duplicates; engines differ by less."""
SEED = 20_03
ATTEMPTS = 5
"""Samples that may fail because an image of them was deleted meanwhile."""


@dataclass(frozen=True, eq=False)
class Closeness:
    """What random pairs of a collection's images have for scores under one extractor and metric.

    Arrays hold scores as sort keys, ascending from the closest (`Metric.best_first`).
    """

    larger_is_better: bool
    pairs: Float64
    """Of all ordered pairs of sampled images, (P,)."""
    nearest: Float64
    """Of sampled images with their nearest neighbours in the whole collection, exact duplicates aside, (M,)."""
    spread: float
    """How far apart two random images are: the median over the pairs (A, B) of |score(A, B) − score(A, A)|."""
    count: int
    """Images in the collection when it was sampled."""
    ids: tuple[str, ...]
    """Some of the sampled images."""
    mean: Vector
    """Mean descriptor (D,) of the sampled images."""

    def closeness_of(self, score: float) -> float:
        """The share, 0 to 1, of random pairs that are farther apart than two images with this score."""
        closer = np.searchsorted(self.pairs, self._key(score), side="right")
        return float((len(self.pairs) - closer) / len(self.pairs))

    def nothing_similar(self, best: float) -> bool | None:
        """Whether a best hit of this score is too far from the query to be called similar.

        That is beyond the 95th percentile of the distances of sampled images to their nearest neighbours (for a
        similarity, below the 5th). None where no sampled image has a neighbour that is not a copy of it.
        """
        return None if self._limit is None else bool(self._key(best) > self._limit)

    @cached_property
    def _limit(self) -> float | None:
        return float(np.percentile(self.nearest, FAR)) if len(self.nearest) else None

    def _key(self, score: float) -> float:
        return -score if self.larger_is_better else score


def sampled(stored: StoredCollection, extractor: str, metric: Metric, *, centre: bool = False) -> Closeness | None:
    """Look at a random sample of a collection; None where it has too few images to tell anything.

    With ``centre`` the scores are those that images have as centred queries (`cbir.searching.centring`).

    The pairs' scores are the metric's own float64 formula, a row of them at a time; nearest neighbours are found by
    the engine.
    """
    count = stored.count()
    chosen = _sample(stored, extractor) if count >= FEWEST else None
    if chosen is None:
        return None
    ids, vectors = chosen
    mean: Vector = vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    asked = centred(vectors, mean) if centre else vectors
    scores = np.array([metric.score(query, vectors) for query in asked])
    own = scores.diagonal()
    pairs = ~np.eye(len(ids), dtype=bool)
    return Closeness(
        larger_is_better=metric.larger_is_better,
        pairs=np.sort(metric.best_first(scores[pairs])),
        nearest=np.sort(metric.best_first(_nearest(stored, extractor, metric, (ids, asked, own), count))),
        spread=float(np.median(np.abs(scores - own[:, np.newaxis])[pairs])),
        count=count,
        ids=tuple(ids[:NEIGHBOURS]),
        mean=mean,
    )


def self_score(metric: Metric, vector: Vector) -> float:
    """What a descriptor (D,) scores with itself."""
    return float(metric.score(vector, vector[np.newaxis])[0])


def nearest_other(hits: Sequence[Hit], aside: frozenset[str], own: float, metric: Metric) -> Hit | None:
    """The best hit that is neither one of the images ``aside`` nor an exact duplicate of the query.

    Args:
        hits: best first.
        aside: ids of the query's own images.
        own: what the query scores with itself.
        metric: by which they are ranked.
    """
    nearness = SAME * max(1.0, abs(own))
    sign = -1 if metric.larger_is_better else 1
    return next((hit for hit in hits if hit.id not in aside and sign * (hit.score - own) > nearness), None)


def _sample(stored: StoredCollection, extractor: str) -> tuple[list[str], Matrix] | None:
    """Ids and descriptors (N, D) of random images; None where the collection shrinks below the fewest."""
    for attempt in range(ATTEMPTS):
        ids = [record.id for record in stored.sample(SAMPLED, SEED + attempt)]
        if len(ids) < FEWEST:
            return None
        try:
            return ids, stored.vectors(extractor, ids)
        except NotFoundError:
            if attempt == ATTEMPTS - 1:
                raise
    return None


def _nearest(
    stored: StoredCollection,
    extractor: str,
    metric: Metric,
    chosen: tuple[list[str], Matrix, Float64],
    count: int,
) -> Float64:
    """Scores (M,) of sampled images with their nearest neighbours; M is less where some have only copies near.

    ``chosen`` are their ids, what they ask with, and what they score with themselves.
    """
    ids, vectors, own = chosen
    fewest, most = PROBES
    probes = min(len(ids), most, max(fewest, SCANNED // (count * vectors.shape[1])))
    request = SearchRequest(extractor, metric.name, k=NEIGHBOURS)
    rankings: list[Ranking] = []
    for start in range(0, probes, PROBES_AT_ONCE):
        rankings += stored.search(request, vectors[start : min(start + PROBES_AT_ONCE, probes)])
    found = [
        nearest_other(ranking.hits, frozenset({image}), float(itself), metric)
        for ranking, image, itself in zip(rankings, ids, own, strict=False)
    ]
    return np.array([hit.score for hit in found if hit is not None], np.float64)
