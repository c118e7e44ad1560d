"""Intervals against scipy's, and how often they hold the truth."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from cbir.evaluation.bootstrap import bca_intervals, replicated_means

GRADES = arrays(np.float64, st.tuples(st.integers(2, 30), st.just(3)), elements=st.floats(0, 1))


def intervals(grades, replicates=2000, seed=0, level=0.95):
    return bca_intervals(grades, replicated_means(grades, replicates=replicates, seed=seed), level=level)


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_the_same_draws_give_scipys_bca_interval(level):
    grades = np.random.default_rng(0).beta(0.5, 1.5, (80, 3))
    drawn = replicated_means(grades, replicates=999, seed=1)
    ours = bca_intervals(grades, drawn, level=level)
    for column in range(3):
        earlier = SimpleNamespace(bootstrap_distribution=drawn[:, column])
        theirs = stats.bootstrap(
            (grades[:, column],),
            np.mean,
            n_resamples=0,
            confidence_level=level,
            method="BCa",
            bootstrap_result=earlier,
        ).confidence_interval
        assert ours[column] == pytest.approx(tuple(theirs), abs=1e-12)


def test_scipys_own_draws_give_nearly_the_same_interval():
    grades = np.random.default_rng(4).beta(0.5, 1.5, (120, 1))
    theirs = stats.bootstrap((grades[:, 0],), np.mean, n_resamples=20_000, method="BCa", rng=9).confidence_interval
    (ours,) = intervals(grades, replicates=20_000)
    assert ours == pytest.approx(tuple(theirs), abs=0.05 * (theirs.high - theirs.low))


def test_draws_spread_as_the_mean_does():
    """The variance of the bootstrapped mean is that of the grades (over Q, not Q − 1) divided by Q."""
    grades = np.random.default_rng(6).uniform(size=(50, 1))
    drawn = replicated_means(grades, replicates=40_000)
    assert drawn.mean() == pytest.approx(grades.mean(), abs=4 * drawn.std() / 200)
    assert drawn.var() == pytest.approx(grades.var() / 50, rel=0.04)


def test_draws_of_a_difference_are_differences_of_draws():
    grades = np.random.default_rng(7).uniform(size=(20, 2))
    difference = grades[:, :1] - grades[:, 1:]
    drawn = replicated_means(grades, replicates=50, seed=2)
    assert replicated_means(difference, replicates=50, seed=2)[:, 0] == pytest.approx(drawn[:, 0] - drawn[:, 1])


def test_draws_in_slices_are_means_of_queries_that_there_are(monkeypatch):
    monkeypatch.setattr("cbir.evaluation.bootstrap.ELEMENTS_AT_ONCE", 20)
    drawn = replicated_means(np.array([[0.0], [1.0], [0.0]]), replicates=500)
    assert set(np.round(drawn[:, 0] * 3, 9)) == {0, 1, 2, 3}


def test_grades_that_are_all_equal_have_an_interval_without_width():
    assert intervals(np.full((30, 1), 0.3)) == pytest.approx(np.array([[0.3, 0.3]]), abs=0)
    assert intervals(np.array([[0.7]])) == pytest.approx(np.array([[0.7, 0.7]]), abs=0)


def test_a_seed_decides_the_draws():
    grades = np.random.default_rng(8).uniform(size=(40, 1))
    assert np.array_equal(intervals(grades, seed=1), intervals(grades, seed=1))
    assert not np.array_equal(intervals(grades, seed=1), intervals(grades, seed=2))


@given(GRADES)
def test_an_interval_is_ordered_and_stays_within_the_grades(grades):
    found = intervals(grades, replicates=200)
    assert (found[:, 0] <= found[:, 1]).all()
    assert (found[:, 0] >= grades.min(axis=0) - 1e-12).all()
    assert (found[:, 1] <= grades.max(axis=0) + 1e-12).all()


@given(GRADES, st.integers(-3, 3))
def test_shifting_all_grades_shifts_the_interval(grades, shift):
    assert intervals(grades + shift, replicates=200) == pytest.approx(
        intervals(grades, replicates=200) + shift, abs=1e-6
    )


def test_95_of_100_intervals_hold_the_truth():
    """1,000 samples of 100 skewed grades (mean 1/3). The method is right up to terms of order 1/Q, for which 1 % is
    allowed beside 4 standard errors.
    """
    grades = np.random.default_rng(10).beta(0.5, 1.0, (100, 1000))
    found = intervals(grades, replicates=1000)
    held = np.mean((found[:, 0] <= 1 / 3) & (found[:, 1] >= 1 / 3))
    assert held == pytest.approx(0.95, abs=0.01 + 4 * np.sqrt(0.95 * 0.05 / 1000))
