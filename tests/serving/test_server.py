"""`cbir serve` with all of its real processes."""

import hashlib
import http.client
import json
import os
import re
import signal
import socket
from contextlib import closing

import psutil
import pytest

from tests.serving.conftest import free_port, made_place
from tests.serving.processes import alive, gone, until

WEB, DESCRIBER, JOBS = "cbir.serving.web", "cbir.describing", "cbir.jobs"


def ask(port, method, path, body=None, headers=None):
    """Status, headers and content of an answer; JSON is read."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        content = answer.read()
    is_json = "json" in answer.headers.get("Content-Type", "")
    return answer.status, answer.headers, json.loads(content) if is_json else content


def search(port, **values):
    body = json.dumps({"collection": "default", "k": 5} | values)
    status, _, answer = ask(port, "POST", "/api/v1/search", body, {"Content-Type": "application/json"})
    assert status == 200, answer
    return answer


def upload(port, picture):
    """Search with a picture's file."""
    parts = [
        b'Content-Disposition: form-data; name="collection"\r\n\r\ndefault',
        b'Content-Disposition: form-data; name="image"; filename="x.png"\r\nContent-Type: image/png\r\n\r\n'
        + picture.read_bytes(),
    ]
    body = b"".join(b"--limit\r\n" + part + b"\r\n" for part in parts) + b"--limit--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=limit"}
    status, _, answer = ask(port, "POST", "/api/v1/search", body, headers)
    assert status == 200, answer
    return answer


def sha(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def pids(program, module):
    """The processes of a module, the parent first (ids are given out in order)."""
    return [pid for pid in sorted(program.descendants()) if module in command(pid)]


def command(pid):
    try:
        return psutil.Process(pid).cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []


def answers(port):
    try:
        return ask(port, "GET", "/health")[0] == 200
    except (OSError, http.client.HTTPException):
        return False


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A server for tests that leave it as it was."""
    place = made_place(tmp_path_factory.mktemp("served"))
    program = place.serve(place.photos)
    try:
        program.line("Stop")
        yield place, program
    finally:
        program.close()


@pytest.fixture
def running(place, started):
    program = started(place.serve())
    program.line("Stop")
    return program


def test_it_says_where_it_is_and_who_may_come_in(shared):
    place, program = shared
    said = dict(line.split(maxsplit=1) for line in program.lines if re.match(r"[A-Z]\w+ {3,}", line))
    assert said["Serving"] == f"http://127.0.0.1:{place.port}"
    assert said["Data"] == str(place.folder / "data")
    assert said["Keys"].startswith("none needed")
    assert said["Stop"] == "Ctrl-C"
    assert str(place.photos) in program.text


def test_it_answers_searches_by_id_and_by_upload(shared):
    place, _ = shared
    assert ask(place.port, "GET", "/health")[2]["status"] == "ok"
    picture = place.photos / "3.png"
    for answer in (search(place.port, image_id=sha(picture)), upload(place.port, picture)):
        assert answer["hits"][0]["id"] == sha(picture)
        assert answer["hits"][0]["score"] == 0
        assert len(answer["hits"]) == 5


def test_every_process_writes_lines_of_one_form(shared):
    place, program = shared
    indexing = json.dumps({"path": str(place.photos)})
    headers = {"Content-Type": "application/json"}
    status, _, job = ask(place.port, "POST", "/api/v1/collections/default/folders", indexing, headers)
    assert status == 202, job
    until(lambda: ask(place.port, "GET", f"/api/v1/jobs/{job['id']}")[2]["state"] == "done", lambda: program.text)
    until(lambda: f"job {job['id']} ended" in program.text, lambda: program.text)
    lines = [json.loads(line) for line in program.text.split("\n") if line and not re.match(r"[A-Z]", line)]
    assert all(line.keys() >= {"time", "level", "logger", "message"} for line in lines)
    writers = {line["logger"].split(".server")[0] for line in lines}
    assert writers >= {"cbir.serving", "cbir.describing", "cbir.jobs.runner", "cbir.access", "gunicorn.error"}


def test_run_files_are_for_their_owner_and_say_where_the_server_is(shared):
    place, program = shared
    assert place.run.stat().st_mode & 0o777 == 0o700
    said = json.loads((place.run / "server.json").read_text())
    assert (said["address"], said["pid"]) == (f"http://127.0.0.1:{place.port}", program.pid)


def test_neither_the_supervisor_nor_the_web_server_loads_tensorflow(shared):
    _, program = shared
    for pid in (program.pid, *pids(program, WEB)):
        loaded = {os.path.basename(one.path) for one in psutil.Process(pid).memory_maps()}
        assert not [name for name in loaded if "tensorflow" in name], pid


def test_the_web_servers_master_has_one_thread_and_no_application(shared):
    _, program = shared
    master = psutil.Process(pids(program, WEB)[0])
    assert master.num_threads() == 1
    assert not [one for one in master.memory_maps() if "cv2" in one.path]


def test_all_web_processes_count_together(shared):
    place, _ = shared

    def counted():
        text = ask(place.port, "GET", "/metrics")[2].decode()
        found = re.findall(r'^cbir_http_request_seconds_count\{.*route="/health".*\} (\d+)', text, re.MULTILINE)
        return sum(map(int, found))

    before = counted()
    for _ in range(20):
        ask(place.port, "GET", "/health")
    assert counted() - before == 20


def raw(port, request):
    with closing(socket.create_connection(("127.0.0.1", port), timeout=30)) as connection:
        connection.sendall(request)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode(), body


CHUNKED = b"Host: localhost\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n"


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"NONSENSE\r\n\r\n", 400),
        (b"GET /health HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n", 400),
        (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 9000 + b"\r\n\r\n", 431),
        (b"GET /health HTTP/1.1\r\nHost: localhost\r\n" + b"X-One: 1\r\n" * 70 + b"\r\n", 431),
        (b"POST /api/v1/search HTTP/1.1\r\n" + CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n", 400),
    ],
    ids=["no request", "no header", "long line", "long header", "many headers", "bad chunk"],
)
def test_what_is_no_http_gets_a_problem_document(shared, request_bytes, status):
    place, _ = shared
    found, head, body = raw(place.port, request_bytes)
    assert found == status
    assert "application/problem+json" in head
    problem = json.loads(body)
    assert problem["status"] == status
    assert problem["detail"]


def test_what_anybody_claims_of_the_address_is_not_believed(shared):
    place, program = shared
    claimed = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Request-Id": "claimed-address"}
    assert ask(place.port, "GET", "/health", headers=claimed)[0] == 200
    until(lambda: "claimed-address" in program.text, "no access line")
    (line,) = [line for line in program.text.split("\n") if "claimed-address" in line]
    assert json.loads(line)["address"] == "127.0.0.1"


def test_a_second_server_of_the_data_folder_says_where_the_first_one_is(shared, started):
    place, first = shared
    second = started(place.serve(port=free_port()))
    assert second.wait() == 1
    (line,) = second.text.strip().split("\n")
    assert f"is running already at http://127.0.0.1:{place.port} (process {first.pid})" in line
    assert answers(place.port)


def test_a_port_that_is_taken_is_said_before_anything_starts(place, started):
    with closing(socket.create_server(("127.0.0.1", place.port))):
        program = started(place.serve())
        assert program.wait() == 1
    (line,) = program.text.strip().split("\n")
    assert f"Another program listens on port {place.port} of 127.0.0.1 already." in line
    assert f"--port {place.port + 1}" in line


@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_order_within_seconds_and_leaves_nothing(place, running, which):
    everyone = running.descendants()
    assert len(everyone) >= 5
    running.signal(which)
    assert running.wait(20) == 0
    gone(everyone, limit_s=1)
    assert sorted(path.name for path in place.run.iterdir() if not path.name.endswith(".lock")) == []


def test_all_processes_end_with_a_supervisor_that_is_killed_and_the_next_one_starts(place, running, started):
    everyone = running.descendants()
    running.signal(signal.SIGKILL)
    running.wait()
    gone(everyone, limit_s=25)
    again = started(place.serve())
    again.line("Stop")
    assert answers(place.port)


@pytest.mark.parametrize("module", [DESCRIBER, JOBS, WEB])
def test_a_process_that_is_killed_is_started_again(place, running, module):
    killed = pids(running, module)
    os.kill(killed[0], signal.SIGKILL)
    until(lambda: f"(process {killed[0]}) was killed by SIGKILL" in running.text, lambda: running.text)
    gone(killed, limit_s=2)
    until(lambda: len(pids(running, module)) == len(killed), lambda: running.text)
    until(lambda: answers(place.port), lambda: running.text)
    until(
        lambda: all(part["state"] != "failed" for part in ask(place.port, "GET", "/ready")[2]["parts"]), "not ready"
    )
    assert search(place.port, image_id=sha(place.photos / "1.png"))["hits"]


def test_a_web_process_that_is_killed_is_replaced(place, running):
    master, *workers = pids(running, WEB)
    os.kill(workers[0], signal.SIGKILL)
    until(lambda: len(pids(running, WEB)) == len(workers) + 1, lambda: running.text)
    until(lambda: workers[0] not in pids(running, WEB), lambda: running.text)
    assert alive(master)
    assert all(answers(place.port) for _ in range(10))


def test_elsewhere_than_on_loopback_everybody_needs_a_key_and_no_log_shows_one(place, started):
    program = started(place.serve("--host", "0.0.0.0"))
    program.line("Stop")
    assert "needed by everybody, and there is none yet: cbir keys create NAME --role write" in program.text
    assert "no folder over HTTP" in program.text
    assert ask(place.port, "GET", "/health")[0] == 200
    assert ask(place.port, "GET", "/api/v1/collections")[0] == 401


def test_an_engine_that_is_away_fails_readiness_and_searches_and_nothing_else(place, started):
    with closing(socket.socket()) as nobody:  # bound and not listening: refuses, and no other program takes it
        nobody.bind(("127.0.0.1", 0))
        cluster = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        away = {"CBIR_ENGINE": "elasticsearch", "CBIR_ELASTICSEARCH_URL": cluster}
        program = started(place.serve(variables=away))
        program.line("Stop")
        status, _, ready = ask(place.port, "GET", "/ready")
        assert status == 503
        assert [part["name"] for part in ready["parts"] if part["state"] == "failed"] == ["engine"]
        body = json.dumps({"collection": "default", "image_id": "0" * 64})
        headers = {"Content-Type": "application/json"}
        status, _, problem = ask(place.port, "POST", "/api/v1/search", body, headers)
        assert (status, problem["type"]) == (503, "urn:cbir:problem:unavailable")
        assert ask(place.port, "GET", "/api/v1/jobs")[0] == 200
    assert "Traceback" not in program.text


def test_the_development_server_serves(place, started):
    program = started(place.serve("--dev"))
    program.line("Stop")
    until(lambda: answers(place.port), lambda: program.text)
    everyone = program.descendants()
    program.signal(signal.SIGTERM)
    assert program.wait(20) == 0
    gone(everyone, limit_s=2)


def test_the_development_server_refuses_an_address_that_others_reach(place, started):
    program = started(place.serve("--dev", "--host", "0.0.0.0"))
    assert program.wait() == 1
    assert "Leave --dev or --host out." in program.text
