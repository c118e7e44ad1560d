"""Rankings graded, and two ways of ranking compared over the same queries.

AP@100 is a finite sum divided by min(R, 100); the query is left out of its own ranking, ties go by position.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

DEPTH = 100
RESAMPLES = 10_000
SEED = 20170519

Grades = NDArray[np.float64]
"""AP@100 of each query (Q,)."""


def average_precisions(keys: NDArray[np.floating], labels: NDArray[np.intp]) -> Grades:
    """AP@100 of each row of sort keys (N, N), smaller is closer, where row i is the query i; NaN comes last."""
    order = np.argsort(keys, axis=1, kind="stable")
    others = order[order != np.arange(len(keys))[:, None]].reshape(len(keys), -1)
    relevant = labels[others[:, :DEPTH]] == labels[:, None]
    precision = np.cumsum(relevant, axis=1) / np.arange(1, relevant.shape[1] + 1)
    total = np.bincount(labels)[labels] - 1
    return (precision * relevant).sum(axis=1) / np.minimum(total, DEPTH)


def chance(labels: NDArray[np.intp]) -> float:
    """Mean AP@100 that a random order is expected to have.

    Each of the others is relevant with p = R/(N−1). At rank k the expected product of precision and relevance is
    p·(1 + (k−1)·q)/k, where q = (R−1)/(N−2) is the share of relevant images among the others, given one.
    """
    others = len(labels) - 1
    total = np.bincount(labels)[labels] - 1.0
    depth = min(DEPTH, others)
    ranks = np.arange(1, depth + 1)
    p, q = total / others, (total - 1) / max(1, others - 1)
    found = (p[:, None] * (1 + (ranks - 1) * q[:, None]) / ranks).sum(axis=1)
    return float((found / np.minimum(total, DEPTH)).mean())


@cache
def _resamples(queries: int) -> NDArray[np.float32]:
    """How often each query is drawn (RESAMPLES, Q), over Q: a product with it gives the resampled means."""
    drawn = np.random.default_rng(SEED)
    counts = [np.bincount(drawn.integers(0, queries, queries), minlength=queries) for _ in range(RESAMPLES)]
    return np.array(counts, np.float32) / np.float32(queries)


@cache
def _signs(queries: int) -> NDArray[np.float32]:
    """Random signs (RESAMPLES, Q)."""
    return np.random.default_rng(SEED).choice(np.array([-1, 1], np.float32), (RESAMPLES, queries))


def interval(values: Grades) -> tuple[float, float]:
    """Bootstrap 95 % interval (percentiles) of the mean over queries."""
    low, high = np.percentile(_resamples(len(values)) @ values.astype(np.float32), [2.5, 97.5])
    return float(low), float(high)


def sign_flip(differences: Grades) -> float:
    """Two-sided p of a mean difference under random signs of the queries' differences; at least 1/(flips + 1)."""
    sums = _signs(len(differences)) @ differences.astype(np.float32)
    reached = np.abs(sums) >= abs(differences.sum()) * (1 - 1e-5)
    return (1 + int(reached.sum())) / (1 + RESAMPLES)


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values (Holm 1979)."""
    order = np.argsort(p_values)
    scaled = [(len(p_values) - place) * p_values[at] for place, at in enumerate(order)]
    adjusted = np.minimum(1, np.maximum.accumulate(scaled))
    return [float(adjusted[place]) for place in np.argsort(order)]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One way against a baseline on one task."""

    task: str
    way: str
    mean: float
    difference: float
    low: float
    high: float
    p: float
    """Adjusted over all comparisons of the family."""
    classes: str
    """In how many of the classes the way is better."""

    @property
    def verdict(self) -> str:
        """`better`, `worse`, or nothing where the difference is not significant at 0.05."""
        if self.p >= 0.05:
            return ""
        return "better" if self.difference > 0 else "worse"


def compare(
    ways: Mapping[str, Mapping[str, Grades]], baseline: Mapping[str, Grades], labels: Mapping[str, NDArray[np.intp]]
) -> list[Comparison]:
    """Each way (task → grades) against the baseline on each task, p adjusted over all of them together."""
    pairs = [(task, way) for way in ways for task in baseline]
    differences = [ways[way][task] - baseline[task] for task, way in pairs]
    p_values = holm([sign_flip(one) for one in differences])
    return [
        Comparison(
            task,
            way,
            float(ways[way][task].mean()),
            float(difference.mean()),
            *interval(difference),
            p,
            _classes(difference, labels[task]),
        )
        for (task, way), difference, p in zip(pairs, differences, p_values, strict=True)
    ]


def _classes(differences: Grades, labels: NDArray[np.intp]) -> str:
    means = np.bincount(labels, differences) / np.bincount(labels)
    return f"{(means > 0).sum()}/{len(means)}"
