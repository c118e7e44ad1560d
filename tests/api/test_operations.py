"""Health, readiness, figures, logs and times: for those who run the server."""

import io
import json
import logging
import os
import subprocess
import sys
import threading
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from cbir.api import logs
from cbir.api.keys import FILE, Keys
from cbir.api.operations import record_steps
from cbir.api.readiness import Readiness
from cbir.api.services import EXTENSION
from cbir.errors import UnavailableError
from cbir.jobs.locks import only_runner


def parts(answer):
    return {part["name"]: part for part in answer.json["parts"]}


def states(answer):
    return {name: part["state"] for name, part in parts(answer).items()}


def values(answer, name):
    """The values of one figure, by its labels."""
    families = text_string_to_metric_families(answer.text)
    return {
        tuple(sorted(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
        if sample.name == name
    }


@pytest.fixture
def away(library, monkeypatch):
    """The engine does not answer."""

    def fail():
        raise UnavailableError("No server answers at http://localhost:9200.", remedy="Start it.")

    monkeypatch.setattr(library.engine, "collections", fail)


# -- health and readiness ----------------------------------------------------------------------------------


def test_a_process_that_answers_is_healthy(client):
    assert client.get("/health").json["status"] == "ok"


def test_an_engine_that_answers_makes_ready(client):
    answer = client.get("/ready")
    assert answer.status_code == 200
    assert answer.json["ready"] is True
    assert states(answer) == {"engine": "ok", "weights": "warning", "describer": "warning", "jobs": "warning"}


def test_an_engine_that_is_away_makes_not_ready_and_nothing_else_fails(client, away):
    answer = client.get("/ready")
    assert answer.status_code == 503
    assert answer.json["ready"] is False
    assert parts(answer)["engine"]["message"] == "No server answers at http://localhost:9200."
    assert parts(answer)["engine"]["remedy"] == "Start it."
    for address in ("/health", "/metrics", "/api/v1/extractors", "/api/v1/engine", "/api/v1/jobs", "/api/v1/docs/"):
        assert client.get(address).status_code == 200
    assert client.get("/api/v1/collections").status_code == 503


def test_an_engine_that_hangs_is_waited_for_no_longer_than_a_moment(app, library, monkeypatch):
    asked, released = [], threading.Event()

    def hang():
        asked.append(1)
        released.wait()
        return []

    monkeypatch.setattr(library.engine, "collections", hang)
    readiness = Readiness(app.extensions[EXTENSION], patience_s=0.01)
    assert readiness.check("engine").state.value == "failed"
    assert readiness.check("engine").state.value == "failed"
    assert len(asked) == 1  # and it is not asked again while it hangs
    released.set()


def test_weights_that_are_there_are_well(client, library, monkeypatch):
    assert "cnn-hist" in parts(client.get("/ready"))["weights"]["message"]
    monkeypatch.setattr(library.weights, "available", lambda _name: True)
    assert states(client.get("/ready"))["weights"] == "ok"


def test_a_job_runner_that_lives_is_seen_and_one_that_has_ended_too(client, settings):
    program = (
        "import sys; from pathlib import Path; from cbir.jobs.locks import only_runner\n"
        "with only_runner(Path(sys.argv[1])): print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(settings.data_dir)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as runner:
        runner.stdout.readline()
        assert states(client.get("/ready"))["jobs"] == "ok"
        runner.stdin.close()
        runner.wait()
    assert states(client.get("/ready"))["jobs"] == "warning"


def test_asking_for_the_runner_keeps_none_from_starting(client, settings):
    with only_runner(settings.data_dir):
        assert states(client.get("/ready"))["jobs"] == "ok"
    client.get("/ready")
    with only_runner(settings.data_dir):
        pass


def test_strangers_are_told_which_part_fails_and_no_more(make_app, away):
    answer = make_app(address="0.0.0.0").test_client().get("/ready")
    assert states(answer)["engine"] == "failed"
    assert "9200" not in answer.text
    assert all(part["message"] == part["remedy"] == "" for part in answer.json["parts"])


def test_damaged_keys_are_no_reason_not_to_answer_a_monitor(client, settings):
    settings.data_dir.mkdir()
    (settings.data_dir / FILE).write_text("damaged")
    assert client.get("/ready").status_code == 200


def test_the_describer_of_a_server_is_asked(client, monkeypatch):
    monkeypatch.setattr("cbir.describing.client.connect", lambda _settings, _weights: object())
    assert states(client.get("/ready"))["describer"] == "ok"
    assert values(client.get("/metrics"), "cbir_describer_up") == {(): 1}


# -- figures -----------------------------------------------------------------------------------------------


def test_requests_are_counted_by_route_and_status(client):
    for number in range(3):
        client.get(f"/api/v1/jobs/{number}")
    client.get("/nowhere")
    found = values(client.get("/metrics"), "cbir_http_request_seconds_count")
    assert found[("method", "GET"), ("route", "/api/v1/jobs/<id>"), ("status", "404")] == 3
    assert found[("method", "GET"), ("route", "unknown"), ("status", "404")] == 1


def test_strange_methods_are_one(client):
    for method in ("BREW", "WHEN"):
        client.open("/api/v1/extractors", method=method)
    found = values(client.get("/metrics"), "cbir_http_request_seconds_count")
    assert sum(value for labels, value in found.items() if ("method", "other") in labels) == 2


def test_steps_are_counted_in_seconds_and_stand_in_the_answer(app):
    @app.get("/api/v1/stepping")
    def stepping():
        record_steps({"decode": 12.0, "search": 250.0})
        return {}

    client = app.test_client()
    timing = client.get("/api/v1/stepping").headers["Server-Timing"]
    assert timing.startswith("decode;dur=12.0, search;dur=250.0, total;dur=")
    found = client.get("/metrics")
    assert values(found, "cbir_step_seconds_sum") == {(("step", "decode"),): 0.012, (("step", "search"),): 0.25}
    buckets = values(found, "cbir_step_seconds_bucket")
    assert buckets[("le", "0.1"), ("step", "search")] == 0
    assert buckets[("le", "0.25"), ("step", "search")] == 1


def test_jobs_are_counted_by_state(client, app):
    job = app.extensions[EXTENSION].jobs.add("compact", "default", {})
    app.extensions[EXTENSION].jobs.add("compact", "default", {})
    app.extensions[EXTENSION].jobs.cancel(job.id)
    found = values(client.get("/metrics"), "cbir_jobs")
    assert found == {
        (("state", state),): {"queued": 1, "cancelled": 1}.get(state, 0)
        for state in ("queued", "running", "done", "failed", "cancelled")
    }


def test_figures_need_a_key_where_reading_does(client, settings):
    key = Keys(settings).create("prometheus", "read")
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"X-API-Key": key}).status_code == 200


def test_several_processes_count_together(settings, tmp_path):
    folder = tmp_path / "figures"
    folder.mkdir()
    program = (
        "import sys; from pathlib import Path\n"
        "from cbir.settings import Settings; from cbir.api.app import create_app\n"
        "data = Path(sys.argv[1])\n"
        "app = create_app(Settings(data_dir=data, weights_dir=data, cache_dir=data, offline=True))\n"
        "client = app.test_client()\n"
        "client.get('/api/v1/engine')\n"
        "print(client.get('/metrics').text)"
    )
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)}
    for processes in (1, 2):
        ended = subprocess.run(
            [sys.executable, "-c", program, str(settings.data_dir)],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        families = list(text_string_to_metric_families(ended.stdout))
        counts = {
            sample.labels["route"]: sample.value
            for family in families
            for sample in family.samples
            if sample.name == "cbir_http_request_seconds_count"
        }
        assert counts["/api/v1/engine"] == processes
        assert len([family for family in families if family.name == "cbir_jobs"]) == 1


# -- ids, logs ---------------------------------------------------------------------------------------------


@pytest.fixture
def lines():
    """What the server writes, as the objects on its lines."""
    stream = io.StringIO()
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    logs.write_to(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], level = before
    root.setLevel(level)


def test_every_answer_has_an_id_of_its_own(client):
    ids = {client.get("/health").headers["X-Request-Id"] for _ in range(10)}
    assert len(ids) == 10


def test_an_id_that_came_with_the_request_is_kept(client):
    headers = {"X-Request-Id": "from-the-proxy_1"}
    assert client.get("/health", headers=headers).headers["X-Request-Id"] == "from-the-proxy_1"


@pytest.mark.parametrize("given", ["short", "x" * 65, 'a"b"c"d"e"', "with spaces in it", "1234567é"])
def test_an_id_that_could_be_something_else_is_not(client, given):
    assert client.get("/health", headers={"X-Request-Id": given}).headers["X-Request-Id"] != given


def test_a_line_a_request_says_what_happened(client, lines, settings):
    key = Keys(settings).create("phone", "read")
    answer = client.get("/api/v1/engine", headers={"X-API-Key": key})
    (line,) = [one for one in lines() if one["logger"] == "cbir.access"]
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/api/v1/engine", 200)
    assert (line["address"], line["caller"]) == ("127.0.0.1", "phone")
    assert line["ms"] > 0
    assert key not in json.dumps(line)


def test_the_token_of_a_query_stands_in_no_log(client, lines):
    client.get("/api/v1/queries/a-secret-token/thumbnail?x=also-secret")
    client.get("/a-secret-place")
    assert "secret" not in json.dumps(lines())


def test_a_fault_is_logged_with_its_trace_under_the_requests_id(app, lines):
    @app.get("/api/v1/failing")
    def failing():
        raise ZeroDivisionError("told to nobody")

    answer = app.test_client().get("/api/v1/failing")
    (line,) = [one for one in lines() if one["level"] == "error"]
    assert line["request_id"] == answer.headers["X-Request-Id"] == answer.json["request_id"]
    assert "ZeroDivisionError: told to nobody" in line["exception"]


def test_a_server_of_other_settings_counts_for_itself(make_app, settings):
    first, second = make_app().test_client(), make_app(replace(settings, server_rate=5)).test_client()
    first.get("/nowhere")
    assert values(second.get("/metrics"), "cbir_http_request_seconds_count") == {}
