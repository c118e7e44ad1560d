"""A job told as server-sent events (WHATWG HTML, 9.2)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from cbir.api.schemas import jobs as schema
from cbir.jobs.base import Job

EVENT_STREAM = "text/event-stream"
HEARTBEAT_S = 15.0
"""After so long without news a comment is sent: it shows whether anybody still listens, and that we still speak."""
LONGEST_S = 3600.0
"""After so long a stream ends; a browser comes back by itself."""


def told(
    states: Iterator[Job],
    known: int,
    show: Callable[[Job], schema.Job],
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[str]:
    """Events of a job, one a version that the client does not know, and a comment where there is no news.

    Args:
        states: the job, again and again.
        known: the latest version that the client was told.
        show: makes a job fit for a client.
        clock: the seconds by now.
    """
    started = clock()
    for job in states:
        if job.version > known:
            name = "end" if job.state.ended else "progress"
            yield f"id: {job.version}\nevent: {name}\ndata: {show(job).model_dump_json()}\n\n"
            known = job.version
        else:
            yield ": no news\n\n"
        if clock() - started > LONGEST_S:
            return


def last_told(header: str) -> int:
    """The version in a `Last-Event-ID`; 0 for none, or for one that is not of ours."""
    return int(header) if header.isascii() and header.isdigit() and len(header) < 19 else 0  # noqa: PLR2004 — what SQLite holds
