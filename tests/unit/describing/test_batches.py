"""Requests that arrive while a pass runs are run together as the next one."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.unit.describing.doubles import Broken, Means, NoWeights

from cbir.describing.batches import Batches
from cbir.describing.extractions import Extractions


@pytest.fixture
def batches():
    made = Batches(4)
    yield made
    made.close()


def load(extractor):
    return Extractions(NoWeights()).of(extractor)


def waiting(batches, loaded):
    batch = batches._waiting.get(loaded)
    return len(batch.prepared) if batch else 0


def ask(pool, batches, loaded, values):
    """Ask on a thread of its own for each value; returns when all of them wait for a pass or run in one."""
    asked = []
    for value in values:
        before = waiting(batches, loaded)
        asked.append(pool.submit(batches.run, loaded, (value,)))
        while waiting(batches, loaded) not in {before + 1, 1}:
            threading.Event().wait(0.001)
    return asked


def test_a_request_that_finds_nothing_running_runs_alone_at_once(batches):
    means = Means()
    loaded = load(means)
    for value in range(3):
        assert batches.run(loaded, ([value, 0, 0],)).tolist() == [value, 0, 0]
    assert means.passes == [1, 1, 1]


def test_those_that_arrive_during_a_pass_share_the_next_within_the_size(batches):
    means = Means(gate=threading.Event())
    loaded = load(means)
    with ThreadPoolExecutor(12) as pool:
        first = pool.submit(batches.run, loaded, ([0, 0, 0],))
        assert means.running.wait(30)
        others = ask(pool, batches, loaded, [[value, 1, 2] for value in range(1, 11)])
        means.gate.set()
        assert first.result(30).tolist() == [0, 0, 0]
        assert [one.result(30).tolist() for one in others] == [[value, 1, 2] for value in range(1, 11)]
    assert means.passes == [1, 4, 4, 2]


def test_another_extractor_has_batches_of_its_own(batches):
    held, other = Means("held", gate=threading.Event()), Means("other")
    with ThreadPoolExecutor(8) as pool:
        loaded = {one: load(one) for one in (held, other)}
        first = pool.submit(batches.run, loaded[held], ([0, 0, 0],))
        assert held.running.wait(30)
        asked = ask(pool, batches, loaded[other], [[1, 0, 0], [2, 0, 0]])
        asked += ask(pool, batches, loaded[held], [[3, 0, 0], [4, 0, 0]])
        held.gate.set()
        assert [one.result(30)[0] for one in (first, *asked)] == [0, 1, 2, 3, 4]
    assert (held.passes, other.passes) == ([1, 2], [2])


def test_what_a_pass_raises_reaches_its_requests_and_no_others(batches):
    broken, means = load(Broken("broken")), load(Means())
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            batches.run(broken, ([0, 0, 0],))
    assert batches.run(means, ([7, 0, 0],)).tolist() == [7, 0, 0]
