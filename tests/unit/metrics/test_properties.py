"""What each metric promises of all non-negative vectors, on vectors that hypothesis makes."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from tests.unit.metrics.vectors import random_rows

from cbir.errors import MetricNotApplicableError
from cbir.metrics import METRICS

VALUES = st.one_of(st.just(0.0), st.floats(0, 2.0**100, width=32), st.floats(0, 1, width=32))
PAIRS = array_shapes(min_dims=2, max_dims=2, max_side=60).map(lambda shape: (2, shape[1])).flatmap(
    lambda shape: arrays(np.float32, shape, elements=VALUES)
)  # fmt: skip

DISTANCES = ["euclidean", "chi2", "kl", "bhattacharyya"]
SYMMETRIC = ["euclidean", "cosine", "chi2", "bhattacharyya"]


def between(name, a, b):
    return METRICS.get(name).score(a, b[None])[0]


@pytest.mark.parametrize("name", DISTANCES)
@given(pair=PAIRS)
@settings(max_examples=150)
def test_no_distance_is_below_zero_and_equal_vectors_are_at_exactly_zero(name, pair):
    a, b = pair
    assert between(name, a, b) >= 0
    if name != "bhattacharyya" or a.any():
        assert between(name, a, a) == 0


@pytest.mark.parametrize("name", [*DISTANCES, "cosine", "intersection"])
@pytest.mark.parametrize("dims", [1, 2, 7, 100, 405, 4096, 4416])
def test_a_vector_is_its_own_best_match_exactly(name, dims):
    rows = random_rows(9, dims, seed=dims) + np.float32(1e-6)
    own = [METRICS.get(name).score(row, rows)[i] for i, row in enumerate(rows)]
    assert own == [0.0 if name in DISTANCES else 1.0] * 9


@pytest.mark.parametrize("name", SYMMETRIC)
@given(pair=PAIRS)
@settings(max_examples=100)
def test_symmetric_metrics(name, pair):
    a, b = pair
    assert between(name, a, b) == pytest.approx(between(name, b, a), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(("name", "there", "back"), [
    ("kl", 0.95 * math.log(1.9) + 0.05 * math.log(0.1), 0.5 * math.log(0.5 / 0.95) + 0.5 * math.log(10)),
    ("intersection", 1.0, 0.5),
])  # fmt: skip
def test_kl_and_intersection_are_not_symmetric(name, there, back):
    """Between (1, 0) and (1, 1): for kl, (0.95, 0.05) and (0.5, 0.5) after smoothing."""
    a, b = np.array([[1, 0], [1, 1]], np.float32)
    assert between(name, a, b) == pytest.approx(there)
    assert between(name, b, a) == pytest.approx(back)


@given(pair=PAIRS)
def test_similarities_lie_within_their_bounds(pair):
    a, b = pair
    assert 0 <= between("cosine", a, b) <= 1
    assert 0 <= between("intersection", a, b) <= 1 + 1e-12


@given(pair=PAIRS.map(lambda pair: pair - 1))
def test_cosine_lies_between_minus_one_and_one_for_vectors_of_any_sign(pair):
    a, b = pair
    assert -1 <= between("cosine", a, b) <= 1


@given(pair=PAIRS)
def test_bounded_distances(pair):
    """Of bhattacharyya −ln 1e-12; of kl ln(10·D), as B' is at least 0.1/D."""
    a, b = pair
    assert between("bhattacharyya", a, b) <= -math.log(1e-12)
    assert between("kl", a, b) <= math.log(10 * a.size)


@given(pair=PAIRS)
def test_chi2_lies_between_s_and_twice_s(pair):
    """Where s = ½(ΣA+ΣB) − Σ sqrt(AB), up to the rounding of s, which is a difference."""
    a, b = pair.astype(np.float64)
    total = 0.5 * (a.sum() + b.sum())
    s = total - np.sqrt(a * b).sum()
    assert s - 1e-13 * total <= between("chi2", a, b) <= 2 * s + 1e-13 * total


@given(pair=PAIRS)
def test_the_sum_of_minima_is_at_most_that_of_the_roots(pair):
    a, b = pair
    roots = np.sqrt(a.astype(np.float64) * b).sum()
    assert between("intersection", a, b) * a.sum(dtype=np.float64) <= roots * (1 + 1e-12)


@given(pair=PAIRS, third=st.integers(0, 2**32 - 1))
def test_euclidean_keeps_the_triangle_inequality(pair, third):
    a, b = pair
    c = np.random.default_rng(third).random(a.size, np.float32)
    direct, detour = between("euclidean", a, b), between("euclidean", a, c) + between("euclidean", c, b)
    assert direct <= detour * (1 + 1e-12)


@pytest.mark.parametrize(("name", "query_zero", "image_zero", "both"), [
    ("euclidean", 5.0, 5.0, 0.0),
    ("cosine", 0.0, 0.0, 0.0),
    ("chi2", 3.5, 3.5, 0.0),
    ("kl", 0.5 * math.log(0.5 / (0.9 * 3 / 7 + 0.05)) + 0.5 * math.log(0.5 / (0.9 * 4 / 7 + 0.05)), None, 0.0),
    ("bhattacharyya", -math.log(1e-12), -math.log(1e-12), -math.log(1e-12)),
    ("intersection", 0.0, 0.0, 0.0),
])  # fmt: skip
def test_vectors_of_zeros(name, query_zero, image_zero, both):
    """Against (3, 4), by hand."""
    zero, b = np.array([[0, 0], [3, 4]], np.float32)
    assert between(name, zero, b) == pytest.approx(query_zero)
    assert image_zero is None or between(name, b, zero) == pytest.approx(image_zero)
    assert between(name, zero, zero) == both


def test_a_metric_for_distributions_refuses_a_descriptor_that_can_be_negative(metric):
    metric.require("hist-basic", non_negative=True)
    if metric.needs_non_negative:
        with pytest.raises(MetricNotApplicableError, match=f"'{metric.name}'.*'pca'"):
            metric.require("pca", non_negative=False)
    else:
        metric.require("pca", non_negative=False)


def test_best_first_sorts_similarities_downwards(metric):
    rows = random_rows(50, 30)
    order = np.argsort(metric.best_first(metric.score(rows[7], rows)))
    assert order[0] == 7
