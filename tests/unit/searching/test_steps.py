"""Stop-watches by name."""

import pytest

from cbir.searching.steps import Steps


def test_every_step_is_told_also_those_that_were_not_taken():
    assert Steps().milliseconds() == {"decode": 0.0, "extract": 0.0, "search": 0.0, "closeness": 0.0}


def test_a_step_that_is_taken_twice_adds_up(monkeypatch):
    times = iter([1.0, 1.5, 7.0, 7.25])
    monkeypatch.setattr("time.perf_counter", lambda: next(times))
    steps = Steps()
    for _ in range(2):
        with steps.measure("search"):
            pass
    assert steps.milliseconds()["search"] == pytest.approx(750)


def test_a_step_that_fails_is_counted(monkeypatch):
    times = iter([1.0, 3.0])
    monkeypatch.setattr("time.perf_counter", lambda: next(times))
    steps = Steps()
    with pytest.raises(ZeroDivisionError), steps.measure("extract"):
        _ = 1 // 0
    assert steps.milliseconds()["extract"] == pytest.approx(2000)
