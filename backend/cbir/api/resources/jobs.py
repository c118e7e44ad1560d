"""Jobs: what is being done, how far it is, what failed."""

from __future__ import annotations

import threading
from functools import partial
from http import HTTPStatus
from typing import cast

from flask import Response, current_app, request
from flask.blueprints import BlueprintSetupState

from cbir.api.job_answers import scrubber, shown_failure, shown_job
from cbir.api.job_events import EVENT_STREAM, HEARTBEAT_S, last_told, told
from cbir.api.problems import ProblemError
from cbir.api.resource import REF, reply, resource, responses
from cbir.api.roles import Role, require
from cbir.api.schemas.addresses import Paging
from cbir.api.schemas.jobs import FailureList, Job, JobList, JobParameters, OneJob
from cbir.api.services import EXTENSION, services
from cbir.jobs.base import JobState

STREAMS = "cbir.streams"
"""The key of the application's extension that counts open event streams."""
RETRY_S = 5

TOLD = {
    "description": "Server-sent events; comments where there is no news.",
    "content": {
        EVENT_STREAM: {
            "schema": {
                "type": "object",
                "required": ["id", "event", "data"],
                "properties": {
                    "id": {"type": "string", "description": "The job's version."},
                    "event": {"type": "string", "enum": ["progress", "end"]},
                    "data": {
                        "type": "string",
                        "contentMediaType": "application/json",
                        "contentSchema": {"$ref": f"{REF}{Job.__name__}"},
                    },
                },
            }
        }
    },
}
"""What an event stream is in the schema: one of its events (OpenAPI has no word for streams)."""

api = resource("jobs", "Jobs: long work, done by processes of their own. Who may start jobs may see them.")


@api.record
def _install(state: BlueprintSetupState) -> None:
    # an open stream keeps a thread; the others stay for requests
    threads = state.app.extensions[EXTENSION].settings.server_threads
    state.app.extensions[STREAMS] = threading.BoundedSemaphore(max(1, threads // 2))


@api.get("/jobs", responses=responses({200: JobList}))
@require(Role.WRITE)
def list_jobs(query: JobParameters) -> Response:
    """The jobs, latest first."""
    jobs = services().jobs
    state = JobState(query.state) if query.state else None
    return reply(
        JobList(
            jobs=[shown_job(job) for job in jobs.list(state, query.offset, query.limit)],
            total=jobs.count(state),
            offset=query.offset,
            limit=query.limit,
        )
    )


@api.get("/jobs/<id>", responses=responses({200: Job}))
@require(Role.WRITE)
def show_job(path: OneJob) -> Response:
    """A job."""
    return reply(shown_job(services().jobs.get(path.id)))


@api.get("/jobs/<id>/failures", responses=responses({200: FailureList}))
@require(Role.WRITE)
def list_failures(path: OneJob, query: Paging) -> Response:
    """Files that could not be taken in, with reason and remedy, in the order in which they were met."""
    jobs = services().jobs
    job = jobs.get(path.id)
    return reply(
        FailureList(
            failures=[shown_failure(one) for one in jobs.failures(path.id, query.offset, query.limit)],
            total=job.failed_count,
            offset=query.offset,
            limit=query.limit,
        )
    )


@api.get("/jobs/<id>/events", responses={**responses({204: None}), 200: TOLD})
@require(Role.WRITE)
def watch_job(path: OneJob) -> Response:
    """A job as server-sent events: its present state at once, then each change, `event: end` for the last one.

    `data` is the job as GET /jobs/{id} gives it. Whoever comes back with `Last-Event-ID` is not told the same again;
    204 says that there is nothing more to come, so that a browser does not come back.
    """
    jobs = services().jobs
    job = jobs.get(path.id)
    known = last_told(request.headers.get("Last-Event-ID", ""))
    if job.state.ended and job.version <= known:
        return Response(status=HTTPStatus.NO_CONTENT)
    streams = cast("threading.BoundedSemaphore", current_app.extensions[STREAMS])
    if not streams.acquire(blocking=False):
        raise ProblemError(
            "too-many-requests",
            "Too many event streams are open.",
            "Close one, or ask /api/v1/jobs/{id} now and then.",
            headers={"Retry-After": str(RETRY_S)},
        )
    states = jobs.events(path.id, known, beat_s=HEARTBEAT_S)
    events = told(states, known, partial(shown_job, scrub=scrubber()))
    answer = Response(events, content_type=EVENT_STREAM, headers={"X-Accel-Buffering": "no"})
    answer.call_on_close(streams.release)
    return answer


@api.post("/jobs/<id>/cancel", responses=responses({200: Job}, 409))
def cancel_job(path: OneJob) -> Response:
    """Stop a job, a running one within moments; what it has done stays, and it can be resumed."""
    return reply(shown_job(services().jobs.cancel(path.id)))


@api.post("/jobs/<id>/resume", responses=responses({200: Job}, 409))
def resume_job(path: OneJob) -> Response:
    """Go on with a job that failed, was cancelled or left files out; what it did is not done again."""
    return reply(shown_job(services().jobs.resume(path.id)))
