"""The schema: kept with the program, whole, and shown by a page that needs nothing from elsewhere."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cbir.api.openapi import schema_text
from cbir.api.problems import KINDS
from cbir.api.schemas.base import Body, Form, Output

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def schema():
    return json.loads(schema_text())


def operations(schema):
    return [(path, method, one) for path, methods in schema["paths"].items() for method, one in methods.items()]


def resolved(schema, answer):
    while "$ref" in answer:
        found = schema
        for part in answer["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        answer = found
    return answer


def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for one in value.values():
            yield from references(one)
    elif isinstance(value, list):
        for one in value:
            yield from references(one)


def models(base):
    for one in base.__subclasses__():
        yield one
        yield from models(one)


def test_the_schema_that_is_kept_is_the_one_that_is_served(schema, client):
    kept = json.loads((ROOT / "docs/openapi.json").read_text("utf-8"))
    assert kept == schema, "Bring it up to date: python -m cbir.api.openapi > docs/openapi.json"
    assert client.get("/api/v1/openapi.json").json == schema


def test_the_module_prints_it(schema):
    ended = subprocess.run([sys.executable, "-m", "cbir.api.openapi"], capture_output=True, text=True, check=True)
    assert json.loads(ended.stdout) == schema


def test_everything_it_refers_to_is_there(schema):
    for reference in references(schema):
        assert resolved(schema, {"$ref": reference})


def test_operations_are_called_differently(schema):
    names = [one["operationId"] for _, _, one in operations(schema)]
    assert len(set(names)) == len(names)


def test_models_are_called_differently(schema):
    found = [one for base in (Body, Form, Output) for one in models(base)]
    names = [one.__name__ for one in found if one.__module__.startswith("cbir.")]
    assert sorted(names) == sorted(set(names))


def test_every_operation_says_what_it_does_and_answers(schema):
    for path, method, one in operations(schema):
        assert one["summary"], path
        assert any(status < "400" for status in one["responses"]), (method, path)


def test_failures_are_problem_documents(schema):
    for path, _, one in operations(schema):
        for status, answer in one["responses"].items():
            if status >= "400" and (path, status) != ("/ready", "503"):
                (media,) = resolved(schema, answer)["content"]
                assert media == "application/problem+json", (path, status)


def test_what_needs_a_body_says_how_it_refuses_one(schema):
    for path, _, one in operations(schema):
        if "requestBody" in one:
            assert {"413", "415", "422"} <= one["responses"].keys(), path


def test_a_status_that_is_declared_is_one_that_a_problem_has(schema):
    known = {str(kind.status.value) for kind in KINDS.values()}
    declared = {status for _, _, one in operations(schema) for status in one["responses"] if status >= "400"}
    assert declared <= known


def test_no_library_model_is_left(schema):
    assert "ValidationErrorModel" not in schema["components"]["schemas"]


def test_the_page_and_its_files_come_from_here_alone(client):
    page = client.get("/api/v1/docs/")
    assert page.mimetype == "text/html"
    asked = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(asked) >= 4
    for address in asked:
        assert address.startswith("/api/v1/")
        assert client.get(address).status_code == 200
    assert client.get("/api/v1/docs").text == page.text


def test_the_page_holds_to_its_own_policy(client):
    page = client.get("/api/v1/docs/")
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "connect-src 'self';" in policy
    assert "unsafe-eval" not in policy
    assert re.findall(r"<script(?![^>]*\bsrc=)", page.text) == []
    assert re.findall(r"<style|\son\w+=", page.text) == []


@pytest.mark.parametrize(
    ("file", "type"),
    [
        ("assets/js/swagger-ui-bundle.js", "text/javascript"),
        ("assets/css/swagger-ui.css", "text/css"),
        ("assets/images/swagger.svg", "image/svg+xml"),
        ("start.js", "text/javascript"),
    ],
)
def test_its_files_have_types_that_browsers_take(client, file, type):
    answer = client.get(f"/api/v1/docs/{file}")
    assert (answer.status_code, answer.mimetype) == (200, type)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("file", ["", "../__init__.py", "js/other.js", "..%2f__init__.py", "css"])
def test_no_other_file_is_served(client, file):
    assert client.get(f"/api/v1/docs/assets/{file}").status_code == 404
