"""Measures against numbers worked out by hand, plain restatements of their formulas, and their edges."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.evaluation.measures.lists import relevance

from cbir.evaluation.measures import FORMS, AveragePrecision, Gains, Precision, Relevance, parse_measure

EVERY = [form.make(k) for form in FORMS for k in ((1, 3, 100) if "@k" in form.template else (1,))]
LOG2_3 = math.log2(3)


@pytest.mark.parametrize(
    ("name", "ranking", "relevant", "expected"),
    [
        ("AP", "10110", 3, (1 + 2 / 3 + 3 / 4) / 3),
        ("AP", "10110", 6, (1 + 2 / 3 + 3 / 4) / 6),
        ("AP", "00001", 1, 1 / 5),
        ("AP", "11100", 3, 1.0),
        ("AP", "00000", 3, 0.0),
        ("AP@2", "10110", 3, 1 / 2),
        ("AP@2", "11011", 4, 1.0),
        ("AP@2", "01000", 1, 1 / 2),
        ("AP@2-trec", "10110", 3, 1 / 3),
        ("AP@2-trec", "11011", 4, 1 / 2),
        ("AP@2-trec", "01000", 1, 1 / 2),
        # by hand: rank 1: (1 + 1)/2; rank 3: (1/2 + 2/3)/2; rank 4: (2/3 + 3/4)/2
        ("AP-trapezoid", "10110", 3, (1 + (1 / 2 + 2 / 3) / 2 + (2 / 3 + 3 / 4) / 2) / 3),
        ("AP-trapezoid", "01", 1, (0 + 1 / 2) / 2),
        ("AP-trapezoid", "111", 3, 1.0),
        ("AP-trapezoid", "111", 6, 1 / 2),
        ("P@4", "10110", 3, 3 / 4),
        ("P@1", "01111", 4, 0.0),
        ("P@10", "111", 3, 3 / 10),
        ("recall@4", "10110", 6, 3 / 6),
        ("recall@1", "1111", 4, 1 / 4),
        ("recall@9", "0011", 2, 1.0),
        ("hit@2", "0011", 2, 0.0),
        ("hit@3", "0011", 2, 1.0),
        ("hit@9", "0001", 2, 1.0),
        ("nDCG", "01", 1, 1 / LOG2_3),
        ("nDCG", "101", 2, (1 + 1 / 2) / (1 + 1 / LOG2_3)),
        ("nDCG@2", "101", 2, 1 / (1 + 1 / LOG2_3)),
        ("nDCG@1", "111", 3, 1.0),
        ("nDCG@3", "1", 2, 1 / (1 + 1 / LOG2_3)),
        ("Rprec", "1011", 3, 2 / 3),
        ("Rprec", "11", 4, 2 / 4),
        ("RR", "0010", 1, 1 / 3),
        ("RR", "1010", 2, 1.0),
        ("RR", "0000", 2, 0.0),
        ("N-S", "1111", 4, 4.0),
        ("N-S", "10101111", 6, 2.0),
        ("N-S", "11", 4, 2.0),
    ],
)
def test_worked_examples(name, ranking, relevant, expected):
    assert parse_measure(name).grade(relevance(ranking, relevant)) == pytest.approx(expected, abs=1e-15)


def test_graded_gains_count_as_they_stand():
    """Gains 3, 0, 1 found, and one of 2 not found: DCG = 3 + 1/2, best = 3 + 2/log2(3) + 1/2."""
    graded = Relevance(
        np.array([True, False, True]), 3, Gains(np.array([3.0, 0.0, 1.0]), ideal=np.array([3.0, 2.0, 1.0]))
    )
    assert parse_measure("nDCG").grade(graded) == pytest.approx(3.5 / (3.5 + 2 / LOG2_3), abs=1e-15)
    assert parse_measure("nDCG@2").grade(graded) == pytest.approx(3 / (3 + 2 / LOG2_3), abs=1e-15)
    assert parse_measure("AP").grade(graded) == pytest.approx((1 + 2 / 3) / 3, abs=1e-15)


@pytest.mark.parametrize("measure", EVERY, ids=str)
def test_where_nothing_is_relevant_or_nothing_is_ranked_the_grade_is_0(measure):
    assert measure.grade(relevance("0000")) == 0.0
    assert measure.grade(relevance("")) == 0.0
    assert measure.grade(relevance("", 5)) == 0.0


@pytest.mark.parametrize("measure", EVERY, ids=str)
@pytest.mark.parametrize("relevant", [4, 5, 150])
def test_a_perfect_ranking_gets_the_maximum_unless_the_cutoff_forbids_it(measure, relevant):
    """P@k cannot be 1 with fewer than k relevant images; recall@k and AP@k-trec not with more than k."""
    cutoff = getattr(measure, "cutoff", None) or relevant
    reachable = {
        "precision": min(relevant, cutoff) / cutoff,
        "recall": min(relevant, cutoff) / relevant,
        "map_trec": min(relevant, cutoff) / relevant,
    }
    kind = measure.mean_key.split("_at_")[0] + ("_trec" if measure.mean_key.endswith("_trec") else "")
    perfect = relevance("1" * relevant + "0" * 30)
    assert measure.grade(perfect) == pytest.approx(measure.maximum * reachable.get(kind, 1.0), abs=1e-15)


def test_the_two_conventions_of_ap_at_100_differ_exactly_where_more_than_100_are_relevant():
    by_cutoff, trec = AveragePrecision(100), AveragePrecision(100, by_all_relevant=True)
    perfect = relevance("1" * 150)
    assert by_cutoff.grade(perfect) == pytest.approx(1.0)
    assert trec.grade(perfect) == pytest.approx(100 / 150)
    few = relevance("01" * 100)
    assert by_cutoff.grade(few) == trec.grade(few)


rankings = st.lists(st.booleans(), min_size=1, max_size=60)


@given(rankings, st.integers(0, 20), st.integers(1, 70))
def test_measures_agree_with_their_formulas_written_as_loops(grades, unfound, k):
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


@given(rankings, st.integers(0, 20))
def test_the_trapezoid_is_the_area_below_the_precision_recall_curve(grades, unfound):
    """The area by numpy's trapezoid rule, from the point of precision 1 and recall 0 on."""
    total = sum(grades) + unfound
    found = np.cumsum(grades)
    precisions = np.append(1.0, found / np.arange(1, len(grades) + 1))
    recalls = np.append(0.0, found / max(total, 1))
    steps, middles = np.diff(recalls), (precisions[1:] + precisions[:-1]) / 2
    graded = parse_measure("AP-trapezoid").grade(Relevance(np.array(grades), total))
    assert graded == pytest.approx(float(steps @ middles), abs=1e-12)
    assert graded <= AveragePrecision().grade(Relevance(np.array(grades), total)) + 1e-12


@given(rankings, st.integers(0, 5), st.sampled_from(EVERY))
def test_a_grade_lies_between_0_and_the_maximum(grades, unfound, measure):
    assert 0.0 <= measure.grade(Relevance(np.array(grades), sum(grades) + unfound)) <= measure.maximum + 1e-12


@given(rankings, st.integers(0, 5), st.sampled_from(EVERY), st.integers(1, 20))
def test_wrong_answers_at_the_end_of_a_ranking_change_no_grade(grades, unfound, measure, more):
    total = sum(grades) + unfound
    longer = Relevance(np.array(grades + [False] * more), total)
    assert measure.grade(longer) == measure.grade(Relevance(np.array(grades), total))


@given(rankings.filter(lambda grades: not all(grades) and any(grades)), st.sampled_from(EVERY))
def test_moving_a_relevant_image_forward_never_lowers_a_grade(grades, measure):
    last = max(i for i, relevant in enumerate(grades) if relevant)
    better = [True, *grades[:last], *grades[last + 1 :]]
    before, after = (Relevance(np.array(one), sum(grades)) for one in (grades, better))
    assert measure.grade(after) >= measure.grade(before) - 1e-12
