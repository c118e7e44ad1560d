"""Axes and their ticks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbir.evaluation.reports.figures.frame import Axis, linear_ticks, log_ticks, ticks_between

HIGHS = st.floats(1e-4, 1e6)


@given(HIGHS)
def test_ticks_from_0_enclose_the_highest_value_evenly_and_are_few(high):
    ticks = linear_ticks(high)
    assert ticks[0] == 0
    assert ticks[-2] < high <= ticks[-1] * (1 + 1e-8)
    assert 3 <= len(ticks) <= 7
    assert ticks == pytest.approx([index * ticks[1] for index in range(len(ticks))], rel=1e-6)


@pytest.mark.parametrize(("high", "expected"), [(1, [0, 0.2, 0.4, 0.6, 0.8, 1]), (0.62, [0, 0.2, 0.4, 0.6, 0.8])])
def test_ticks_are_round(high, expected):
    assert linear_ticks(high) == expected


@given(HIGHS, st.floats(0, 1))
def test_ticks_between_enclose_the_values(high, share):
    low = high * share
    ticks = ticks_between(low, high)
    slack = 1e-6 * high
    assert ticks[0] <= low + slack
    assert high <= ticks[-1] + slack
    assert 2 <= len(ticks) <= 24


@given(HIGHS, st.floats(0.000_01, 1))
def test_logarithmic_ticks_enclose_the_values(high, share):
    low = high * share
    ticks = log_ticks(low, high)
    assert ticks[0] <= low * (1 + 1e-9)
    assert high <= ticks[-1] * (1 + 1e-9)
    assert ticks == sorted(set(ticks))
    assert 2 <= len(ticks) <= 14


def test_an_axis_leads_its_ends_to_its_ends():
    across = Axis(0, 100, 50, 450, [0, 100], "x")
    assert (across(0), across(25), across(100)) == (50, 150, 450)
    upwards = Axis(0, 1, 300, 0, [0, 1], "y")
    assert (upwards(0), upwards(1)) == (300, 0)
    decades = Axis(1, 100, 0, 200, [1, 10, 100], "x", logarithmic=True)
    assert (decades(1), decades(10), decades(100)) == (0, 100, 200)
