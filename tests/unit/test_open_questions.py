"""What the benchmark of the open questions grades by, against plain definitions."""

from itertools import product

import numpy as np
import pytest
from benchmarks.open_questions import collecting
from benchmarks.open_questions.collecting import BINS, EDGES
from benchmarks.open_questions.grading import average_precisions, chance, holm, sign_flip
from benchmarks.open_questions.outliers import kl_of_common, kl_smoothed, kl_with_floor
from benchmarks.open_questions.summaries import LayerValues, histogram

from cbir.extractors.fixed_histogram import fixed_histograms
from cbir.metrics import METRICS


def average_precision(keys, query, labels, depth=100):
    """The definition, one rank after another."""
    others = [at for at in sorted(range(len(keys)), key=lambda at: (keys[at], at)) if at != query]
    total = sum(labels[at] == labels[query] for at in others)
    found, grade = 0, 0.0
    for rank, at in enumerate(others[:depth], start=1):
        if labels[at] == labels[query]:
            found += 1
            grade += found / rank
    return grade / min(total, depth)


def test_average_precision_is_the_finite_sum_over_min_of_relevant_and_depth():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], [130, 20, 3])
    keys = rng.integers(0, 40, (153, 153)).astype(float)  # with ties
    expected = [average_precision(row, query, labels) for query, row in enumerate(keys)]
    np.testing.assert_allclose(average_precisions(keys, labels), expected, rtol=1e-12)


def test_chance_is_the_mean_grade_of_random_orders():
    rng = np.random.default_rng(1)
    labels = np.repeat(np.arange(5), [60, 30, 20, 10, 5])
    means = [average_precisions(rng.random((125, 125)), labels).mean() for _ in range(200)]
    assert chance(labels) == pytest.approx(np.mean(means), abs=4 * np.std(means) / np.sqrt(200))


def test_holms_adjustment_on_an_example_worked_out_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == pytest.approx([1, 1])


def test_sign_flips_approach_the_count_over_all_signs():
    differences = np.array([0.3, -0.1, 0.25, 0.4, 0.05, -0.2, 0.15, 0.3])
    sums = [abs(np.dot(signs, differences)) for signs in product([-1, 1], repeat=8)]
    exact = np.mean(np.array(sums) >= abs(differences.sum()) - 1e-12)
    assert sign_flip(differences) == pytest.approx(exact, abs=0.015)


def test_a_histogram_from_the_fine_one_is_that_of_the_extractor():
    rng = np.random.default_rng(2)
    maps = np.maximum(rng.normal(0, 300, (14, 14, 6)), 0).astype(np.float32)
    places = np.sort(rng.integers(2, BINS, (6, 2)), axis=1)
    maps[0, 0] = EDGES[places[:, 0]]  # values on an edge
    counts = collecting._fine(maps)[:, :BINS]
    fine = LayerValues(np.cumsum(counts, axis=1)[None].astype(np.uint16), np.empty((1, 6, 6), np.float32), 14 * 14)
    derived = histogram(lambda _: places, fine, fine)[0] / 6
    described = fixed_histograms([maps], [EDGES[places].T.astype(np.float32)])
    np.testing.assert_allclose(derived.reshape(-1), described, rtol=1e-6, atol=1e-12)


def test_divergences_by_matrix_products_are_those_of_the_metrics():
    rows = np.random.default_rng(3).random((7, 30)) ** 4
    rows[rows < 0.05] = 0
    for name, keys in (("kl", kl_smoothed(rows)), ("kl-literal", kl_with_floor(rows, 1e-10))):
        expected = [METRICS.get(name).score(row, rows) for row in rows]
        np.testing.assert_allclose(keys, expected, rtol=1e-9, atol=1e-9)


def test_divergence_without_zero_terms_sums_over_what_both_have():
    a, b = np.array([0.5, 0.5, 0, 0]), np.array([0, 0.25, 0.75, 0])
    assert kl_of_common(np.stack([a, b]))[0, 1] == pytest.approx(0.5 * np.log(2))
