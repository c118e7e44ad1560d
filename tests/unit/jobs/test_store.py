"""The queue of jobs on disk."""

import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest

from cbir.errors import ConflictError, CorruptDataError, InvalidRequestError, NotFoundError, SchemaVersionError
from cbir.ingest.walk import Failure
from cbir.jobs.base import JobState
from cbir.jobs.store import FILE, JobStore, Standing

COUNTERS = ("task", "done", "total", "rate", "eta_s", "message", "remedy", "failed_count", "result")


def add(store, collection="c"):
    return store.add("compact", collection, {})


def test_a_new_job_is_queued_and_nothing_of_it_is_done(store):
    before = datetime.now(UTC)
    job = store.add("index", "c", {"paths": ["/photos"]})
    assert (job.state, job.kind, job.collection) == (JobState.QUEUED, "index", "c")
    assert [getattr(job, name) for name in COUNTERS] == ["", 0, None, None, None, "", "", 0, None]
    assert before <= job.created_at <= datetime.now(UTC)
    assert (job.started_at, job.ended_at, job.cancel_requested, job.resumable) == (None, None, False, False)
    assert store.get(job.id) == job


def test_arguments_come_back_as_they_were_with_defaults(store):
    path = "/photos/\udcff \"'é\n"
    job = store.add("index", "c", {"paths": [path], "remove_missing": True})
    assert job.arguments == {
        "paths": [path],
        "extractors": [],
        "labels": None,
        "remove_missing": True,
        "replace_changed": False,
    }


def test_a_collection_that_cannot_be_called_so_is_refused(store):
    with pytest.raises(InvalidRequestError):
        store.add("compact", "../c", {})
    assert store.count() == 0


def test_another_store_sees_the_same_jobs(store, settings):
    job = add(store)
    other = JobStore(settings.data_dir / FILE)
    assert other.list() == [job]
    other.close()


def test_jobs_are_claimed_in_order_and_one_at_a_time_on_a_collection(store):
    first, second, third = add(store), add(store), add(store, "d")
    assert [store.claim().id, store.claim().id] == [first.id, third.id]
    assert store.claim() is None
    store.finish(first.id, {})
    assert store.claim().id == second.id


def test_a_claimed_job_runs(store):
    add(store)
    job = store.claim()
    assert job.state is JobState.RUNNING
    assert job.started_at >= job.created_at


def test_the_list_is_latest_first_by_state_and_collection_in_pages(store):
    jobs = [add(store, name) for name in ("c", "d", "c", "d", "c")]
    store.cancel(jobs[0].id)
    ids = [job.id for job in jobs]
    assert [job.id for job in store.list()] == ids[::-1]
    assert [job.id for job in store.list(offset=1, limit=2)] == [ids[3], ids[2]]
    assert [job.id for job in store.list(JobState.QUEUED, collection="c")] == [ids[4], ids[2]]
    assert [job.id for job in store.list(JobState.CANCELLED)] == [ids[0]]
    assert (store.count(), store.count(JobState.QUEUED), store.count(JobState.QUEUED, "d")) == (5, 4, 2)


def test_progress_is_kept_and_ends_with_the_job(store):
    add(store)
    job = store.claim()
    assert store.progress(job.id, Standing("Indexing", 3, 10, 1.5, 4.5, "hm"))
    seen = store.get(job.id)
    assert (seen.task, seen.done, seen.total, seen.rate, seen.eta_s, seen.message) == (
        *("Indexing", 3, 10),
        *(1.5, 4.5, "hm"),
    )
    store.finish(job.id, {"added": 3})
    done = store.get(job.id)
    assert (done.state, done.result, done.rate, done.eta_s) == (JobState.DONE, {"added": 3}, None, None)
    assert done.ended_at >= done.started_at
    assert not store.progress(job.id, Standing("late"))
    assert store.get(job.id) == done


def test_failures_are_kept_in_order_and_paged(store):
    add(store)
    job = store.claim()
    failures = [Failure(f"{number}.jpg", f"reason {number}", "do") for number in range(7)]
    store.progress(job.id, Standing(), failures[:3])
    store.progress(job.id, Standing(), failures[3:])
    assert store.get(job.id).failed_count == 7
    assert store.failures(job.id) == failures
    assert store.failures(job.id, offset=2, limit=3) == failures[2:5]
    with pytest.raises(NotFoundError):
        store.failures("nothing")


def test_a_queued_job_is_cancelled_at_once(store):
    job = store.cancel(add(store).id)
    assert job.state is JobState.CANCELLED
    assert job.ended_at
    assert store.claim() is None


def test_a_running_job_is_asked_to_stop(store):
    add(store)
    job = store.claim()
    assert store.cancel(job.id).cancel_requested
    assert store.get(job.id).state is JobState.RUNNING
    assert not store.progress(job.id, Standing())
    store.cancelled(job.id)
    assert store.get(job.id).state is JobState.CANCELLED


def test_what_has_ended_cannot_be_cancelled(store):
    for end in (lambda job: store.finish(job.id, {}), lambda job: store.fail(job.id, "m", "r")):
        add(store)
        job = store.claim()
        end(job)
        with pytest.raises(ConflictError):
            store.cancel(job.id)


def ended_with(store, end, failures=()):
    add(store)
    job = store.claim()
    store.progress(job.id, Standing("Indexing", 3, 10, 1.0, 7.0, "hm"), failures)
    end(job.id)
    return store.get(job.id)


def test_what_failed_was_cancelled_or_left_files_out_is_queued_again_as_the_same_job(store):
    one = [Failure("a.jpg", "bad", "do")]
    for end, failures in (
        (lambda it: store.fail(it, "m", "r"), one),
        (store.cancelled, one),
        (lambda it: store.finish(it, {"x": 1}), one),
    ):
        before = ended_with(store, end, failures)
        waiting = add(store)
        job = store.resume(before.id)
        assert (job.id, job.state, job.arguments) == (before.id, JobState.QUEUED, before.arguments)
        assert [getattr(job, name) for name in COUNTERS] == ["", 0, None, None, None, "", "", 0, None]
        assert (job.started_at, job.ended_at, job.created_at) == (None, None, before.created_at)
        assert store.failures(job.id) == []
        assert job.version > before.version
        assert store.claim().id == waiting.id, "a resumed job goes to the end of the line"
        store.finish(waiting.id, {})
        store.cancel(job.id)


def test_what_is_done_or_not_ended_cannot_be_resumed(store):
    done = ended_with(store, lambda it: store.finish(it, {}))
    queued = add(store)
    for job in (done, queued):
        assert not job.resumable
        with pytest.raises(ConflictError):
            store.resume(job.id)
    store.claim()
    with pytest.raises(ConflictError):
        store.resume(queued.id)
    with pytest.raises(NotFoundError):
        store.resume("nothing")


def test_an_interrupted_job_keeps_its_place_and_meets_its_failures_anew(store):
    first, second = add(store), add(store)
    store.claim()
    store.progress(first.id, Standing("Indexing", 3, 10), [Failure("a.jpg", "bad", "do")])
    store.put_back(first.id)
    assert store.get(first.id).state is JobState.QUEUED
    again = store.claim()
    assert (again.id, again.done, again.failed_count) == (first.id, 0, 0)
    assert store.failures(first.id) == []
    assert store.get(second.id).state is JobState.QUEUED


def test_an_interrupted_job_that_was_to_be_cancelled_is_cancelled(store):
    add(store)
    job = store.claim()
    store.cancel(job.id)
    store.put_back(job.id)
    assert store.get(job.id).state is JobState.CANCELLED


def test_every_change_is_a_new_version(store):
    job = add(store)
    versions = [job.version]
    for change in (
        store.claim,
        lambda: store.progress(job.id, Standing()),
        lambda: store.put_back(job.id),
        store.claim,
        lambda: store.cancel(job.id),
        lambda: store.cancelled(job.id),
        lambda: store.resume(job.id),
    ):
        change()
        versions.append(store.get(job.id).version)
    assert versions == sorted(set(versions))


def test_events_tell_each_state_and_end_with_the_job(store, monkeypatch):
    monkeypatch.setattr("cbir.jobs.store.POLL_S", 0.01)
    job = add(store)
    events = store.events(job.id)
    assert next(events).state is JobState.QUEUED
    store.claim()
    assert next(events).state is JobState.RUNNING
    store.progress(job.id, Standing("Indexing", 1))
    seen = next(events)
    assert seen.done == 1
    store.finish(job.id, {"x": 1})
    assert [one.result for one in events] == [{"x": 1}]
    assert list(store.events(job.id, seen.version)) == [store.get(job.id)]
    assert list(store.events(job.id, store.get(job.id).version)) == []


def test_events_beat_while_nothing_happens_and_end_with_a_forgotten_job(store, monkeypatch):
    monkeypatch.setattr("cbir.jobs.store.POLL_S", 0.01)
    job = add(store)
    events = store.events(job.id, job.version, beat_s=0.05)
    assert next(events) == job
    store.cancel(job.id)
    store.remove_ended(datetime.now(UTC) + timedelta(days=31))
    assert list(events) == []
    with pytest.raises(NotFoundError):
        next(store.events(job.id))


def test_jobs_that_ended_long_ago_are_forgotten_with_their_failures(store, settings):
    old = ended_with(store, lambda it: store.finish(it, {}), [Failure("a.jpg", "bad", "do")])
    waiting = add(store)
    assert store.remove_ended(old.ended_at + timedelta(days=30)) == 0
    assert store.remove_ended(old.ended_at + timedelta(days=30, seconds=1)) == 1
    assert store.list() == [waiting]
    with sqlite3.connect(settings.data_dir / FILE) as connection:
        assert connection.execute("SELECT count(*) FROM failures").fetchone() == (0,)
    connection.close()


def test_only_so_many_ended_jobs_are_kept(store, monkeypatch):
    monkeypatch.setattr("cbir.jobs.store.KEPT_JOBS", 3)
    ids = [store.cancel(add(store).id).id for _ in range(5)]
    waiting = add(store)
    assert store.remove_ended() == 2
    assert [job.id for job in store.list()] == [waiting.id, *ids[:1:-1]]


def test_a_file_of_a_later_version_is_refused(store, settings):
    add(store)
    store.close()
    with sqlite3.connect(settings.data_dir / FILE) as connection:
        connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(SchemaVersionError, match="99"):
        JobStore(settings.data_dir / FILE).list()


def test_a_file_that_holds_no_jobs_is_refused_with_a_remedy(settings):
    settings.data_dir.mkdir()
    (settings.data_dir / FILE).write_bytes(b"not a database, but long enough to be looked at" * 100)
    with pytest.raises(CorruptDataError) as caught:
        JobStore(settings.data_dir / FILE).list()
    assert "delete" in caught.value.remedy


WRITER = """
import sys
from pathlib import Path
from cbir.jobs.store import JobStore, Standing
from cbir.ingest.walk import Failure
store = JobStore(Path(sys.argv[1]))
for number in range(20):
    store.add("compact", f"{sys.argv[2]}-{number}", {})
    while job := store.claim():
        store.progress(job.id, Standing("x", 1), [Failure("a", "b", "c")])
        store.finish(job.id, {"by": sys.argv[2]})
"""


def test_processes_and_threads_share_a_new_file_and_lose_nothing(settings):
    path = settings.data_dir / FILE
    workers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(number)]) for number in range(3)]
    store = JobStore(path)

    def work():
        for number in range(20):
            store.add("compact", f"thread-{threading.get_ident()}-{number}", {})

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [worker.wait(60) for worker in workers] == [0, 0, 0]
    while job := store.claim():
        store.progress(job.id, Standing("x", 1), [Failure("a", "b", "c")])
        store.finish(job.id, {"by": "last"})
    jobs = store.list(limit=1000)
    assert len(jobs) == 120
    assert {(job.state, job.failed_count) for job in jobs} == {(JobState.DONE, 1)}
    assert len({job.collection for job in jobs}) == 120
    store.close()
