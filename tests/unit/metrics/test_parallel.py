import numpy as np
import pytest
from tests.unit.metrics.vectors import random_rows

from cbir.metrics.parallel import BLOCK_ELEMENTS, available_cores, scan_rows

DIMS = 512
ROWS = 5 * BLOCK_ELEMENTS // DIMS + 3


@pytest.fixture(scope="module")
def gallery():
    return random_rows(ROWS, DIMS, density=0.25)


def test_any_number_of_threads_gives_the_same_keys(metric, gallery):
    one, four = np.empty((2, ROWS), np.float32)
    scan = metric.scan(gallery[5])
    scan_rows(scan, [gallery], one, threads=1)
    scan_rows(scan, [gallery], four, threads=4)
    assert (one == four).all()


def test_any_number_of_threads_gives_many_queries_the_same_keys(metric, gallery):
    one, four = np.empty((2, 3, ROWS), np.float32)
    scan = metric.scan_many(gallery[5:8])
    scan_rows(scan, [gallery], one, threads=1)
    scan_rows(scan, [gallery], four, threads=4)
    assert (one == four).all()


def test_several_matrices_count_as_one(metric, gallery):
    whole, parts = np.empty((2, ROWS), np.float32)
    scan = metric.scan(gallery[0])
    scan_rows(scan, [gallery], whole)
    scan_rows(scan, [gallery[:7], gallery[7:7], gallery[7:1000], gallery[1000:]], parts)
    assert (whole == parts).all()


def test_no_rows_at_all(metric):
    scan_rows(metric.scan(np.ones(3, np.float32)), [], np.empty(0, np.float32))


def test_a_failure_on_a_thread_reaches_the_caller(gallery):
    def fail(*_):
        raise ValueError("no such luck")

    with pytest.raises(ValueError, match="no such luck"):
        scan_rows(fail, [gallery], np.empty(ROWS, np.float32), threads=3)


def test_there_is_a_core_to_run_on():
    assert available_cores() >= 1
