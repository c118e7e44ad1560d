import threading
import time

import pytest

from cbir.ingest.pipeline import batched, work_ahead


def test_results_come_in_order_whatever_the_work_takes():
    def work(number):
        time.sleep(0.002 * (number % 3))
        return number * number

    assert list(work_ahead(range(30), work, window=8, workers=4)) == [n * n for n in range(30)]


def test_the_window_bounds_how_far_the_work_runs_ahead():
    taken = []

    def items():
        for number in range(100):
            taken.append(number)
            yield number

    results = work_ahead(items(), lambda number: number, window=5, workers=2)
    for position in range(20):
        assert next(results) == position
        assert len(taken) <= position + 5


def test_an_error_is_raised_at_its_turn():
    def work(number):
        if number == 3:
            raise ValueError("three")
        return number

    results = work_ahead(range(10), work, window=10, workers=4)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(results)


def test_leaving_early_ends_the_workers():
    before = threading.active_count()
    results = work_ahead(range(1000), lambda number: number, window=10, workers=4)
    next(results)
    results.close()
    assert threading.active_count() == before


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (3, [3]), (4, [4]), (9, [4, 4, 1])])
def test_batches(count, sizes):
    batches = list(batched(range(count), 4))
    assert [len(batch) for batch in batches] == sizes
    assert [item for batch in batches for item in batch] == list(range(count))
