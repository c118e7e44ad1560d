"""What was searched with is remembered for a while, within bounds."""

import re
import threading

import numpy as np
import pytest

from cbir.describing.local import MAX_DESCRIPTORS, OVERHEAD, LocalQueries
from cbir.errors import InvalidRequestError, NotFoundError

VECTOR = np.array([1, 2, 3], np.float32)


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def known(queries, token):
    try:
        queries.data(token)
    except NotFoundError:
        return False
    return True


def test_a_picture_and_its_descriptors_come_back():
    queries = LocalQueries()
    token = queries.put(b"picture")
    assert queries.data(token) == b"picture"
    assert queries.descriptor(token, "a") is None
    queries.keep(token, "a", VECTOR)
    assert queries.descriptor(token, "a").tobytes() == VECTOR.tobytes()
    assert queries.descriptor(token, "b") is None


def test_what_is_kept_does_not_change_with_the_callers_array():
    queries = LocalQueries()
    token = queries.put(b"")
    mine = VECTOR.copy()
    queries.keep(token, "a", mine)
    mine[:] = 0
    assert queries.descriptor(token, "a").tolist() == [1, 2, 3]
    with pytest.raises(ValueError, match="read-only"):
        queries.descriptor(token, "a")[0] = 0


def test_tokens_are_long_different_and_fit_for_an_address():
    queries = LocalQueries()
    tokens = {queries.put(b"the same") for _ in range(100)}
    assert len(tokens) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{32}", token) for token in tokens)


@pytest.mark.parametrize(
    "use",
    [
        lambda queries, token: queries.data(token),
        lambda queries, token: queries.descriptor(token, "a"),
        lambda queries, token: queries.keep(token, "a", VECTOR),
    ],
    ids=["data", "descriptor", "keep"],
)
def test_a_query_lives_an_hour_after_each_use(use):
    clock = Clock()
    queries = LocalQueries(lifetime_s=3600, clock=clock)
    token = queries.put(b"x")
    clock.now += 3599
    use(queries, token)
    clock.now += 3599
    use(queries, token)
    clock.now += 3600
    with pytest.raises(NotFoundError) as caught:
        use(queries, token)
    assert "60 minutes" in caught.value.remedy


def test_a_token_that_never_was_is_not_found():
    for call in (lambda q: q.data("x"), lambda q: q.descriptor("x", "a"), lambda q: q.keep("x", "a", VECTOR)):
        with pytest.raises(NotFoundError):
            call(LocalQueries())


def test_what_expired_leaves_memory_without_a_further_question():
    clock = Clock()
    queries = LocalQueries(lifetime_s=10, clock=clock)
    queries.put(b"x")
    clock.now += 10
    queries.expire()
    assert (queries._bytes, queries._entries) == (0, {})


def test_the_query_not_used_for_longest_goes_when_room_is_needed():
    queries = LocalQueries(max_bytes=3 * (100 + OVERHEAD))
    first, second, third = (queries.put(bytes(100)) for _ in range(3))
    queries.data(first)
    fourth = queries.put(bytes(100))
    assert [known(queries, token) for token in (first, second, third, fourth)] == [True, False, True, True]


def test_descriptors_count_and_push_out_other_queries_before_their_own():
    queries = LocalQueries(max_bytes=2 * (1000 + OVERHEAD))
    other, own = queries.put(bytes(1000)), queries.put(bytes(1000))
    queries.keep(own, "a", np.ones(1, np.float32))
    assert not known(queries, other)
    assert queries.descriptor(own, "a").tolist() == [1]


def test_memory_stays_within_the_bound_whatever_is_kept():
    queries = LocalQueries(max_bytes=100_000)
    rng = np.random.default_rng(0)
    token = queries.put(b"")
    for number in range(500):
        if number % 3 == 0:
            token = queries.put(bytes(int(rng.integers(0, 90_000))))
        queries.keep(token, str(number % 7), np.zeros(int(rng.integers(0, 30_000)), np.float32))
        entries = queries._entries.values()
        held = sum(len(one.data) + sum(kept.nbytes for kept in one.descriptors.values()) for one in entries)
        assert held <= queries._bytes <= 100_000
        assert queries._bytes == sum(one.bytes for one in entries)
        assert known(queries, token)


def test_a_query_keeps_a_bounded_number_of_descriptors_the_newest():
    queries = LocalQueries()
    token = queries.put(b"")
    for number in range(MAX_DESCRIPTORS + 2):
        queries.keep(token, str(number), VECTOR)
    kept = [queries.descriptor(token, str(number)) is not None for number in range(MAX_DESCRIPTORS + 2)]
    assert kept == [False, False] + [True] * MAX_DESCRIPTORS


def test_a_descriptor_that_is_kept_again_is_new():
    queries = LocalQueries()
    token = queries.put(b"")
    for number in [*range(MAX_DESCRIPTORS), 0, MAX_DESCRIPTORS]:
        queries.keep(token, str(number), VECTOR + number)
    assert queries.descriptor(token, "0").tolist() == [1, 2, 3]
    assert queries.descriptor(token, "1") is None


def test_a_picture_larger_than_everything_is_refused_and_pushes_nothing_out():
    queries = LocalQueries(max_bytes=5000)
    token = queries.put(bytes(100))
    with pytest.raises(InvalidRequestError, match="5,000 bytes"):
        queries.put(bytes(5000))
    assert known(queries, token)


def test_many_threads_at_once_leave_the_account_right():
    queries = LocalQueries(max_bytes=50_000)
    failures = []

    def work(seed):
        rng = np.random.default_rng(seed)
        for _ in range(200):
            token = queries.put(bytes(int(rng.integers(0, 5000))))
            try:
                queries.keep(token, "a", np.zeros(int(rng.integers(1, 500)), np.float32))
                queries.descriptor(token, "a")
            except NotFoundError:
                continue  # pushed out by the others
            except BaseException as error:
                failures.append(error)
                raise

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert queries._bytes == sum(one.bytes for one in queries._entries.values()) <= 50_000
