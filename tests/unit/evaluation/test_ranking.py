"""Whole rankings are in the order of the float64 scores, ties by position, whatever float32 can tell apart."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cbir.evaluation import ranking
from cbir.evaluation.ranking import UndefinedScoreError, doubtful_groups, rankings
from cbir.metrics import METRICS
from cbir.metrics.base import FastForm, Metric, Primitive


def expected_order(metric, gallery, query):
    """By the formula in float64 alone."""
    scores = METRICS.get(metric).score(gallery[query], gallery)
    keys = -scores if METRICS.get(metric).larger_is_better else scores
    return sorted(range(len(gallery)), key=lambda row: (keys[row], row))


@pytest.fixture
def gallery():
    """Histograms (60, 40) with repeated rows, near-repeats that float32 sums cannot tell apart, and a zero row."""
    random = np.random.default_rng(5)
    rows = random.gamma(0.5, size=(60, 40)).astype(np.float32)
    rows[rows < 0.2] = 0
    rows[10] = rows[20] = rows[30]
    rows[40] = np.nextafter(rows[41], np.float32(np.inf))
    rows[50:53] = rows[53] * (1 + np.arange(1, 4, dtype=np.float32)[:, None] * np.float32(2e-7))
    rows[59] = 0
    return rows


@pytest.mark.parametrize("metric", METRICS.names())
def test_every_metric_ranks_as_its_formula_does(metric, gallery):
    queries = [0, 10, 30, 41, 53, 59]
    for query, order in zip(queries, rankings(METRICS.get(metric), gallery, gallery[queries]), strict=True):
        assert order.tolist() == expected_order(metric, gallery, query)


def test_equal_rows_rank_by_position(gallery):
    (order,) = rankings(METRICS.get("chi2"), gallery, gallery[[30]])
    assert order[:3].tolist() == [10, 20, 30]


def test_queries_that_do_not_fit_together_are_run_in_groups(gallery, monkeypatch):
    together = list(rankings(METRICS.get("kl"), gallery, gallery[:60]))
    monkeypatch.setattr(ranking, "PAIRS_AT_ONCE", 7 * len(gallery))
    monkeypatch.setattr(ranking, "TRANSFORMED_ELEMENTS", 9 * gallery.shape[1])
    in_groups = list(rankings(METRICS.get("kl"), gallery, gallery[:60]))
    assert np.array_equal(together, in_groups)


def test_the_gallery_is_not_changed(gallery):
    before = gallery.copy()
    gallery.setflags(write=False)
    list(rankings(METRICS.get("bhattacharyya"), gallery, gallery[:60]))
    assert np.array_equal(gallery, before)


def test_a_score_that_is_no_number_is_an_error(gallery):
    form = FastForm(Primitive.DOT, lambda a: a, lambda b: b, lambda sums, _: sums)
    undefined = Metric(
        name="undefined",
        title="",
        formula="",
        summary="",
        larger_is_better=False,
        needs_non_negative=False,
        score=lambda _, rows: np.full(len(rows), np.nan),
        form=form,
    )
    with pytest.raises(UndefinedScoreError):
        list(rankings(undefined, gallery, gallery[[0]]))


@pytest.mark.parametrize("metric", METRICS.names())
@pytest.mark.parametrize("dims", [1, 7, 300, 4416])
def test_pairs_that_the_bounds_tell_apart_are_in_the_order_of_the_formula(metric, dims):
    """On values of all magnitudes, and on rows that are close together."""
    random = np.random.default_rng(dims)
    rows = (random.random((24, dims)) * 10.0 ** random.uniform(-12, 3, (24, dims))).astype(np.float32)
    rows[8:16] = rows[0] * random.uniform(1 - 1e-6, 1 + 1e-6, (8, dims)).astype(np.float32)
    rows[16:20, ::2] = 0
    chosen = METRICS.get(metric)
    find = ranking._product_bounds if chosen.form.primitive is Primitive.DOT else ranking._scan_bounds
    low, high = find(chosen, rows[:17], rows)
    for query, least, greatest in zip(rows, low, high, strict=False):
        told_apart = np.subtract.outer(least, greatest) > 0
        keys = chosen.best_first(chosen.score(query, rows))
        assert (np.subtract.outer(keys, keys)[told_apart] > 0).all()


class RoughScan:
    """Keys off by up to ±0.4, and honest about it."""

    def __init__(self, query):
        self.query = query

    def __call__(self, block, keys):
        distances = METRICS.get("euclidean").score(self.query, block)
        keys[:] = distances + 0.4 * np.sin(1e4 * distances)

    def error(self, keys):
        return np.full(keys.shape, 0.4 + 1e-6)


def test_a_scan_that_errs_within_its_bounds_changes_nothing(gallery):
    rough = replace(METRICS.get("euclidean"), kernel=RoughScan, kernel_many=None)
    for query, order in enumerate(rankings(rough, gallery, gallery[:60])):
        assert order.tolist() == expected_order("euclidean", gallery, query)


def test_groups_by_hand():
    """0.0 ± 1 and 1.5 ± 1 overlap, 1.5 ± 1 and 3 ± 1 too; 10 and 11 ± 0.4 lie apart."""
    centre, error = np.array([10, 3, 0, 11, 1.5]), np.array([0.4, 1, 1, 0.4, 1])
    assert doubtful_groups(centre - error, centre + error).tolist() == [1, 0, 0, 2, 0]


def test_intervals_that_touch_are_in_doubt():
    assert doubtful_groups(np.array([-1.0, 1.0]), np.array([1.0, 3.0])).tolist() == [0, 0]


def test_a_wide_interval_reaches_over_narrow_ones():
    low, high = np.array([-3, 0.9, 1.9, 8.9]), np.array([3, 1.1, 2.1, 9.1])
    assert doubtful_groups(low, high).tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize("key", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_puts_all_in_doubt(key):
    bounds = ranking._around(np.array([1, key, 5]), np.full(3, 0.1))
    assert doubtful_groups(*bounds).tolist() == [0, 0, 0]
    bounds = ranking._around(np.array([1.0, 2, 5]), np.array([0.1, np.inf, 0.1]))
    assert doubtful_groups(*bounds).tolist() == [0, 0, 0]


@given(
    hnp.arrays(np.float64, st.integers(1, 30), elements=st.integers(0, 40).map(float)),
    st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0, 4.0]), min_size=30, max_size=30),
)
def test_groups_are_the_connected_parts_of_overlapping_intervals(centre, errors):
    error = np.array(errors[: len(centre)])
    group = doubtful_groups(centre - error, centre + error)
    connected = [{i} for i in range(len(centre))]
    for i in range(len(centre)):
        for j in range(i):
            overlap = abs(centre[i] - centre[j]) <= error[i] + error[j]
            if overlap and connected[i] is not connected[j]:
                connected[i] |= connected[j]
                for member in connected[j]:
                    connected[member] = connected[i]
    assert {frozenset(part) for part in connected} == {
        frozenset(np.flatnonzero(group == number).tolist()) for number in np.unique(group)
    }
    for number in range(group.max()):
        assert centre[group == number].max() < centre[group == number + 1].min()
