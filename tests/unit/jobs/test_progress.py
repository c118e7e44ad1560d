"""How far a job is: written a few times a second, with rate and time left."""

import threading

import pytest

from cbir.ingest.walk import Failure
from cbir.jobs.progress import Cancelled, JobProgress, Stopped


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def stopping():
    return threading.Event()


@pytest.fixture
def job(store):
    store.add("compact", "c", {})
    return store.claim()


@pytest.fixture
def progress(store, job, stopping, clock):
    return JobProgress(store, job.id, stopping, clock)


def test_writes_are_a_quarter_of_a_second_apart(progress, store, job, clock, monkeypatch):
    written = []
    real = store.progress
    monkeypatch.setattr(store, "progress", lambda *a: (written.append(a[1].done), real(*a))[1])
    progress.start("Indexing", 100)
    for _ in range(100):
        clock.now += 0.0625
        progress.advance()
    assert written == [0, *range(4, 101, 4)]
    assert store.get(job.id).total == 100


def test_the_rate_is_that_of_the_last_seconds_and_gives_the_time_left(progress, store, job, clock):
    progress.start("Indexing", 400)
    for _ in range(20):
        clock.now += 1
        progress.advance(1)
    seen = store.get(job.id)
    assert (seen.rate, seen.eta_s) == (pytest.approx(1), pytest.approx(380))
    for _ in range(20):
        clock.now += 1
        progress.advance(4)
    seen = store.get(job.id)
    assert (seen.done, seen.rate, seen.eta_s) == (100, pytest.approx(4), pytest.approx(75))


def test_without_a_total_there_is_a_rate_and_no_time_left(progress, store, job, clock):
    progress.start("Scanning", None)
    clock.now += 2
    progress.advance(10)
    seen = store.get(job.id)
    assert (seen.total, seen.rate, seen.eta_s) == (None, pytest.approx(5), None)


def test_a_new_task_begins_at_nothing(progress, store, job, clock):
    progress.start("First", 10)
    clock.now += 1
    progress.advance(10)
    progress.start("Second", 20)
    seen = store.get(job.id)
    assert (seen.task, seen.done, seen.total, seen.rate, seen.eta_s) == ("Second", 0, 20, None, None)


def test_the_last_remark_and_all_failures_are_kept(progress, store, job, clock):
    progress.say("one")
    progress.say("two")
    progress.fail(Failure("a.jpg", "bad", "do"))
    progress.fail(Failure("b.jpg", "bad", "do"))
    assert progress.flush()
    assert store.get(job.id).message == "two"
    assert [failure.path for failure in store.failures(job.id)] == ["a.jpg", "b.jpg"]


def test_hidden_folders_are_named_by_their_last_name(progress, store, job):
    progress.hide(["/home/me", "/home/me/My Pictures"])
    progress.say("/home/me/My Pictures/a.jpg and /home/me/b.jpg, not /home/you")
    progress.fail(Failure("a.jpg", "In /home/me/c.", "Look at /home/me."))
    progress.flush()
    assert store.get(job.id).message == "My Pictures/a.jpg and me/b.jpg, not /home/you"
    (failure,) = store.failures(job.id)
    assert (failure.reason, failure.remedy) == ("In me/c.", "Look at me.")


@pytest.mark.parametrize(
    "call",
    [
        lambda progress: progress.advance(),
        lambda progress: progress.say("x"),
        lambda progress: progress.start("x", 1),
        lambda progress: progress.fail(Failure("a", "b", "c")),
    ],
    ids=["advance", "say", "start", "fail"],
)
def test_whatever_is_told_next_ends_a_job_that_was_cancelled(progress, store, job, clock, call):
    progress.start("Indexing", 10)
    store.cancel(job.id)
    clock.now += 1
    with pytest.raises(Cancelled):
        call(progress)


def test_whatever_is_told_next_ends_a_job_whose_server_stops(progress, store, job, stopping):
    progress.start("Indexing", 10)
    stopping.set()
    with pytest.raises(Stopped):
        progress.advance(3)
    assert store.get(job.id).done == 3


def test_what_was_told_before_the_end_is_written_down(progress, store, job, clock):
    progress.start("Indexing", 10)
    progress.fail(Failure("a.jpg", "bad", "do"))
    store.cancel(job.id)
    clock.now += 1
    with pytest.raises(Cancelled):
        progress.advance(5)
    seen = store.get(job.id)
    assert (seen.done, seen.failed_count) == (5, 1)


def test_what_is_waited_for_is_forgotten_when_the_work_goes_on(progress, store, job, clock):
    progress.wait("Somebody is writing.")
    assert store.get(job.id).message == "Somebody is writing."
    progress.start("Indexing", 10)
    clock.now += 1
    progress.advance()
    assert store.get(job.id).message == ""
    progress.say("Without this and that.")
    progress.go_on()
    progress.flush()
    assert store.get(job.id).message == "Without this and that."


def test_the_end_of_a_job_is_no_error_that_an_extractor_could_swallow():
    assert not issubclass(Cancelled, Exception)
    assert not issubclass(Stopped, Exception)
