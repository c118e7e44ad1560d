"""Measures against numbers worked out by hand, plain restatements of their formulas, and scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from cbir.errors import UnknownNameError
from cbir.evaluation.measures import DEFAULT_MEASURES, AveragePrecision, Precision, Relevance, parse_measure


def relevance(text, relevant=None):
    """`"1011"`: ranks 1, 3 and 4 are relevant; R is what the list holds unless it is given."""
    grades = np.array([letter == "1" for letter in text], bool)
    return Relevance(grades, int(grades.sum()) if relevant is None else relevant)


AP, AP_2, AP_2_TREC = AveragePrecision(), AveragePrecision(2), AveragePrecision(2, by_all_relevant=True)


@pytest.mark.parametrize(
    ("measure", "ranking", "relevant", "expected"),
    [
        (AP, "10110", 3, (1 + 2 / 3 + 3 / 4) / 3),
        (AP, "10110", 6, (1 + 2 / 3 + 3 / 4) / 6),
        (AP, "00001", 1, 1 / 5),
        (AP, "11100", 3, 1.0),
        (AP, "00000", 3, 0.0),
        (AP_2, "10110", 3, 1 / 2),
        (AP_2, "11011", 4, 1.0),
        (AP_2, "01000", 1, 1 / 2),
        (AP_2_TREC, "10110", 3, 1 / 3),
        (AP_2_TREC, "11011", 4, 1 / 2),
        (AP_2_TREC, "01000", 1, 1 / 2),
        (Precision(4), "10110", 3, 3 / 4),
        (Precision(1), "01111", 4, 0.0),
        (Precision(10), "111", 3, 3 / 10),
    ],
)
def test_worked_examples(measure, ranking, relevant, expected):
    assert measure.grade(relevance(ranking, relevant)) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("measure", DEFAULT_MEASURES, ids=str)
def test_where_nothing_is_relevant_or_nothing_is_ranked_the_grade_is_0(measure):
    assert measure.grade(relevance("0000")) == 0.0
    assert measure.grade(relevance("")) == 0.0
    assert measure.grade(relevance("", 5)) == 0.0


def test_the_two_conventions_of_ap_at_100_differ_exactly_where_more_than_100_are_relevant():
    by_cutoff, trec = AveragePrecision(100), AveragePrecision(100, by_all_relevant=True)
    perfect = relevance("1" * 150)
    assert by_cutoff.grade(perfect) == pytest.approx(1.0)
    assert trec.grade(perfect) == pytest.approx(100 / 150)
    few = relevance("01" * 100)
    assert by_cutoff.grade(few) == trec.grade(few)


rankings = st.lists(st.booleans(), min_size=1, max_size=60)


@given(rankings, st.integers(0, 20), st.integers(1, 70))
def test_every_measure_agrees_with_its_formula_written_as_loops(grades, unfound, k):
    total = sum(grades) + unfound
    given_list = Relevance(np.array(grades), total)

    def sum_of_precisions(cutoff):
        return sum(sum(grades[:i]) / i for i in range(1, min(cutoff, len(grades)) + 1) if grades[i - 1])

    def over(divisor, value):
        return value / divisor if divisor else 0.0

    n = len(grades)
    assert AveragePrecision().grade(given_list) == pytest.approx(over(total, sum_of_precisions(n)), abs=1e-12)
    assert AveragePrecision(k).grade(given_list) == pytest.approx(
        over(min(total, k), sum_of_precisions(k)), abs=1e-12
    )
    trec = AveragePrecision(k, by_all_relevant=True)
    assert trec.grade(given_list) == pytest.approx(over(total, sum_of_precisions(k)), abs=1e-12)
    assert Precision(k).grade(given_list) == pytest.approx(sum(grades[:k]) / k, abs=1e-12)


@given(rankings.filter(any))
def test_ap_over_the_whole_ranking_is_scikit_learns_average_precision(grades):
    descending = -np.arange(len(grades), dtype=float)
    expected = average_precision_score(grades, descending)
    assert AveragePrecision().grade(Relevance(np.array(grades), sum(grades))) == pytest.approx(expected, abs=1e-12)


@given(rankings, st.integers(0, 5), st.sampled_from(DEFAULT_MEASURES))
def test_a_grade_lies_between_0_and_1(grades, unfound, measure):
    assert 0.0 <= measure.grade(Relevance(np.array(grades), sum(grades) + unfound)) <= 1.0 + 1e-12


@pytest.mark.parametrize("name", ["AP", "AP@100", "AP@100-trec", "AP@7", "P@1", "P@10"])
def test_a_measure_prints_as_the_name_that_it_is_parsed_from(name):
    assert str(parse_measure(name)) == name


@pytest.mark.parametrize(
    "name", ["", "AP@0", "AP@-1", "AP@x", "P", "P@", "P@010", "P@10-trec", "ap@100", "AP@1²", "@5"]
)
def test_a_name_that_no_measure_has_is_refused(name):
    with pytest.raises(UnknownNameError, match="No measure is called") as refused:
        parse_measure(name)
    assert "AP@100" in refused.value.remedy


def test_json_names_of_the_means_are_those_of_the_contract():
    keys = [measure.mean_key for measure in DEFAULT_MEASURES]
    assert keys[:3] == ["map_at_100", "map_at_100_trec", "map"]
    assert "precision_at_10" in keys


def test_each_measure_states_its_definition():
    assert AveragePrecision(100).definition == "Σ rel(i)·P(i) / min(R, 100) over the first 100"
    assert AveragePrecision(100, by_all_relevant=True).definition == "Σ rel(i)·P(i) / R over the first 100"
    assert "whole ranking" in AveragePrecision().definition
    assert "first 10" in Precision(10).definition
