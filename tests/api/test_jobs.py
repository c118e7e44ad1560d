"""Jobs over HTTP: listed, watched, cancelled, resumed."""

import json
from dataclasses import replace

import pytest

from cbir.api import job_events
from cbir.api.job_answers import shown_job
from cbir.ingest.walk import Failure
from cbir.jobs.base import JobState
from cbir.jobs.store import Standing

JOBS = "/api/v1/jobs"


def problem(answer, status):
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.content_type == "application/problem+json"
    return answer.json


@pytest.fixture
def jobs(app):
    return app.extensions["cbir.services"].jobs


@pytest.fixture
def job(jobs):
    return jobs.add("compact", "default", {})


def told(answer):
    """The events of a stream, as (id, event, data), and the number of comments."""
    blocks = [block.split("\n") for block in answer.get_data(as_text=True).split("\n\n") if block]
    events = [dict(line.split(": ", 1) for line in block) for block in blocks if not block[0].startswith(":")]
    comments = sum(block[0].startswith(":") for block in blocks)
    return [(int(one["id"]), one["event"], json.loads(one["data"])) for one in events], comments


# -- lists -----------------------------------------------------------------------------------------------------


def test_jobs_are_listed_latest_first_in_pages(client, jobs):
    ids = [jobs.add("compact", name, {}).id for name in ("a", "b", "c")]
    answer = client.get(f"{JOBS}?limit=2").json
    assert [one["id"] for one in answer["jobs"]] == [ids[2], ids[1]]
    assert (answer["total"], answer["offset"], answer["limit"]) == (3, 0, 2)
    assert [one["id"] for one in client.get(f"{JOBS}?offset=2").json["jobs"]] == [ids[0]]


def test_jobs_are_listed_by_state(client, jobs):
    first, second = (jobs.add("compact", name, {}).id for name in ("a", "b"))
    jobs.cancel(first)
    assert [one["id"] for one in client.get(f"{JOBS}?state=queued").json["jobs"]] == [second]
    assert client.get(f"{JOBS}?state=cancelled").json["total"] == 1
    problem(client.get(f"{JOBS}?state=asleep"), 422)


def test_a_job_says_how_far_it_is(client, jobs, job):
    jobs.claim()
    jobs.progress(job.id, Standing("Describing", 30, 100, 12.5, 5.6, "Going on."))
    answer = client.get(f"{JOBS}/{job.id}").json
    assert (answer["state"], answer["task"], answer["done"], answer["total"]) == ("running", "Describing", 30, 100)
    assert (answer["rate"], answer["eta_s"], answer["message"]) == (12.5, 5.6, "Going on.")
    assert answer["started_at"] >= answer["created_at"]
    assert answer["ended_at"] is None


def test_no_job_tells_where_on_the_server_things_are(client, jobs, job, settings, tmp_path):
    jobs.claim()
    jobs.progress(job.id, Standing(message=f"{tmp_path}/photos/a.jpg"), [Failure(f"{tmp_path}/b.jpg", "Bad.", "")])
    jobs.fail(job.id, f"No space is left for {settings.data_dir}/collections.", "")
    for address in (JOBS, f"{JOBS}/{job.id}", f"{JOBS}/{job.id}/failures", f"{JOBS}/{job.id}/events"):
        assert str(tmp_path) not in client.get(address).get_data(as_text=True)


def test_failures_come_in_pages_in_order(client, jobs, job):
    jobs.claim()
    jobs.progress(job.id, Standing(), [Failure(f"{n}.jpg", f"Reason {n}.", "Delete it.") for n in range(5)])
    answer = client.get(f"{JOBS}/{job.id}/failures?offset=1&limit=2").json
    assert answer["failures"] == [
        {"path": f"{n}.jpg", "reason": f"Reason {n}.", "remedy": "Delete it."} for n in (1, 2)
    ]
    assert (answer["total"], answer["offset"], answer["limit"]) == (5, 1, 2)
    assert client.get(f"{JOBS}/{job.id}").json["failed"] == 5


@pytest.mark.parametrize(
    ("method", "part"),
    [("get", ""), ("get", "/failures"), ("get", "/events"), ("post", "/cancel"), ("post", "/resume")],
)
def test_a_job_that_is_not_there_is_not_found(client, method, part):
    problem(getattr(client, method)(f"{JOBS}/nothing{part}"), 404)


def test_who_may_only_search_does_not_see_the_jobs(make_app, settings):
    guarded = replace(settings, server_read_keys="r" * 40, server_public=True)
    client = make_app(guarded, address="192.0.2.1").test_client()
    base = {"Host": "192.0.2.1:8000"}
    for address in (JOBS, f"{JOBS}/x", f"{JOBS}/x/failures", f"{JOBS}/x/events", "/api/v1/trash"):
        problem(client.get(address, headers=base), 401)
        problem(client.get(address, headers={**base, "X-API-Key": "r" * 40}), 403)


# -- cancel and resume -----------------------------------------------------------------------------------------


def test_a_job_is_cancelled_and_resumed(client, job):
    assert client.post(f"{JOBS}/{job.id}/cancel").json["state"] == "cancelled"
    answer = client.post(f"{JOBS}/{job.id}/resume").json
    assert (answer["state"], answer["resumable"]) == ("queued", False)


def test_a_running_job_is_asked_to_stop(client, jobs, job):
    jobs.claim()
    answer = client.post(f"{JOBS}/{job.id}/cancel").json
    assert (answer["state"], answer["cancel_requested"]) == ("running", True)


def test_what_has_ended_is_not_cancelled_and_what_has_not_is_not_resumed(client, jobs, job):
    problem(client.post(f"{JOBS}/{job.id}/resume"), 409)
    jobs.claim()
    jobs.finish(job.id, {})
    problem(client.post(f"{JOBS}/{job.id}/cancel"), 409)


# -- events ----------------------------------------------------------------------------------------------------


def test_a_stream_tells_the_present_and_each_change_and_ends_with_the_job(client, jobs, job):
    answer = client.get(f"{JOBS}/{job.id}/events", buffered=False)
    assert answer.content_type.startswith("text/event-stream")
    assert answer.headers["Cache-Control"] == "no-store"
    blocks = answer.response
    seen = [next(blocks)]
    jobs.claim()
    seen.append(next(blocks))
    jobs.finish(job.id, {"bytes_given_back": 7})
    seen.extend(blocks)
    answer.close()
    events = [block.decode() if isinstance(block, bytes) else block for block in seen]
    assert [block.split("\n")[1] for block in events] == ["event: progress", "event: progress", "event: end"]
    states = [json.loads(block.split("data: ")[1]) for block in events]
    assert [one["state"] for one in states] == ["queued", "running", "done"]
    assert states[-1]["result"] == {"bytes_given_back": 7}


def test_an_ended_job_is_told_once(client, jobs, job):
    jobs.cancel(job.id)
    ((version, name, data),), _ = told(client.get(f"{JOBS}/{job.id}/events"))
    assert (name, data["state"]) == ("end", "cancelled")
    again = client.get(f"{JOBS}/{job.id}/events", headers={"Last-Event-ID": str(version)})
    assert (again.status_code, again.data) == (204, b"")


def test_whoever_comes_back_is_told_only_what_is_new(client, jobs, job):
    jobs.claim()
    known = jobs.get(job.id).version
    jobs.finish(job.id, {})
    events, _ = told(client.get(f"{JOBS}/{job.id}/events", headers={"Last-Event-ID": str(known)}))
    assert [data["state"] for _, _, data in events] == ["done"]


@pytest.mark.parametrize("header", ["x", "-1", "", "9" * 30, "²"])
def test_an_event_id_that_is_not_ours_counts_as_none(client, jobs, job, header):
    jobs.cancel(job.id)
    events, _ = told(client.get(f"{JOBS}/{job.id}/events", headers={"Last-Event-ID": header.encode()}))
    assert len(events) == 1


def test_while_there_is_no_news_a_comment_is_sent(client, jobs, job, monkeypatch):
    monkeypatch.setattr("cbir.api.resources.jobs.HEARTBEAT_S", 0.01)
    answer = client.get(f"{JOBS}/{job.id}/events", buffered=False)
    blocks = answer.response
    first, second = next(blocks), next(blocks)
    answer.close()
    assert b"event: progress" in first
    assert second == b": no news\n\n"


def test_a_stream_ends_after_an_hour(jobs, job, app):
    clock = iter([0.0, 1.0, job_events.LONGEST_S + 1])
    states = iter([jobs.get(job.id)] * 9)
    with app.app_context():
        assert len(list(job_events.told(states, 0, shown_job, lambda: next(clock)))) == 2


def test_streams_leave_threads_for_requests(make_app, settings):
    app = make_app(replace(settings, server_threads=4))
    client, jobs = app.test_client(), app.extensions["cbir.services"].jobs
    address = f"{JOBS}/{jobs.add('compact', 'default', {}).id}/events"
    first, second = (client.get(address, buffered=False) for _ in range(2))
    refused = client.get(address, buffered=False)
    assert refused.status_code == 429  # before anything is read: a stream would not end
    assert "/api/v1/jobs/{id}" in problem(refused, 429)["remedy"]
    assert int(refused.headers["Retry-After"]) > 0
    first.close()
    third = client.get(address, buffered=False)
    assert third.status_code == 200
    for one in (second, third):
        one.close()


def test_asking_for_the_head_of_a_stream_keeps_no_place(make_app, settings):
    app = make_app(replace(settings, server_threads=2))
    client, jobs = app.test_client(), app.extensions["cbir.services"].jobs
    job = jobs.add("compact", "default", {})
    for _ in range(3):
        assert client.head(f"{JOBS}/{job.id}/events", buffered=True).status_code == 200


def test_states_are_those_of_the_schema():
    assert {one.value for one in JobState} == {"queued", "running", "done", "failed", "cancelled"}
