"""Curves against the measures that they are made of, and against points worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.evaluation.measures.lists import relevance

from cbir.evaluation.measures import (
    RECALL_LEVELS,
    Precision,
    Recall,
    Relevance,
    interpolated_precision,
    mean_curve,
    precision_curve,
    recall_curve,
)


def test_points_worked_out_by_hand():
    assert precision_curve(relevance("101"), 5).tolist() == [1, 1 / 2, 2 / 3, 2 / 4, 2 / 5]
    assert recall_curve(relevance("101", 4), 5).tolist() == [1 / 4, 1 / 4, 2 / 4, 2 / 4, 2 / 4]


@given(st.lists(st.booleans(), max_size=30), st.integers(0, 9), st.integers(1, 40))
def test_each_point_is_the_measure_at_its_rank(grades, unfound, depth):
    given_list = Relevance(np.array(grades, bool), sum(grades) + unfound)
    precisions, recalls = precision_curve(given_list, depth), recall_curve(given_list, depth)
    assert precisions.tolist() == [Precision(k).grade(given_list) for k in range(1, depth + 1)]
    assert recalls.tolist() == [Recall(k).grade(given_list) for k in range(1, depth + 1)]


def test_interpolated_precision_is_the_highest_from_each_recall_on():
    """Relevant at ranks 1, 4, 5: P = 1, 1/2, 3/5 at recalls 1/4, 2/4, 3/4; the fourth is never found."""
    expected = {0.0: 1, 0.1: 1, 0.2: 1, 0.3: 3 / 5, 0.5: 3 / 5, 0.7: 3 / 5, 0.8: 0, 1.0: 0}
    found = dict(zip(RECALL_LEVELS.tolist(), interpolated_precision(relevance("10011", 4)).tolist(), strict=True))
    assert {level: found[level] for level in expected} == pytest.approx(expected)


def test_interpolated_precision_where_nothing_was_found_is_0():
    assert interpolated_precision(relevance("000", 3)).tolist() == [0.0] * 11
    assert interpolated_precision(relevance("", 0)).tolist() == [0.0] * 11


def test_the_mean_is_taken_point_by_point():
    curves = [precision_curve(relevance(text), 2) for text in ("11", "01", "00")]
    assert mean_curve(iter(curves)).tolist() == pytest.approx([1 / 3, (1 + 1 / 2) / 3])
