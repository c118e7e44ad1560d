"""The runner and the processes of jobs, real ones, killed at any moment."""

import contextlib
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

import pytest
from tests.pictures import noise

from cbir.collection import Library
from cbir.ingest.indexing import index
from cbir.ingest.walk import walk
from cbir.jobs.base import JobState

PICTURES = 60


@pytest.fixture
def many(tmp_path):
    """Pictures large enough that a kill hits the work on them."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(PICTURES):
        noise(number, 900, 600).save(folder / f"{number:02}.png", compress_level=1)
    return folder


def index_job(store, folder, collection="c"):
    return store.add("index", collection, {"paths": [str(folder)], "extractors": ["hist-basic"]})


def steps_job(store, log, name, collection="c", steps=100, seconds=0.05):
    arguments = {"log": str(log), "name": name, "steps": steps, "seconds": seconds}
    return store.add("steps", collection, arguments)


def lines(log):
    return log.read_text().split("\n")[:-1] if log.exists() else []


def require_each_once(settings, folder, collection="c"):
    """Every picture of the folder is there, with one file, and nothing else."""
    with Library(settings).open(collection) as opened:
        records = opened.stored.page(0, 1000)
        assert [finding for finding in opened.stored.check() if finding.severity.value != "note"] == []
    assert {one.id: [location.path for location in one.locations] for one in records} == {
        hashlib.sha256(path.read_bytes()).hexdigest(): [str(path)] for path in folder.iterdir()
    }


def test_jobs_are_done_in_a_process_of_their_own_with_failures_listed(settings, store, runners, photos, ended):
    (photos / "bad.jpg").write_bytes(b"\xff\xd8\xff")
    (photos / "empty.png").write_bytes(b"")
    runners.start()
    job = ended(index_job(store, photos))
    assert (job.state, job.task, job.done, job.total, job.failed_count) == (JobState.DONE, "Indexing", 8, 8, 2)
    assert job.result["added"] == 6
    failures = store.failures(job.id)
    assert {failure.path for failure in failures} == {"bad.jpg", "empty.png"}
    assert all(failure.reason and failure.remedy for failure in failures)
    (photos / "bad.jpg").unlink()
    (photos / "empty.png").unlink()
    again = ended(store.resume(job.id))
    assert (again.id, again.failed_count, again.result["unchanged"]) == (job.id, 0, 6)
    require_each_once(settings, photos)


def test_a_killed_job_fails_with_a_reason_and_is_completed_when_resumed(
    settings, store, runners, many, children, soon, ended
):
    runner = runners.start()
    job, kills = index_job(store, many), 0
    moments = random.Random(5)
    for attempt in range(5):
        (child,) = soon(lambda: store.get(job.id).state is JobState.RUNNING and children(runner))
        time.sleep(attempt and moments.uniform(0.3, 1.2))
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        job = ended(job)
        if job.state is JobState.FAILED:
            kills += 1
            assert "SIGKILL" in job.message
            assert "Resume" in job.remedy
            store.resume(job.id)
        else:
            assert job.state is JobState.DONE
            break
    assert kills >= 1
    job = ended(job)
    assert job.state is JobState.DONE
    assert runner.poll() is None
    require_each_once(settings, many)
    if kills == 1:
        assert job.result["added"] == PICTURES


def test_a_killed_runner_takes_its_job_along_and_the_next_one_completes_it(
    settings, store, runners, many, soon, ended
):
    job = index_job(store, many)
    for moment in (0.0, 0.4, 0.8):
        runner = runners.start()
        soon(lambda: store.get(job.id).state is not JobState.QUEUED)
        time.sleep(moment)
        runner.kill()
        runner.wait()
    runners.start()
    job = ended(job)
    assert (job.state, job.failed_count) == (JobState.DONE, 0)
    require_each_once(settings, many)


def test_a_job_that_outlives_its_runner_is_waited_for(store, odd_runners, tmp_path, soon, ended):
    log = tmp_path / "log"
    job = steps_job(store, log, "a", steps=2, seconds=2)
    first = odd_runners.start()
    soon(lambda: lines(log) == ["begin a"])
    first.kill()
    first.wait()
    odd_runners.start()
    assert ended(job).state is JobState.DONE
    assert lines(log) == ["begin a", "end a", "begin a", "end a"]


def test_a_second_runner_of_a_data_folder_is_refused(store, runners, photos, ended, soon):
    first = runners.start()
    ended(index_job(store, photos))
    second = runners.start()
    assert second.wait(60) == 1
    assert "Another process" in runners.log.read_text()
    assert first.poll() is None
    assert ended(index_job(store, photos, "d")).state is JobState.DONE


def test_a_runner_that_is_asked_to_stop_puts_its_job_back_and_the_next_one_goes_on(
    store, odd_runners, tmp_path, soon, ended
):
    log = tmp_path / "log"
    first, second = steps_job(store, log, "a", steps=40), steps_job(store, log, "b", steps=1)
    runner = odd_runners.start()
    soon(lambda: store.get(first.id).done)
    runner.terminate()
    assert runner.wait(60) == 0
    assert (store.get(first.id).state, store.get(second.id).state) == (JobState.QUEUED, JobState.QUEUED)
    odd_runners.start()
    assert [ended(job).state for job in (first, second)] == [JobState.DONE, JobState.DONE]
    assert lines(log) == ["begin a", "end a", "begin a", "end a", "begin b", "end b"]


def test_a_process_of_a_job_that_is_asked_to_stop_goes_on_later(store, odd_runners, tmp_path, children, soon, ended):
    log = tmp_path / "log"
    job = steps_job(store, log, "a", steps=40)
    runner = odd_runners.start()
    soon(lambda: store.get(job.id).done)
    os.kill(children(runner)[0], signal.SIGTERM)
    assert ended(job).state is JobState.DONE
    assert lines(log) == ["begin a", "end a"] * 2


def test_a_running_job_is_cancelled_and_goes_on_when_resumed(settings, store, runners, many, soon, ended):
    runners.start()
    job = index_job(store, many)
    soon(lambda: store.get(job.id).task == "Indexing")
    store.cancel(job.id)
    cancelled = ended(job)
    assert (cancelled.state, cancelled.result) == (JobState.CANCELLED, None)
    assert cancelled.done < PICTURES
    assert cancelled.message
    assert cancelled.remedy
    job = ended(store.resume(job.id))
    assert job.state is JobState.DONE
    require_each_once(settings, many)


def test_jobs_of_two_collections_run_side_by_side(store, odd_runners, tmp_path, ended):
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    first = store.add("meet", "c", {"mine": one, "other": two})
    second = store.add("meet", "d", {"mine": two, "other": one})
    odd_runners.start()
    assert [ended(job).state for job in (first, second)] == [JobState.DONE, JobState.DONE]


def test_jobs_of_a_collection_run_one_after_another(store, odd_runners, tmp_path, ended):
    log = tmp_path / "log"
    jobs = [steps_job(store, log, name, steps=3) for name in "abc"]
    odd_runners.start()
    assert {ended(job).state for job in jobs} == {JobState.DONE}
    assert lines(log) == [f"{word} {name}" for name in "abc" for word in ("begin", "end")]


def test_whatever_becomes_of_a_job_the_runner_goes_on(settings, store, odd_runners, photos, ended):
    bad = {name: store.add(name, "c", {}) for name in ("refuse", "bug", "exit", "segfault", "no-file")}
    unknown = store.add("compact", "nothing", {})
    good = index_job(store, photos, "d")
    runner = odd_runners.start()
    failed = {name: ended(job) for name, job in bad.items()}
    assert {job.state for job in failed.values()} == {JobState.FAILED}
    assert (failed["refuse"].message, failed["refuse"].remedy) == ("It cannot be, data/collections says.", "Do else.")
    assert [one.path for one in store.failures(bad["refuse"].id)] == ["a.jpg"]
    assert "exit status 1" in failed["bug"].message
    assert "ZeroDivisionError" in odd_runners.log.read_text()
    assert "exit status 3" in failed["exit"].message
    assert "SIGSEGV" in failed["segfault"].message
    assert failed["no-file"].message == "No such file or directory (data/nothing)."
    assert all(job.remedy and job.ended_at for job in failed.values())
    assert "'nothing'" in ended(unknown).message
    assert ended(good).state is JobState.DONE
    assert runner.poll() is None


def test_a_job_waits_for_another_process_that_is_writing_to_its_collection(
    settings, store, runners, photos, soon, ended
):
    library = Library(settings)
    library.create("c", ["hist-basic"])
    with library.open("c", write=True) as opened:
        runners.start()
        job = index_job(store, photos)
        soon(lambda: "writing" in store.get(job.id).message)
        index(opened, walk([str(photos / "0.png")]))
    job = ended(job)
    assert (job.state, job.result["added"], job.result["unchanged"]) == (JobState.DONE, 5, 1)
    assert str(os.getpid()) not in job.message


def test_events_follow_a_job_from_the_queue_to_its_end(store, odd_runners, tmp_path):
    job = steps_job(store, tmp_path / "log", "a", steps=30)
    seen = []
    follower = threading.Thread(target=lambda: seen.extend(store.events(job.id)))
    follower.start()
    odd_runners.start()
    follower.join(60)
    assert not follower.is_alive()
    states = [one.state for one in seen]
    assert states[0] is JobState.QUEUED
    assert states[-1] is JobState.DONE
    assert JobState.RUNNING in states
    done = [one.done for one in seen]
    assert done == sorted(done)
    assert done[-1] == 30
    assert len(set(done)) > 2
    assert any(one.rate for one in seen)
    assert any(one.eta_s for one in seen)


def test_the_run_folder_is_the_owners_alone_and_no_place_of_the_server_is_told(
    settings, store, runners, photos, tmp_path, ended
):
    (photos / "bad.jpg").write_bytes(b"\xff\xd8\xff")
    runners.start()
    job = ended(index_job(store, photos))
    gone = ended(index_job(store, tmp_path / "nowhere", "d"))
    assert gone.state is JobState.FAILED
    assert gone.message == "There is nothing at nowhere."
    told = [job.message, json.dumps(job.result), gone.message, gone.remedy]
    told += [text for one in store.failures(job.id) for text in (one.path, one.reason, one.remedy)]
    assert [text for text in told if str(tmp_path) in text] == []
    assert (settings.data_dir / "run").stat().st_mode & 0o777 == 0o700


def test_a_job_that_the_runner_did_not_begin_is_not_run(store, runners, photos):
    job = index_job(store, photos)
    done = subprocess.run(
        [sys.executable, "-m", "cbir.jobs", "--run", job.id],
        env=runners.environment,
        stdin=subprocess.PIPE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "queued" in done.stderr
    assert store.get(job.id) == job
