"""The randomisation test and Holm's correction against scipy, worked examples, and their own promises."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from cbir.evaluation.significance import EXACT_QUERIES, holm, sign_flip_test

P_VALUES = arrays(np.float64, st.integers(1, 12), elements=st.floats(0, 1))


def of_column(differences, **options):
    (p,) = sign_flip_test(np.array(differences, float)[:, None], **options)
    return p


def scipy_p(differences):
    """All assignments of signs, by scipy."""
    test = stats.permutation_test(
        (np.array(differences),), np.sum, permutation_type="samples", n_resamples=np.inf, alternative="two-sided"
    )
    return test.pvalue


def test_worked_example():
    """Of the 8 assignments of signs to 1, 2, 3 only +++ and --- reach a sum of 6."""
    assert of_column([1, 2, 3]) == 2 / 8
    assert of_column([-1, 2, 3]) == 4 / 8


@pytest.mark.parametrize("queries", [2, 5, 10])
def test_few_queries_are_counted_exactly_as_scipy_does(queries):
    differences = np.random.default_rng(queries).normal(0.3, 1, queries)
    assert of_column(differences) == pytest.approx(scipy_p(differences), abs=1e-12)


def test_sums_that_are_equal_but_for_rounding_count_as_equal():
    """0.1 + 0.2 and 0.3 differ in the last bit; half of all sums reach 0.3 + 0.3 − 0.3 or its like."""
    assert of_column([0.1, 0.2, -0.3]) == 1.0


def test_many_queries_come_near_the_exact_value():
    differences = np.random.default_rng(5).normal(0.35, 1, 16)
    expected = scipy_p(differences)
    error = np.sqrt(expected * (1 - expected) / 100_000)
    assert of_column(differences, rounds=100_000) == pytest.approx(expected, abs=4 * error)


def test_for_normal_differences_it_agrees_with_the_paired_t_test():
    random = np.random.default_rng(8)
    ours, theirs = random.normal(0.52, 0.2, 400), random.normal(0.5, 0.2, 400)
    expected = stats.ttest_rel(ours, theirs).pvalue
    assert of_column(ours - theirs, rounds=50_000) == pytest.approx(expected, abs=0.01)


def test_random_assignments_never_give_0_and_count_what_was_seen():
    assert of_column(np.ones(100), rounds=999) == 1 / 1000


@pytest.mark.parametrize("queries", [1, EXACT_QUERIES, EXACT_QUERIES + 1, 50])
def test_without_any_difference_p_is_1(queries):
    assert of_column(np.zeros(queries)) == 1.0


def test_the_same_seed_gives_the_same_p_and_another_seed_another_one():
    differences = np.random.default_rng(1).normal(0.1, 1, 60)
    assert of_column(differences, seed=3) == of_column(differences, seed=3) != of_column(differences, seed=4)


def test_columns_do_not_influence_each_other():
    differences = np.random.default_rng(2).normal(0.1, 1, (60, 5))
    alone = [of_column(column) for column in differences.T]
    assert sign_flip_test(differences) == pytest.approx(alone, abs=1e-15)


@given(arrays(np.float64, st.integers(1, 20), elements=st.floats(-1, 1)))
def test_neither_the_sign_nor_the_unit_matters(differences):
    p = of_column(differences, rounds=200)
    assert 0 < p <= 1
    assert of_column(-differences, rounds=200) == p
    assert of_column(differences * 4, rounds=200) == p


@pytest.mark.parametrize("queries", [10, 40])
def test_where_nothing_differs_p_falls_below_a_twentieth_about_every_twentieth_time(queries):
    """2,000 pairs of cells that differ by chance alone, skewed as grades are; tolerance: 4 standard errors."""
    random = np.random.default_rng(queries)
    grades = random.beta(0.4, 0.8, (2, queries, 2000))
    share = np.mean(sign_flip_test(grades[0] - grades[1], rounds=2000) <= 0.05)
    assert share == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 2000))


def test_holm_worked_example():
    """Holm's rule by hand: 0.01·4, 0.013·3 (raised to 0.04), 0.04·2, 0.2·1."""
    adjusted = holm(np.array([0.04, 0.01, 0.2, 0.013]))
    assert adjusted == pytest.approx([0.08, 0.04, 0.2, 0.04], abs=1e-15)


def test_holm_of_no_test_and_of_one():
    assert holm(np.array([])).shape == (0,)
    assert holm(np.array([0.3])) == [0.3]


@given(P_VALUES)
def test_holm_lies_between_no_correction_and_bonferroni_and_keeps_the_order(p):
    adjusted = holm(p)
    assert (adjusted >= p).all()
    assert (adjusted <= np.minimum(1, p * len(p))).all()
    assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0).all()


@given(P_VALUES, st.floats(0.01, 0.5))
def test_holm_rejects_what_the_step_down_rule_rejects(p, alpha):
    """The rule as Holm states it: go up from the smallest, stop at the first p above α / (tests left)."""
    rejected = set()
    for left, index in zip(range(len(p), 0, -1), np.argsort(p, kind="stable"), strict=True):
        if p[index] * left > alpha:
            break
        rejected.add(int(index))
    assert set(np.flatnonzero(holm(p) <= alpha)) == rejected


def test_holm_keeps_the_chance_of_any_error_in_a_family_below_a_twentieth():
    random = np.random.default_rng(3)
    wrong = [(holm(random.uniform(size=17)) <= 0.05).any() for _ in range(2000)]
    assert np.mean(wrong) <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / 2000)
