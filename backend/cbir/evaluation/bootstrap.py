"""Confidence intervals of means over queries: Efron's bootstrap, bias-corrected and accelerated (BCa).

The queries are drawn anew from themselves, with replacement, as many as there are; the spread of the mean over such
draws stands for its spread over other queries of the same kind. Means of grades are often skewed (many queries near 0
or 1), for which the plain percentiles are off; BCa shifts them by what the draws and the third moment say (Efron,
"Better bootstrap confidence intervals", JASA 1987; Efron and Tibshirani 1993, chapter 14).

All columns are drawn together: one matrix of weights (draws, Q) times the grades (Q, C). So the draws of a difference
are the differences of the draws.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from cbir.metrics.base import Float64

REPLICATES = 10_000
LEVEL = 0.95
ELEMENTS_AT_ONCE = 1 << 22
"""Weights held at a time (32 MB)."""
ROUNDING = 1e-12
"""Means that differ by less than this share of the largest grade count as equal."""


def replicated_means(grades: Float64, *, replicates: int = REPLICATES, seed: int = 0) -> Float64:
    """Means (replicates, C) of grades (Q, C) over queries drawn with replacement; the same draws for all columns."""
    queries = len(grades)
    random = np.random.default_rng(seed)
    means = np.empty((replicates, grades.shape[1]), np.float64)
    together = max(1, ELEMENTS_AT_ONCE // queries)
    for start in range(0, replicates, together):
        rows = min(together, replicates - start)
        drawn = random.integers(0, queries, (rows, queries)) + np.arange(rows)[:, None] * queries
        weights = np.bincount(drawn.ravel(), minlength=rows * queries).reshape(rows, queries)
        means[start : start + rows] = weights.astype(np.float64) @ grades / queries
    return means


def bca_intervals(grades: Float64, replicated: Float64, *, level: float = LEVEL) -> Float64:
    """Lower and upper ends (C, 2) of the intervals that hold the columns' means at a confidence of ``level``.

    Args:
        grades: one column a thing that is measured, (Q, C).
        replicated: the columns' means over drawn queries, (replicates, C).
        level: between 0 and 1.

    A column whose grades are all equal gets an interval without width: these queries say nothing of its spread.
    """
    means = grades.mean(axis=0)
    ordered = np.sort(replicated, axis=0)
    bias = _bias(means, ordered, ROUNDING * np.abs(grades).max(axis=0))
    acceleration = _acceleration(grades - means)
    tail = NormalDist().inv_cdf((1 + level) / 2)
    ends = [_quantiles(ordered, _shifted(bias, acceleration, z)) for z in (-tail, tail)]
    constant = np.ptp(grades, axis=0) == 0
    return np.where(constant[:, None], grades[0][:, None], np.stack(ends, axis=1))


def _bias(means: Float64, ordered: Float64, rounding: Float64) -> Float64:
    """z0 (C,): the normal quantile of the share of draws below the mean; those equal to it count half."""
    below = (ordered < means - rounding).mean(axis=0)
    not_above = (ordered <= means + rounding).mean(axis=0)
    # a share of 0 or 1 would be infinite
    least = 0.5 / len(ordered)
    share = np.clip((below + not_above) / 2, least, 1 - least)
    return np.array([NormalDist().inv_cdf(float(one)) for one in share], np.float64)


def _acceleration(deviations: Float64) -> Float64:
    """The jackknife's a (C,), which for a mean is Σ(x − x̄)³ / (6 (Σ(x − x̄)²)^(3/2))."""
    spread = (deviations**2).sum(axis=0) ** 1.5
    skew = (deviations**3).sum(axis=0)
    return np.asarray(np.divide(skew, 6 * spread, out=np.zeros_like(skew), where=spread > 0), np.float64)


def _shifted(bias: Float64, acceleration: Float64, z: float) -> Float64:
    """Which share of the draws (C,) takes the place of the normal quantile ``z``."""
    moved = bias + z
    corrected = bias + moved / (1 - acceleration * moved)
    return np.array([NormalDist().cdf(float(one)) for one in corrected], np.float64)


def _quantiles(ordered: Float64, shares: Float64) -> Float64:
    """The quantile of each ascending column (B, C) at its share (C,), linear between draws."""
    position = shares * (len(ordered) - 1)
    lower = np.floor(position).astype(np.intp)
    upper = np.minimum(lower + 1, len(ordered) - 1)
    columns = np.arange(ordered.shape[1])
    low, high = ordered[lower, columns], ordered[upper, columns]
    return np.asarray(low + (position - lower) * (high - low), np.float64)
