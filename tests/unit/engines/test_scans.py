"""When a search runs the formula instead of the compiled kernel."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from cbir.engines.embedded import scans
from cbir.metrics import METRICS
from cbir.metrics.base import EachScan, ScoreScan

METRIC = METRICS.get("euclidean")


@pytest.fixture
def scan_of(monkeypatch):
    """Of a new engine in a new process."""
    monkeypatch.delitem(sys.modules, "numba", raising=False)
    return scans.Scans().scan_of


def test_the_first_search_of_a_process_runs_the_formula(scan_of):
    assert isinstance(scan_of(METRIC, np.ones((1, 8), np.float32), rows=1000), ScoreScan)


def test_the_second_runs_the_kernel(scan_of):
    scan_of(METRIC, np.ones((1, 8), np.float32), rows=1000)
    assert not isinstance(scan_of(METRIC, np.ones((1, 8), np.float32), rows=1000), ScoreScan)


def test_the_first_of_several_queries(scan_of):
    assert isinstance(scan_of(METRIC, np.ones((2, 8), np.float32), rows=1000), EachScan)


def test_much_work_runs_the_kernel_at_once(scan_of):
    rows = scans.FORMULA_ELEMENTS // 8 + 1
    assert not isinstance(scan_of(METRIC, np.ones((1, 8), np.float32), rows=rows), ScoreScan)


def test_long_descriptors_run_the_kernel_at_once(scan_of):
    queries = np.ones((1, scans.FORMULA_DIMS + 1), np.float32)
    assert not isinstance(scan_of(METRIC, queries, rows=1), ScoreScan)


def test_a_process_that_has_the_compiler_runs_the_kernel(scan_of, monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", sys)
    assert not isinstance(scan_of(METRIC, np.ones((1, 8), np.float32), rows=1000), ScoreScan)
