"""Whether a difference between two rankings' grades may be chance: paired tests over queries, and their correction.

Two cells of a table were graded on the same queries, so they are compared query by query. If nothing but chance
told them apart, each query's difference could as well have had the other sign. The randomisation test counts how
many assignments of signs give a mean difference at least as large, on either side, as the one that was seen (Fisher
1935; for retrieval: Smucker, Allan and Carterette, CIKM 2007, who find it as trustworthy as the paired t-test, and
both more so than Wilcoxon's and the sign test). It assumes no distribution.
"""

from __future__ import annotations

import numpy as np

from cbir.metrics.base import Float64

ROUNDS = 10_000
"""Random assignments of signs; the smallest p is 1 / (ROUNDS + 1)."""
EXACT_QUERIES = 13
"""Up to so many queries all 2^Q assignments are counted, which are fewer than `ROUNDS`."""
ELEMENTS_AT_ONCE = 1 << 22
"""Signs held at a time (32 MB)."""
ROUNDING = 1e-12
"""Sums count as equal that differ by less than this share of the sum of all magnitudes."""


def sign_flip_test(differences: Float64, *, rounds: int = ROUNDS, seed: int = 0) -> Float64:
    """Two-sided p-values (C,) of paired differences (Q, C), for the null hypothesis that each column is symmetric
    about 0.

    Exact, the share among all 2^Q assignments, where these are few. Otherwise (count + 1) / (rounds + 1) over random
    ones, which counts the assignment that was seen and so is never 0 nor too small (Phipson and Smyth 2010). All
    columns share the assignments. A column of zeros has p = 1.
    """
    queries = len(differences)
    seen = np.abs(differences.sum(axis=0)) - ROUNDING * np.abs(differences).sum(axis=0)
    if queries <= EXACT_QUERIES:
        sums = _all_signs(queries) @ differences
        return np.asarray((np.abs(sums) >= seen).mean(axis=0), np.float64)
    random = np.random.default_rng(seed)
    count = np.zeros(differences.shape[1], np.intp)
    together = max(1, ELEMENTS_AT_ONCE // queries)
    for start in range(0, rounds, together):
        signs = random.integers(0, 2, (min(together, rounds - start), queries), np.int8) * 2.0 - 1.0
        count += np.count_nonzero(np.abs(signs @ differences) >= seen, axis=0)
    return np.asarray((count + 1) / (rounds + 1), np.float64)


def _all_signs(queries: int) -> Float64:
    """Every assignment of signs, one a row, shape (2^Q, Q)."""
    numbers = np.arange(1 << queries)[:, None]
    return np.asarray((numbers >> np.arange(queries) & 1) * 2.0 - 1.0, np.float64)


def holm(p_values: Float64) -> Float64:
    """Adjusted p-values (M,) of a family of M tests: Holm's step-down form of Bonferroni's correction (1979).

    Whoever calls significant what stays below α errs with a probability of at most α anywhere in the family, however
    the tests depend on each other. With p(1) <= … <= p(M): adjusted p(i) = max over j <= i of
    min(1, (M − j + 1) · p(j)).
    """
    order = np.argsort(p_values, kind="stable")
    stepped = p_values[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values), np.float64)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(stepped)) if len(p_values) else stepped
    return adjusted
