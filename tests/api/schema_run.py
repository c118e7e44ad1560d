"""Schemathesis over the API's schema, in process: requests of every operation, good and bad, and their answers."""

import collections
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

SCHEMA_PATH = "/api/v1/openapi.json"
ANY_STATUS_BUT_FAULTS = ["2xx", "3xx", "4xx", "503"]
FORMS = "multipart/form-data"
BROKEN_OFF = "Unsupported type: 'Binary'"
"""What Schemathesis 4.32 says of itself where it looks at a file of a form whose schema has a `oneOf`; no answer of
ours is meant. Which form it comes to depends on the modules that are loaded: it takes values to try from them.
"""


@dataclass(slots=True)
class Findings:
    """What a run has seen."""

    faults: list[str] = field(default_factory=list)
    """A check that failed, and a command that shows it."""
    statuses: dict[str, collections.Counter] = field(
        default_factory=lambda: collections.defaultdict(collections.Counter)
    )
    """By operation: how often each status was answered."""
    answers: list[tuple[str, int, str, bytes]] = field(default_factory=list)
    """Operation, status, content type and body of every answer."""


def run(
    world,
    *,
    examples: int,
    phases: Sequence[str],
    skip: Mapping[tuple[str, str], Sequence[str]],
    document: Mapping[str, Any] | None = None,
) -> Findings:
    """Ask an application of everything.

    Args:
        world: the application, and the names of what it has.
        examples: random requests an operation.
        phases: `examples`, `coverage` (every boundary of every parameter), `fuzzing` (random).
        skip: phases that are left out, by the operation's method and path.
        document: the schema, in place of the application's own.
    """
    config = SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "generation": {"max-examples": examples, "deterministic": True},
            "checks": {
                "not_a_server_error": {"expected-statuses": ANY_STATUS_BUT_FAULTS},
                # a name that nothing has, or bytes that are no picture, are as the schema wants them and refused
                "positive_data_acceptance": {"enabled": False},
            },
            "phases": {name: {"enabled": name in phases} for name in ("examples", "coverage", "fuzzing", "stateful")},
            "operations": [
                {
                    "include-method": method,
                    "include-path": path,
                    "phases": {name: {"enabled": False} for name in names},
                }
                for (method, path), names in skip.items()
            ],
        }
    )
    schema = schemathesis.openapi.from_wsgi(SCHEMA_PATH, world.app, config=config)
    if document is not None:
        schema = schemathesis.openapi.from_dict(dict(document), config=config)
        schema.app = world.app
    found = Findings()
    with _led(world):
        for event in from_schema(schema).execute():
            if isinstance(event, events.ScenarioFinished):
                _take(event.recorder, found)
            elif isinstance(event, events.NonFatalError):
                if str(event.value) != BROKEN_OFF:
                    found.faults.append(f"{event.label}: {event.value!r}")
            elif isinstance(event, events.FatalError):
                raise event.exception
    return found


@contextmanager
def _led(world) -> Iterator[None]:
    """Requests name what the application has."""

    def before_call(context, case, kwargs):
        world.lead_to_what_is_there(case)

    schemathesis.hook(before_call)
    try:
        yield
    finally:
        schemathesis.hooks.unregister(before_call)


def _take(recorder, found: Findings) -> None:
    for interaction in recorder.interactions.values():
        response = interaction.response
        if response is not None:
            kind = (response.headers.get("content-type") or [""])[0]
            found.statuses[recorder.label][response.status_code] += 1
            found.answers.append((recorder.label, response.status_code, kind, response.content))
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None and not _is_excused(check, recorder.cases[case_id].value):
                failure = check.failure_info.failure
                text = f"{recorder.label}: {failure.title}\n{failure.message}\n{check.failure_info.code_sample}"
                found.faults.append(text)


def _is_excused(check, case) -> bool:
    """Whether a check asks for what cannot be."""
    if check.name == "negative_data_rejection" and case.media_type == FORMS:
        return True  # the fields of a form are text: a number or an object where text belongs is sent as text
    # `random` stands where an id may, and ids can be deleted
    return check.name == "allow_header_conformance" and case.path.endswith("/images/random")
