"""Jobs as they are answered: without paths of the server."""

from __future__ import annotations

from typing import Any, cast

from flask import current_app

from cbir.api.schemas import jobs as schema
from cbir.api.scrubbing import Scrubber
from cbir.ingest.walk import Failure
from cbir.jobs.base import Job
from cbir.records import shown_path


def shown_job(job: Job, scrub: Scrubber | None = None) -> schema.Job:
    """A job for a client; ``scrub`` where no request is being answered."""
    return schema.Job(
        id=job.id,
        kind=job.kind,
        collection=job.collection,
        state=job.state.value,
        task=scrubbed(job.task, scrub),
        done=job.done,
        total=job.total,
        rate=job.rate,
        eta_s=job.eta_s,
        message=scrubbed(job.message, scrub),
        remedy=scrubbed(job.remedy, scrub),
        failed=job.failed_count,
        result=scrubbed(job.result, scrub),
        created_at=job.created_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
        cancel_requested=job.cancel_requested,
        resumable=job.resumable,
    )


def scrubbed(value: Any, scrub: Scrubber | None = None) -> Any:
    """A JSON value whose texts name no folder of the server; ``scrub`` where no request is being answered."""
    scrub = scrub or scrubber()
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, list):
        return [scrubbed(one, scrub) for one in value]
    if isinstance(value, dict):
        return {key: scrubbed(one, scrub) for key, one in value.items()}
    return value


def scrubber() -> Scrubber:
    """What takes paths out of texts in the application that answers the current request."""
    return cast("Scrubber", current_app.extensions["cbir.scrubber"])


def shown_failure(failure: Failure) -> schema.Failure:
    """A file that could not be taken in, for a client."""
    return schema.Failure(
        path=scrubbed(shown_path(failure.path)), reason=scrubbed(failure.reason), remedy=scrubbed(failure.remedy)
    )
