"""Jobs as rows of their table: read, and ended."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime

from cbir.errors import NotFoundError
from cbir.jobs.base import Job, JobState

KEPT_DAYS = 30
CANCELLED = ("Cancelled; what was done stays.", "Resume the job to go on.")
"""Message and remedy."""


def stop(connection: sqlite3.Connection, id: str, state: JobState, message: str, remedy: str) -> None:
    """End a job that is running; one that is not stays as it is."""
    if get(connection, id).state is JobState.RUNNING:
        end(connection, id, state, message, remedy)


def end(connection: sqlite3.Connection, id: str, state: JobState, message: str, remedy: str) -> None:
    """End a job in this state."""
    connection.execute(
        "UPDATE jobs SET state = ?, message = ?, remedy = ?, ended_at = ?, rate = NULL, eta_s = NULL, "
        "version = version + 1 WHERE id = ?",
        (state.value, message, remedy, now(), id),
    )


def get(connection: sqlite3.Connection, id: str) -> Job:
    """One job. Raises NotFoundError."""
    row = connection.execute("SELECT * FROM jobs WHERE id = ?", (id,)).fetchone()
    if row is None:
        raise NotFoundError(
            "There is no such job.", remedy=f"Ended jobs are forgotten after {KEPT_DAYS} days; list those there are."
        )
    return as_job(row)


def as_job(row: sqlite3.Row) -> Job:
    """A row as a job."""
    values = {name: row[name] for name in row.keys() if name not in {"number", "place"}}  # noqa: SIM118 — rows iterate over values
    return Job(
        **values
        | {
            "arguments": json.loads(row["arguments"]),
            "result": None if row["result"] is None else json.loads(row["result"]),
            "state": JobState(row["state"]),
            "cancel_requested": bool(row["cancel_requested"]),
            "created_at": datetime.fromisoformat(row["created_at"]),
            "started_at": _time(row["started_at"]),
            "ended_at": _time(row["ended_at"]),
        }
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def now() -> str:
    """The time as text."""
    return as_text(datetime.now(UTC))


def as_text(time: datetime) -> str:
    """A time as text that sorts like it."""
    return time.isoformat(timespec="microseconds")
