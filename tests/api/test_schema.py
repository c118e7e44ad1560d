"""Requests made from the schema, good and bad: every answer is one that the schema declares."""

import collections
import copy
import json
import os
from io import BytesIO

import pytest
from jsonschema import Draft202012Validator
from PIL import Image
from tests.api.schema_run import FORMS, SCHEMA_PATH, Findings, run
from tests.api.schema_world import World

EXAMPLES = int(os.environ.get("CBIR_SCHEMA_EXAMPLES", "10"))
"""Random requests an operation; a long run has many more."""

KEYLESS = {"/health", "/ready", "/api/v1/session"}
"""Addresses that need no key: whether the server is well, and where one logs in."""
OWNERS = ("/api/v1/folders", "/api/v1/jobs", "/api/v1/trash")
"""What the server's folders and files are called is for those who may change things."""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("world"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def schema(world):
    return world.app.test_client().get(SCHEMA_PATH).get_json()


def operations(schema):
    for path, methods in schema["paths"].items():
        yield from ((method.upper(), path) for method in methods)


def searches(schema):
    """Operations that take JSON or a form with a picture. They are asked by POST and change nothing.

    Schemathesis 4.32 cannot enumerate the boundaries of such a form: it stumbles over files beside a `oneOf`. See
    `as_json` for their other bodies.
    """
    for method, path in operations(schema):
        if len(schema["paths"][path][method.lower()].get("requestBody", {}).get("content", ())) > 1:
            yield method, path


@pytest.fixture(scope="module")
def seen(world, schema) -> Findings:
    """All that was answered to everything that the schema allows, and to much that it does not."""
    phases = ("examples", "coverage", "fuzzing")
    return run(world, examples=EXAMPLES, phases=phases, skip=dict.fromkeys(searches(schema), ("coverage",)))


def test_every_answer_is_declared_and_none_is_a_fault(seen):
    assert "\n\n".join(seen.faults) == ""


@pytest.fixture(scope="module")
def as_json(world, schema) -> Findings:
    """The answers to every boundary of a JSON body of operations that take a form too, as if they did not."""
    document = copy.deepcopy(schema)
    document["paths"] = {path: document["paths"][path] for _, path in searches(schema)}
    for method, path in searches(schema):
        del document["paths"][path][method.lower()]["requestBody"]["content"][FORMS]
    return run(world, examples=20, phases=("coverage", "fuzzing"), skip={}, document=document)


def test_every_operation_was_tried_with_success(seen, as_json, schema):
    """Otherwise the run has only knocked at doors."""
    found = [*seen.statuses.items(), *as_json.statuses.items()]
    succeeded = {label for label, counts in found if any(200 <= status < 400 for status in counts)}
    tried = {f"{method} {path}" for method, path in operations(schema) if "{layer}" not in path}  # needs a network
    without_keys = {"POST /api/v1/session"}  # where nobody needs a key, nobody can log in
    assert tried - succeeded <= without_keys


def test_every_boundary_of_a_json_body_is_answered_as_declared(as_json, schema):
    assert "\n\n".join(as_json.faults) == ""
    assert all(as_json.statuses[f"{method} {path}"][422] for method, path in searches(schema))


def test_what_is_called_a_picture_is_one(seen):
    pictures = [(kind, body) for _, status, kind, body in seen.answers if status == 200 and kind.startswith("image/")]
    assert pictures
    for kind, body in pictures:
        with Image.open(BytesIO(body)) as image:
            image.load()
            assert Image.MIME[image.format] == kind


def test_events_tell_jobs(seen, schema):
    jobs = Draft202012Validator({"$ref": "#/components/schemas/Job", "components": schema["components"]})
    streams = [body for _, _, kind, body in seen.answers if kind.startswith("text/event-stream")]
    told = [line for body in streams for line in body.decode().splitlines() if line.startswith("data: {")]
    assert told
    for line in told:
        jobs.validate(json.loads(line.removeprefix("data: ")))


def test_problems_show_nothing_of_the_server(seen, world):
    problems = [body for _, status, _, body in seen.answers if status >= 400]
    assert problems
    for body in problems:
        assert str(world.settings.data_dir.parent).encode() not in body
        assert b"Traceback" not in body
        assert b"<html" not in body.lower()


# Keys -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def locked(tmp_path_factory):
    """A server with a key that may read and one that may write."""
    made = World(tmp_path_factory.mktemp("locked"), server_read_keys="r" * 32, server_write_keys="w" * 32)
    yield made
    made.close()


def ask(world, method, path, key=None):
    """The answer to a request without parameters, its address one of something that is there."""
    names = {"collection": "default", "id": world.ids[0], "extractor": "hist-basic"}
    address = path.format_map(collections.defaultdict(lambda: "x", names))
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return world.app.test_client().open(address, method=method, headers=headers)


def test_every_operation_needs_a_key_where_there_are_keys(locked, schema):
    for method, path in operations(schema):
        if path not in KEYLESS:
            for key in (None, "x" * 32):
                answer = ask(locked, method, path, key)
                assert (answer.status_code, answer.mimetype) == (401, "application/problem+json"), (method, path)


def test_a_key_that_may_read_changes_nothing(locked, schema):
    for method, path in operations(schema):
        if path in KEYLESS or path.endswith("/events"):
            continue
        reads = (method == "GET" and not path.startswith(OWNERS)) or (method, path) in searches(schema)
        assert (ask(locked, method, path, "r" * 32).status_code == 403) != reads, (method, path)
        assert ask(locked, method, path, "w" * 32).status_code not in {401, 403}, (method, path)
