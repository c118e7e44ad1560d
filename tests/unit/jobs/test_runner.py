"""The runner and the processes of jobs, real ones, killed at any moment."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading

import pytest
from tests.pictures import save

from cbir.collection import Library
from cbir.errors import UnknownNameError
from cbir.ingest.indexing import index
from cbir.ingest.walk import walk
from cbir.jobs.base import JobState

PICTURES = 60


@pytest.fixture
def many(tmp_path):
    for number in range(PICTURES):
        save(tmp_path / f"many/{number:02}.png", number)
    return tmp_path / "many"


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log"


def steps_job(store, log, name, steps=40, seconds=0.05):
    return store.add("steps", "c", {"log": str(log), "name": name, "steps": steps, "seconds": seconds})


def lines(log):
    return log.read_text().split("\n")[:-1] if log.exists() else []


def committed(settings):
    """Images that are in the collection by now."""
    with contextlib.suppress(UnknownNameError), Library(settings).open("c") as opened:
        return opened.stored.count()
    return 0


def test_jobs_are_done_in_a_process_of_their_own_with_failures_listed(bench, store, photos):
    (photos / "bad.jpg").write_bytes(b"\xff\xd8\xff")
    (photos / "empty.png").write_bytes(b"")
    bench.start()
    job = bench.ended(bench.index(photos))
    assert (job.state, job.task, job.done, job.total, job.failed_count) == (JobState.DONE, "Indexing", 8, 8, 2)
    assert job.result["added"] == 6
    failures = store.failures(job.id)
    assert {failure.path for failure in failures} == {"bad.jpg", "empty.png"}
    assert all(failure.reason and failure.remedy for failure in failures)
    (photos / "bad.jpg").unlink()
    (photos / "empty.png").unlink()
    again = bench.ended(store.resume(job.id))
    assert (again.id, again.failed_count, again.result["unchanged"]) == (job.id, 0, 6)
    bench.require_each_once(photos)


def test_a_killed_job_fails_with_a_reason_and_is_completed_when_resumed(odd_bench, settings, store, many):
    bench = odd_bench
    runner = bench.start()
    job = bench.index(many, kind="often-committed")
    kills = 0
    for images in (0, *sorted(random.Random(5).sample(range(1, PICTURES - 15), 4))):
        (child,) = bench.soon(lambda: bench.children(runner))
        bench.soon(lambda images=images: committed(settings) >= images or bench.now(job).state.ended)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        ended = bench.ended(job)
        if ended.state is JobState.DONE:
            break
        kills += 1
        assert ended.state is JobState.FAILED
        assert "SIGKILL" in ended.message
        assert "Resume" in ended.remedy
        bench.soon(lambda: not bench.children(runner))
        store.resume(job.id)
    assert kills
    ended = bench.ended(job)
    assert (ended.state, ended.failed_count, runner.poll()) == (JobState.DONE, 0, None)
    bench.require_each_once(many)


def test_a_killed_runner_takes_its_job_along_and_the_next_one_completes_it(odd_bench, settings, many):
    bench = odd_bench
    job = bench.index(many, kind="often-committed")
    for images in (0, 10, 30):
        runner = bench.start()
        bench.soon(lambda: bench.now(job).state is not JobState.QUEUED)
        bench.soon(lambda images=images: committed(settings) >= images)
        runner.kill()
        runner.wait()
    bench.start()
    ended = bench.ended(job)
    assert (ended.state, ended.failed_count) == (JobState.DONE, 0)
    bench.require_each_once(many)


def test_a_job_that_outlives_its_runner_is_waited_for(odd_bench, store, log, tmp_path):
    job = store.add("gate", "c", {"log": str(log), "gate": str(tmp_path / "gate"), "alone_s": 60})
    first = odd_bench.start()
    odd_bench.soon(lambda: lines(log) == ["begin"])
    first.kill()
    first.wait()
    odd_bench.start()
    odd_bench.soon(lambda: "earlier runner" in odd_bench.log.read_text() or lines(log) != ["begin"])
    assert (lines(log), odd_bench.now(job).state) == (["begin"], JobState.RUNNING)
    (tmp_path / "gate").touch()
    assert odd_bench.ended(job).state is JobState.DONE
    assert lines(log) == ["begin", "end", "begin", "end"]


def test_a_step_that_does_not_end_is_cut_off_when_its_runner_is_gone(odd_bench, store, log, tmp_path):
    job = store.add("gate", "c", {"log": str(log), "gate": str(tmp_path / "gate"), "alone_s": 0.2})
    first = odd_bench.start()
    odd_bench.soon(lambda: lines(log) == ["begin"])
    first.kill()
    first.wait()
    odd_bench.start()
    odd_bench.soon(lambda: lines(log) == ["begin", "begin"])
    (tmp_path / "gate").touch()
    assert odd_bench.ended(job).state is JobState.DONE
    assert lines(log) == ["begin", "begin", "end"]


def test_a_second_runner_of_a_data_folder_is_refused(bench, photos):
    first = bench.start()
    bench.ended(bench.index(photos))
    second = bench.start()
    assert second.wait(60) == 1
    assert "Another process" in bench.log.read_text()
    assert first.poll() is None
    assert bench.ended(bench.index(photos, "d")).state is JobState.DONE


def test_a_runner_that_is_asked_to_stop_puts_its_job_back_and_the_next_one_goes_on(odd_bench, store, log):
    jobs = [steps_job(store, log, "a"), steps_job(store, log, "b", steps=1)]
    runner = odd_bench.start()
    odd_bench.soon(lambda: odd_bench.now(jobs[0]).done)
    runner.terminate()
    assert runner.wait(60) == 0
    assert [odd_bench.now(job).state for job in jobs] == [JobState.QUEUED, JobState.QUEUED]
    odd_bench.start()
    assert [odd_bench.ended(job).state for job in jobs] == [JobState.DONE, JobState.DONE]
    assert lines(log) == ["begin a", "end a", "begin a", "end a", "begin b", "end b"]


def test_a_process_of_a_job_that_is_asked_to_stop_goes_on_later(odd_bench, store, log):
    job = steps_job(store, log, "a")
    runner = odd_bench.start()
    odd_bench.soon(lambda: odd_bench.now(job).done)
    os.kill(odd_bench.children(runner)[0], signal.SIGTERM)
    assert odd_bench.ended(job).state is JobState.DONE
    assert lines(log) == ["begin a", "end a"] * 2


def test_a_running_job_is_cancelled_and_goes_on_when_resumed(odd_bench, settings, store, many):
    bench = odd_bench
    bench.start()
    job = bench.index(many, kind="often-committed")
    bench.soon(lambda: committed(settings))
    store.cancel(job.id)
    cancelled = bench.ended(job)
    assert (cancelled.state, cancelled.result) == (JobState.CANCELLED, None)
    assert cancelled.message
    assert cancelled.remedy
    there = committed(settings)
    ended = bench.ended(store.resume(job.id))
    assert ended.state is JobState.DONE
    assert (ended.result["unchanged"], ended.result["added"]) == (there, PICTURES - there)
    bench.require_each_once(many)


def test_a_cancelled_job_stops_before_its_end(odd_bench, store, log):
    job = steps_job(store, log, "a", steps=1000)
    odd_bench.start()
    odd_bench.soon(lambda: odd_bench.now(job).done)
    store.cancel(job.id)
    assert odd_bench.ended(job).state is JobState.CANCELLED
    assert odd_bench.now(job).done < 1000
    assert lines(log) == ["begin a", "end a"]


def test_jobs_of_two_collections_run_side_by_side(odd_bench, store, tmp_path):
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    first = store.add("meet", "c", {"mine": one, "other": two})
    second = store.add("meet", "d", {"mine": two, "other": one})
    odd_bench.start()
    assert [odd_bench.ended(job).state for job in (first, second)] == [JobState.DONE, JobState.DONE]


def test_jobs_of_a_collection_run_one_after_another(odd_bench, store, log):
    jobs = [steps_job(store, log, name, steps=3) for name in "abc"]
    odd_bench.start()
    assert {odd_bench.ended(job).state for job in jobs} == {JobState.DONE}
    assert lines(log) == [f"{word} {name}" for name in "abc" for word in ("begin", "end")]


def test_whatever_becomes_of_a_job_the_runner_goes_on(odd_bench, store, photos):
    bad = {name: store.add(name, "c", {}) for name in ("refuse", "bug", "exit", "segfault", "no-file")}
    unknown = store.add("compact", "nothing", {})
    good = odd_bench.index(photos, "d")
    runner = odd_bench.start()
    failed = {name: odd_bench.ended(job) for name, job in bad.items()}
    assert {job.state for job in failed.values()} == {JobState.FAILED}
    assert (failed["refuse"].message, failed["refuse"].remedy) == ("It cannot be, data/collections says.", "Do else.")
    assert [one.path for one in store.failures(bad["refuse"].id)] == ["a.jpg"]
    assert "exit status 1" in failed["bug"].message
    assert "ZeroDivisionError" in odd_bench.log.read_text()
    assert "exit status 3" in failed["exit"].message
    assert "SIGSEGV" in failed["segfault"].message
    assert failed["no-file"].message == "No such file or directory (data/nothing)."
    assert all(job.remedy and job.ended_at for job in failed.values())
    assert "'nothing'" in odd_bench.ended(unknown).message
    assert odd_bench.ended(good).state is JobState.DONE
    assert runner.poll() is None


def test_a_job_waits_for_another_process_that_is_writing_to_its_collection(bench, settings, photos):
    library = Library(settings)
    library.create("c", ["hist-basic"])
    with library.open("c", write=True) as opened:
        bench.start()
        job = bench.index(photos)
        bench.soon(lambda: "writing" in bench.now(job).message)
        index(opened, walk([str(photos / "0.png")]))
    ended = bench.ended(job)
    assert (ended.state, ended.result["added"], ended.result["unchanged"]) == (JobState.DONE, 5, 1)
    assert ended.message == ""


def test_events_follow_a_job_from_the_queue_to_its_end(odd_bench, store, log):
    job = steps_job(store, log, "a")
    seen = []
    follower = threading.Thread(target=lambda: seen.extend(store.events(job.id)))
    follower.start()
    odd_bench.soon(lambda: seen)
    odd_bench.start()
    follower.join(60)
    assert not follower.is_alive()
    states = [one.state for one in seen]
    assert (states[0], states[-1]) == (JobState.QUEUED, JobState.DONE)
    assert JobState.RUNNING in states
    done = [one.done for one in seen]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, 40)
    assert any(one.rate and one.eta_s for one in seen)


def test_no_place_on_the_server_is_told(bench, settings, store, photos, tmp_path):
    (photos / "bad.jpg").write_bytes(b"\xff\xd8\xff")
    bench.start()
    job = bench.ended(bench.index(photos))
    gone = bench.ended(bench.index(tmp_path / "nowhere", "d"))
    assert (gone.state, gone.message) == (JobState.FAILED, "There is nothing at nowhere.")
    told = [job.message, json.dumps(job.result), gone.message, gone.remedy]
    told += [text for one in store.failures(job.id) for text in (one.path, one.reason, one.remedy)]
    assert [text for text in told if str(tmp_path) in text] == []
    assert (settings.data_dir / "run").stat().st_mode & 0o777 == 0o700


def test_a_job_that_the_runner_did_not_begin_is_not_run(bench, photos):
    job = bench.index(photos)
    done = subprocess.run(
        [sys.executable, "-m", "cbir.jobs", "--run", job.id],
        env=bench.environment,
        stdin=subprocess.PIPE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "queued" in done.stderr
    assert bench.now(job) == job
