"""The metrics' formulas in float64, one pair at a time, written from their definitions alone."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

LARGER_IS_BETTER = {"cosine", "intersection"}
NEEDS_NON_NEGATIVE = {"chi2", "kl", "bhattacharyya", "intersection"}


def euclidean(a, b):
    return math.sqrt(math.fsum((a - b) ** 2))


def cosine(a, b):
    norms = math.sqrt(math.fsum(a * a)) * math.sqrt(math.fsum(b * b))
    return math.fsum(a * b) / norms if norms else 0.0


def chi2(a, b):
    return 0.5 * math.fsum((x - y) ** 2 / (x + y) for x, y in zip(a, b, strict=True) if x + y != 0)


def kl(a, b):
    def smoothed(x):
        mass = math.fsum(x)
        share = x / mass if mass else np.full(len(x), 1 / len(x))
        return 0.9 * share + 0.1 / len(x)

    return math.fsum(p * math.log(p / q) for p, q in zip(smoothed(a), smoothed(b), strict=True))


def bhattacharyya(a, b):
    masses = math.fsum(a) * math.fsum(b)
    affinity = math.fsum(np.sqrt(a * b)) / math.sqrt(masses) if masses else 0.0
    return -math.log(max(affinity, 1e-12))


def intersection(a, b):
    mass = math.fsum(a)
    return math.fsum(np.minimum(a, b)) / mass if mass else 0.0


FORMULAS: dict[str, Callable] = {
    "euclidean": euclidean,
    "cosine": cosine,
    "chi2": chi2,
    "kl": kl,
    "bhattacharyya": bhattacharyya,
    "intersection": intersection,
}


def score(metric: str, query, vector) -> float:
    """The metric's native value for two descriptors."""
    return FORMULAS[metric](np.asarray(query, np.float64), np.asarray(vector, np.float64))


def tolerance(value: float) -> float:
    """How far two engines' scores may lie apart."""
    return max(1e-4 * abs(value), 1e-6)
