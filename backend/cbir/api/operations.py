"""For those who run the server: health, readiness, figures, and the time that each step took."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask, Response, current_app, g, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

import cbir
from cbir.api import logs
from cbir.api.meters import CONTENT_TYPE, Meters, gauge
from cbir.api.readiness import Readiness, State
from cbir.api.resource import SECURITY, operation_id, reply, responses
from cbir.api.roles import Role, require
from cbir.api.schemas.operations import Health, Part, Ready
from cbir.api.scrubbing import Scrubber
from cbir.api.security.access import caller
from cbir.api.security.rates import uncounted
from cbir.api.services import services
from cbir.errors import CbirError

_METERS, _READINESS = "cbir.meters", "cbir.readiness"

api = APIBlueprint(
    "operations",
    __name__,
    abp_tags=[Tag(name="operations", description="For those who run the server.")],
    operation_id_callback=operation_id,
)


@api.get("/health", responses=responses({200: Health}))
@uncounted
@require(Role.ANYONE)
def show_health() -> Response:
    """Whether the web process answers."""
    return reply(Health(version=cbir.__version__))


@api.get("/ready", responses=responses({200: Ready, 503: Ready}))
@uncounted
@require(Role.ANYONE)
def show_readiness() -> Response:
    """Whether searches can be answered: 503 where the engine is away."""
    checks = current_app.extensions[_READINESS].checks()
    scrub: Scrubber = current_app.extensions["cbir.scrubber"]
    told = _may_be_told()
    parts = [
        Part(
            name=one.name,
            state=one.state.value,
            message=scrub(one.message) if told else "",
            remedy=scrub(one.remedy) if told else "",
        )
        for one in checks
    ]
    is_ready = all(one.state is not State.FAILED for one in checks)
    return reply(Ready(ready=is_ready, parts=parts), 200 if is_ready else 503)


@api.get("/metrics", security=SECURITY, responses=responses({200: "text/plain"}))
@require(Role.READ)
def show_figures() -> Response:
    """Figures for Prometheus, of all web processes."""
    readiness: Readiness = current_app.extensions[_READINESS]
    meters: Meters = current_app.extensions[_METERS]
    up = readiness.check("describer").state is State.OK
    states = [
        gauge("cbir_describer_up", "Whether the process that computes descriptors answers.", {"": up}),
        gauge("cbir_jobs", "Jobs by state.", _jobs(), "state"),
    ]
    return Response(meters.text(states), content_type=CONTENT_TYPE)


def init_app(app: Flask, readiness: Readiness) -> None:
    """Count every request and say in each answer how long it took. Comes after `logs.init_app`."""
    app.extensions[_READINESS] = readiness
    app.extensions[_METERS] = Meters()
    app.after_request(_measure)


def record_steps(milliseconds: Mapping[str, float]) -> None:
    """Say how long the steps of the current request took: `decode`, `extract`, `search`, `closeness`."""
    g.steps = dict(milliseconds)
    current_app.extensions[_METERS].steps(milliseconds)


def _measure(response: Response) -> Response:
    total = logs.seconds()
    times = {**g.get("steps", {}), "total": 1000 * total}
    response.headers["Server-Timing"] = ", ".join(f"{name};dur={ms:.1f}" for name, ms in times.items())
    current_app.extensions[_METERS].request(request.method, logs.route(), response.status_code, total)
    return response


def _may_be_told() -> bool:
    try:
        return caller().role >= Role.READ
    except CbirError:
        return False


def _jobs() -> dict[str, float]:
    from cbir.jobs.base import JobState

    return {state.value: services().jobs.count(state) for state in JobState}
