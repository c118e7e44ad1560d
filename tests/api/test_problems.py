"""Every failure is a problem document, and none tells how the server is laid out."""

import io
import logging
import subprocess
import sys
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

import pytest
from flask_openapi3.models.file import FileStorage
from pydantic import Field

from cbir import errors
from cbir.api import problems
from cbir.api.problems import ProblemError
from cbir.api.resource import resource
from cbir.api.schemas.base import Body, Form, QueryParameters
from cbir.api.scrubbing import Scrubber
from cbir.records import shown_path

MEMBERS = {"type", "title", "status", "detail", "remedy", "request_id"}


def is_problem(answer, status, kind):
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert answer.json.keys() - {"fields"} == MEMBERS
    assert answer.json["type"] == f"urn:cbir:problem:{kind}"
    assert answer.json["status"] == status
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]
    assert answer.json["title"]
    assert answer.json["detail"]
    return answer.json


def every_error():
    found, left = [], [errors.CbirError]
    while left:
        one = left.pop()
        found.append(one)
        left.extend(kind for kind in one.__subclasses__() if kind.__module__ == errors.__name__)
    return sorted(found, key=lambda one: one.__name__)


@pytest.fixture
def failing(app):
    """A client of `/fail`, which raises what `raising` puts into the list."""
    raised = []

    @app.get("/api/v1/fail")
    def fail():
        raise raised[-1]

    client = app.test_client()

    def raising(error):
        raised.append(error)
        return client.get("/api/v1/fail")

    return raising


class Point(Body):
    x: int
    name: str = ""


class Labels(Form):
    labels: list[str]
    note: str = ""


class Files(Form):
    files: list[Annotated[FileStorage, Field(description="A file.")]]
    cover: FileStorage | None = None


class Page(QueryParameters):
    limit: int = 10


class Shape(Body):
    points: list[Point]


@pytest.fixture
def echo(make_app, monkeypatch):
    """A client of operations that say what they understood."""
    api = resource("echo", "For tests.")

    @api.post("/points")
    def points(body: Point):
        return body.model_dump()

    @api.post("/shapes")
    def shapes(body: Shape):
        return body.model_dump()

    @api.post("/labels")
    def labels(form: Labels):
        return form.model_dump()

    @api.post("/files")
    def files(form: Files):
        return {"files": [one.read().decode() for one in form.files]}

    @api.get("/page")
    def page(query: Page):
        return query.model_dump()

    monkeypatch.setattr("cbir.api.openapi.RESOURCES", [api])
    return make_app().test_client()


def test_an_unknown_address_is_not_found(client):
    problem = is_problem(client.get("/api/v1/nothing"), 404, "not-found")
    assert problem["remedy"]


def test_an_unknown_address_outside_the_api_is_not_found_too(client):
    is_problem(client.get("/nothing"), 404, "not-found")


def test_another_method_is_refused_and_the_right_ones_named(client):
    answer = client.post("/api/v1/extractors")
    is_problem(answer, 405, "method-not-allowed")
    assert "GET" in answer.headers["Allow"]


def test_an_address_with_two_slashes_redirects_nobody(client):
    is_problem(client.get("/api//v1/extractors"), 404, "not-found")


def test_an_address_answers_with_and_without_a_slash_at_its_end(client):
    assert client.get("/api/v1/extractors/").status_code == 200


@pytest.mark.parametrize("error", every_error(), ids=lambda one: one.__name__)
def test_every_error_of_the_program_has_a_status(failing, error):
    answer = failing(error("The thing.", remedy="The remedy."))
    kind = answer.json["type"].removeprefix(problems.URN)
    problem = is_problem(answer, problems.KINDS[kind].status, kind)
    assert (problem["detail"], problem["remedy"]) == ("The thing.", "The remedy.")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.InvalidRequestError, 422),
        (errors.UnknownNameError, 422),
        (errors.MetricNotApplicableError, 422),
        (errors.ImageError, 422),
        (errors.DescriptorError, 422),
        (errors.NotFoundError, 404),
        (errors.IdentityMismatchError, 409),
        (errors.AlreadyExistsError, 409),
        (errors.WriterBusyError, 409),
        (errors.WeightsError, 503),
        (errors.DownloadError, 503),
        (errors.UnavailableError, 503),
        (errors.StorageFullError, 503),
        (errors.AccessRefusedError, 503),
    ],
)
def test_the_status_says_whose_fault_it_is(failing, error, status):
    assert failing(error("The thing.")).status_code == status


def test_who_asks_while_the_engine_is_away_is_told_when_to_ask_again(failing):
    assert int(failing(errors.UnavailableError("No answer.")).headers["Retry-After"]) > 0


def test_a_fault_tells_nothing_but_the_id_under_which_the_log_has_it(failing, caplog):
    answer = failing(ZeroDivisionError("the secret of /etc/passwd"))
    is_problem(answer, 500, "internal")
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    (record,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert record.exc_info[0] is ZeroDivisionError


def test_malformed_json_is_a_bad_request_with_its_place(echo):
    answer = echo.post("/api/v1/points", data='{"x": 1,\n "name": }', content_type="application/json")
    assert "line 2" in is_problem(answer, 400, "malformed-json")["detail"]


@pytest.mark.parametrize("text", ["", "NaN", '{"x": Infinity}', "[" * 100_000, b"\xff\xfe", '{"name": "\ud800"}'])
def test_what_only_looks_like_json_is_malformed(echo, text):
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    answer = echo.post("/api/v1/points", data=data, content_type="application/json")
    is_problem(answer, 400, "malformed-json")


@pytest.mark.parametrize("type", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_json_of_another_content_type_is_refused(echo, type):
    is_problem(echo.post("/api/v1/points", data='{"x": 1}', content_type=type), 415, "unsupported-media-type")


def test_a_form_of_another_content_type_is_refused(echo):
    is_problem(echo.post("/api/v1/labels", json={"labels": ["a"]}), 415, "unsupported-media-type")
    is_problem(echo.post("/api/v1/labels", data={"labels": "a"}), 415, "unsupported-media-type")


def test_a_form_that_cannot_be_read_is_a_bad_request(echo):
    answer = echo.post("/api/v1/labels", data=b"no parts", content_type="multipart/form-data; boundary=x")
    is_problem(answer, 400, "bad-request")


def test_a_refused_value_is_named_by_its_path(echo):
    answer = echo.post("/api/v1/shapes", json={"points": [{"x": 1}, {"x": "much"}]})
    problem = is_problem(answer, 422, "invalid")
    (field,) = problem["fields"]
    assert field["field"] == "points.1.x"
    assert "integer" in field["message"]
    assert problem["detail"].startswith("points.1.x: ")
    assert "openapi.json" in problem["remedy"]


@pytest.mark.parametrize("value", ["[]", '"text"', "1", "null", '"{\\"x\\": 1}"'])
def test_json_that_is_no_object_is_refused(echo, value):
    is_problem(echo.post("/api/v1/points", data=value, content_type="application/json"), 422, "invalid")


def test_fields_that_nobody_declared_are_refused(echo):
    body = is_problem(echo.post("/api/v1/points", json={"x": 1, "y": 2}), 422, "invalid")
    assert body["fields"][0]["field"] == "y"
    query = is_problem(echo.get("/api/v1/page?limits=3"), 422, "invalid")
    assert query["fields"][0]["field"] == "limits"
    form = echo.post("/api/v1/labels", data={"labels": "a", "label": "b"}, content_type="multipart/form-data")
    assert is_problem(form, 422, "invalid")["fields"][0]["field"] == "label"


def test_text_in_a_form_stays_text(echo):
    sent = {"labels": ["2019", "true", "[1]", '"quoted"'], "note": "1e3"}
    answer = echo.post("/api/v1/labels", data=sent, content_type="multipart/form-data")
    assert answer.json == sent


def test_a_file_has_to_come_as_one(echo):
    sent = [(io.BytesIO(text), "a.txt") for text in (b"one", b"two")]
    answer = echo.post("/api/v1/files", data={"files": sent}, content_type="multipart/form-data")
    assert answer.json == {"files": ["one", "two"]}
    for form in ({"files": "text"}, {"files": [(io.BytesIO(b""), "a.txt")], "cover": "text"}):
        answer = echo.post("/api/v1/files", data=form, content_type="multipart/form-data")
        assert is_problem(answer, 422, "invalid")["fields"][0]["message"] == "It came as text."


def test_text_does_not_come_as_a_file(echo):
    data = {"labels": (io.BytesIO(b"2019"), "label.txt")}
    answer = echo.post("/api/v1/labels", data=data, content_type="multipart/form-data")
    assert is_problem(answer, 422, "invalid")["fields"][0]["field"] == "labels.0"


def test_a_problem_that_only_the_api_knows_can_name_its_fields_and_headers(failing):
    fields = [problems.FieldProblem("k", "too much")]
    answer = failing(ProblemError("invalid", "No.", "Do.", fields, {"Retry-After": "7"}))
    assert is_problem(answer, 422, "invalid")["fields"] == [{"field": "k", "message": "too much"}]
    assert answer.headers["Retry-After"] == "7"


def test_every_kind_has_a_status_of_its_own_table(app):
    with app.test_request_context("/"):
        for name, kind in problems.KINDS.items():
            answer = problems.response(ProblemError(name))
            assert answer.status_code == kind.status >= HTTPStatus.BAD_REQUEST
            assert answer.get_json()["detail"]


# -- paths of the server -----------------------------------------------------------------------------------


def test_folders_that_are_known_are_named_and_not_shown(settings, tmp_path):
    root = tmp_path / "My Photos"
    scrub = Scrubber(settings, [root])
    told = scrub(f"{root}/a b.jpg is not in {settings.data_dir}/collections/x, see {Path.home()}/.config")
    assert told == "[photographs]/a b.jpg is not in [data]/collections/x, see [home]/.config"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/srv/secret/index.sqlite is damaged.", "…/index.sqlite is damaged."),
        ("'/srv/secret/x.jpg' cannot be read.", "'…/x.jpg' cannot be read."),
        ("Look at (/var/lib/cbir/a).", "Look at (…/a)."),
        ("See /api/v1/openapi.json.", "See /api/v1/openapi.json."),
        ("http://localhost:9200/a/b does not answer.", "http://localhost:9200/a/b does not answer."),
        ("2 and/or 3 images a/b/c", "2 and/or 3 images a/b/c"),
    ],
)
def test_other_absolute_paths_lose_their_folders(settings, text, told):
    assert Scrubber(settings)(text) == told


def test_a_folder_behind_a_link_and_one_with_odd_bytes_are_known_too(settings, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    odd = tmp_path / "m\udce4rz"
    scrub = Scrubber(settings, [tmp_path / "link", odd])
    assert scrub(f"{tmp_path}/real/a") == "[photographs]/a"
    assert scrub(f"{shown_path(str(odd))}/a") == "[photographs]/a"


def test_no_engine_failure_tells_a_path(client, indexed, settings, tmp_path):
    index = settings.data_dir / "collections/default/index.sqlite"
    index.write_bytes(b"this is no index" * 1000)
    for address in ("/api/v1/collections/default", "/api/v1/collections/default/images"):
        answer = client.get(address)
        is_problem(answer, 503, "storage")
        assert str(tmp_path) not in answer.text
        assert "index.sqlite" in answer.text


def test_who_writes_to_a_collection_is_not_told(client, indexed, settings, tmp_path):
    program = (
        "import sys; from pathlib import Path; from cbir.disk.lock import FileLock; "
        "from cbir.engines.embedded.remedies import WRITING; "
        "FileLock(Path(sys.argv[1]), 'it', WRITING); print(flush=True); sys.stdin.read()"
    )
    lock = settings.data_dir / "collections/default/writer.lock"
    command = [sys.executable, "-c", program, str(lock), "a-secret-argument"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        answer = client.delete(f"/api/v1/collections/default/images/{indexed[0]}")
        holder.stdin.close()
        holder.wait()
    is_problem(answer, 409, "busy")
    assert "secret" not in answer.text
    assert str(tmp_path) not in answer.text
    assert "pid" not in answer.text
