"""Scores against other libraries, and against design's formulas written out one number at a time."""

import math

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.special import rel_entr
from scipy.stats import entropy
from sklearn.metrics.pairwise import additive_chi2_kernel
from tests.unit.metrics.vectors import adversarial_rows, random_rows

from cbir.metrics import METRICS

GALLERIES = [
    pytest.param(random_rows(40, dims, density=density, seed=dims), id=f"D{dims}-density{density}")
    for dims in (1, 3, 64, 405, 4096)
    for density in (1.0, 0.25)
]


def score(name, rows):
    return METRICS.get(name).score(rows[0], rows)


def filled(rows):
    """Rows without the all-zero ones, on which libraries have other conventions."""
    return rows[rows.any(axis=1)]


@pytest.mark.parametrize("rows", GALLERIES)
def test_euclidean_is_scipys(rows):
    assert score("euclidean", rows) == pytest.approx(cdist(rows[:1], rows)[0], rel=1e-12)


@pytest.mark.parametrize("rows", GALLERIES)
def test_cosine_is_one_less_scipys_cosine_distance(rows):
    rows = filled(rows)
    assert score("cosine", rows) == pytest.approx(1 - cdist(rows[:1], rows, "cosine")[0], abs=1e-12)


@pytest.mark.parametrize("rows", GALLERIES)
def test_chi2_is_half_of_scikit_learns_additive_kernel_without_its_sign(rows):
    wide = rows.astype(np.float64)
    assert score("chi2", rows) == pytest.approx(-0.5 * additive_chi2_kernel(wide[:1], wide)[0], rel=1e-12)


@pytest.mark.parametrize("rows", GALLERIES)
def test_kl_is_scipys_relative_entropy_of_the_smoothed_distributions(rows):
    rows = filled(rows)
    wide = rows.astype(np.float64)
    mixed = 0.9 * wide / wide.sum(axis=1, keepdims=True) + 0.1 / wide.shape[1]
    expected = rel_entr(mixed[0], mixed).sum(axis=1)
    assert score("kl", rows) == pytest.approx(expected, abs=1e-12)
    assert score("kl", rows) == pytest.approx(entropy(mixed[0], mixed, axis=1), abs=1e-12)


@pytest.mark.parametrize("rows", GALLERIES)
def test_bhattacharyya_is_the_cosine_of_the_roots(rows):
    """‖sqrt(A)‖² = ΣA, so the coefficient is the cosine similarity of the vectors of roots, which scipy has."""
    roots = np.sqrt(filled(rows).astype(np.float64))
    coefficients = 1 - cdist(roots[:1], roots, "cosine")[0]
    expected = -np.log(np.maximum(coefficients, 1e-12))
    near = coefficients > 1e-3  # 1 − (1 − x) loses the digits of a small x
    assert score("bhattacharyya", filled(rows))[near] == pytest.approx(expected[near], abs=1e-12)


@pytest.mark.parametrize("rows", GALLERIES)
def test_intersection_follows_from_scipys_city_block_distance(rows):
    """Σ min(A, B) = (ΣA + ΣB − Σ|A−B|) / 2."""
    rows = filled(rows)
    wide = rows.astype(np.float64)
    sums = wide.sum(axis=1)
    expected = (sums[0] + sums - cdist(wide[:1], wide, "cityblock")[0]) / 2 / sums[0]
    assert score("intersection", rows) == pytest.approx(expected, abs=1e-12)


WRITTEN_OUT = {
    "euclidean": lambda a, b: math.sqrt(math.fsum((x - y) ** 2 for x, y in zip(a, b, strict=True))),
    "cosine": lambda a, b: (
        math.fsum(x * y for x, y in zip(a, b, strict=True))
        / (math.sqrt(math.fsum(x * x for x in a)) * math.sqrt(math.fsum(y * y for y in b)))
        if any(a) and any(b)
        else 0.0
    ),
    "chi2": lambda a, b: 0.5 * math.fsum((x - y) ** 2 / (x + y) for x, y in zip(a, b, strict=True) if x + y > 0),
    "kl": lambda a, b: math.fsum(p * math.log(p / q) for p, q in zip(smoothed(a), smoothed(b), strict=True)),
    "bhattacharyya": lambda a, b: -math.log(max(coefficient(a, b), 1e-12)),
    "intersection": lambda a, b: (
        math.fsum(min(x, y) for x, y in zip(a, b, strict=True)) / math.fsum(a) if any(a) else 0.0
    ),
    "kl-literal": lambda a, b: math.fsum(x * math.log((x + 1e-10) / (y + 1e-10)) for x, y in zip(a, b, strict=True)),
    "bhattacharyya-literal": lambda a, b: (
        -math.log(max(math.fsum(math.sqrt(x * y) for x, y in zip(a, b, strict=True)), 1e-12))
    ),
}


def smoothed(x):
    total = math.fsum(x)
    return [0.9 * value / total + 0.1 / len(x) if total else 1 / len(x) for value in x]


def coefficient(a, b):
    if not any(a) or not any(b):
        return 1e-12
    roots = math.fsum(math.sqrt(x * y) for x, y in zip(a, b, strict=True))
    return roots / (math.sqrt(math.fsum(a)) * math.sqrt(math.fsum(b)))


@pytest.mark.parametrize("dims", [1, 4, 130])
def test_scores_on_hard_vectors_are_the_formulas(any_metric, dims):
    """Zero sides, spikes, denormal and huge values, with exactly rounded sums (`math.fsum`) as the oracle."""
    rows = adversarial_rows(dims)
    for query in rows:
        expected = [WRITTEN_OUT[any_metric.name](query.tolist(), row.tolist()) for row in rows]
        # The literal formulas subtract large values from each other.
        size = float(query.astype(np.float64).sum()) * 100 if any_metric.name == "kl-literal" else 0
        assert any_metric.score(query, rows) == pytest.approx(expected, rel=1e-10, abs=1e-12 + 1e-14 * size)


def test_the_smoothing_of_kl_by_hand():
    """(1, 0) and (1, 1) become (0.95, 0.05) and (0.5, 0.5)."""
    a, b = np.array([[1, 0], [1, 1]], np.float32)
    assert METRICS.get("kl").score(a, b[None])[0] == pytest.approx(0.95 * math.log(1.9) + 0.05 * math.log(0.1))


def test_scores_take_float64_as_well_and_change_nothing(any_metric):
    rows = random_rows(5, 70).astype(np.float64)
    kept = rows.copy()
    from_float64 = any_metric.score(rows[1], rows)
    assert (rows == kept).all()
    assert from_float64 == pytest.approx(any_metric.score(rows[1].astype(np.float32), rows.astype(np.float32)))


def test_the_form_of_a_gallery_in_memory_does_not_change_a_score(any_metric):
    """Rows taken from a Fortran-ordered or strided matrix, or one by one, score to the last bit as together."""
    rows = random_rows(30, 700, density=0.5)
    together = any_metric.score(rows[3], rows)
    assert (any_metric.score(rows[3], np.asfortranarray(rows)) == together).all()
    assert (any_metric.score(rows[3], np.repeat(rows, 2, axis=0)[::2]) == together).all()
    assert [any_metric.score(rows[3], row[None])[0] for row in rows] == together.tolist()
