"""The queue of jobs on disk, which outlives every process that uses it."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cbir.engines.naming import require_name
from cbir.errors import ConflictError, NotFoundError
from cbir.ingest.walk import Failure
from cbir.jobs import rows
from cbir.jobs.base import Job, JobState
from cbir.jobs.database import Database
from cbir.jobs.kinds import JOB_KINDS

FILE = "jobs.sqlite"
"""Below the data folder."""
KEPT_JOBS = 1000
"""Ended jobs are forgotten after `KEPT_DAYS`, and earlier where there are more than so many."""
POLL_S = 0.25


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the current task of a job is."""

    task: str = ""
    done: int = 0
    total: int | None = None
    rate: float | None = None
    eta_s: float | None = None
    message: str = ""


class JobStore:
    """Jobs of one data folder. Any number of processes and threads may use the same file."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path)

    def close(self) -> None:
        """Close what is open; it opens again by itself."""
        self._database.close()

    # -- for those who ask ---------------------------------------------------------------------------------

    def add(self, kind: str, collection: str, arguments: Mapping[str, Any]) -> Job:
        """Queue a job.

        Raises:
            UnknownNameError: no kind is called so, or an argument names something unknown.
            InvalidRequestError: an argument, or the collection's name, cannot be; the message names it.
        """
        require_name(collection)
        checked = JOB_KINDS.get(kind).check(arguments)
        job_id = secrets.token_hex(8)
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO jobs (id, place, kind, collection, arguments, state, created_at) "
                "VALUES (?, (SELECT coalesce(max(place), 0) + 1 FROM jobs), ?, ?, ?, ?, ?)",
                (job_id, kind, collection, json.dumps(checked), JobState.QUEUED.value, rows.now()),
            )
            return rows.get(connection, job_id)

    def get(self, id: str) -> Job:
        """One job.

        Raises:
            NotFoundError: there is none of this id.
        """
        with self._database.reading() as connection:
            return rows.get(connection, id)

    def list(
        self, state: JobState | None = None, offset: int = 0, limit: int = 100, collection: str | None = None
    ) -> list[Job]:
        """Jobs in this state (and of this collection), latest first."""
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT * FROM jobs WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR collection = ?2) "
                "ORDER BY number DESC LIMIT ?3 OFFSET ?4",
                (state.value if state else None, collection, limit, offset),
            )
            return [rows.as_job(row) for row in found]

    def count(self, state: JobState | None = None, collection: str | None = None) -> int:
        """How many jobs are in this state (and of this collection)."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT count(*) FROM jobs WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR collection = ?2)",
                (state.value if state else None, collection),
            ).fetchone()
            return int(row[0])

    def failures(self, id: str, offset: int = 0, limit: int = 100) -> Sequence[Failure]:
        """Files that a job could not deal with, in the order in which they were met.

        Raises:
            NotFoundError: there is no such job.
        """
        with self._database.reading() as connection:
            rows.get(connection, id)
            found = connection.execute(
                "SELECT path, reason, failures.remedy FROM failures JOIN jobs USING (number) WHERE id = ? "
                "ORDER BY position LIMIT ? OFFSET ?",
                (id, limit, offset),
            )
            return [Failure(*row) for row in found]

    def cancel(self, id: str) -> Job:
        """Take a job out of the queue, or ask a running one to stop, which it does within moments.

        Raises:
            NotFoundError: there is no such job.
            ConflictError: it has ended.
        """
        with self._database.writing() as connection:
            job = rows.get(connection, id)
            if job.state.ended:
                raise ConflictError("The job has ended already.", remedy="Nothing has to be done.")
            if job.state is JobState.QUEUED:
                rows.end(connection, id, JobState.CANCELLED, *rows.CANCELLED)
            elif not job.cancel_requested:
                connection.execute("UPDATE jobs SET cancel_requested = 1, version = version + 1 WHERE id = ?", (id,))
            return rows.get(connection, id)

    def resume(self, id: str) -> Job:
        """Queue a job again that failed, was cancelled, or left files out. What it did before is not done again.

        Raises:
            NotFoundError: there is no such job.
            ConflictError: it has not ended, or has done all there was.
        """
        with self._database.writing() as connection:
            job = rows.get(connection, id)
            if not job.resumable:
                why = "has done all of its work" if job.state.ended else "has not ended yet"
                raise ConflictError(f"The job {why}.", remedy="Jobs that failed or were cancelled can be resumed.")
            connection.execute("DELETE FROM failures WHERE number = (SELECT number FROM jobs WHERE id = ?)", (id,))
            connection.execute(
                "UPDATE jobs SET state = ?, place = (SELECT max(place) + 1 FROM jobs), task = '', done = 0, "
                "total = NULL, rate = NULL, eta_s = NULL, message = '', remedy = '', failed_count = 0, "
                "result = NULL, started_at = NULL, ended_at = NULL, cancel_requested = 0, "
                "version = version + 1 WHERE id = ?",
                (JobState.QUEUED.value, id),
            )
            return rows.get(connection, id)

    def events(self, id: str, after: int = 0, *, beat_s: float | None = None) -> Iterator[Job]:
        """The job whenever it has changed, until it has ended or was forgotten.

        Args:
            id: which.
            after: the version that is known already.
            beat_s: yield it also after so many seconds without a change, so that a caller can see whether anybody
                still listens.

        Raises:
            NotFoundError: there is no such job to begin with.
        """
        job = self.get(id)
        yielded_at = time.monotonic()
        while True:
            if job.version > after or (beat_s is not None and time.monotonic() - yielded_at >= beat_s):
                yield job
                after, yielded_at = job.version, time.monotonic()
            if job.state.ended:
                return
            time.sleep(POLL_S)
            try:
                job = self.get(id)
            except NotFoundError:
                return

    # -- for those who do the work -------------------------------------------------------------------------

    def claim(self) -> Job | None:
        """Begin the job that waits longest of those whose collection no other job is running on, if there is one."""
        with self._database.writing() as connection:
            row = connection.execute(
                "SELECT id FROM jobs WHERE state = ?1 AND collection NOT IN "
                "(SELECT collection FROM jobs WHERE state = ?2) ORDER BY place LIMIT 1",
                (JobState.QUEUED.value, JobState.RUNNING.value),
            ).fetchone()
            if row is None:
                return None
            # what an interrupted attempt met is met again
            connection.execute("DELETE FROM failures WHERE number = (SELECT number FROM jobs WHERE id = ?)", row)
            connection.execute(
                "UPDATE jobs SET state = ?, started_at = ?, task = '', done = 0, total = NULL, rate = NULL, "
                "eta_s = NULL, message = '', failed_count = 0, version = version + 1 WHERE id = ?",
                (JobState.RUNNING.value, rows.now(), row["id"]),
            )
            return rows.get(connection, row["id"])

    def progress(self, id: str, standing: Standing, failures: Sequence[Failure] = ()) -> bool:
        """Write down how far a running job is, and further files that failed; whether it is to go on."""
        with self._database.writing() as connection:
            row = connection.execute(
                "SELECT number, failed_count, cancel_requested FROM jobs WHERE id = ? AND state = ?",
                (id, JobState.RUNNING.value),
            ).fetchone()
            if row is None:
                return False
            number, count, cancel_requested = row
            connection.executemany(
                "INSERT INTO failures VALUES (?, ?, ?, ?, ?)",
                [(number, count + at, one.path, one.reason, one.remedy) for at, one in enumerate(failures)],
            )
            connection.execute(
                "UPDATE jobs SET task = ?, done = ?, total = ?, rate = ?, eta_s = ?, message = ?, failed_count = ?, "
                "version = version + 1 WHERE number = ?",
                (
                    *(standing.task, standing.done, standing.total, standing.rate, standing.eta_s, standing.message),
                    *(count + len(failures), number),
                ),
            )
            return not cancel_requested

    def finish(self, id: str, result: Any) -> None:
        """A running job has done its work."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE jobs SET result = ?, state = ?, ended_at = ?, rate = NULL, eta_s = NULL, "
                "version = version + 1 WHERE id = ? AND state = ?",
                (json.dumps(result), JobState.DONE.value, rows.now(), id, JobState.RUNNING.value),
            )

    def fail(self, id: str, message: str, remedy: str) -> None:
        """A running job cannot go on."""
        with self._database.writing() as connection:
            rows.stop(connection, id, JobState.FAILED, message, remedy)

    def cancelled(self, id: str) -> None:
        """A running job has stopped as it was asked to."""
        with self._database.writing() as connection:
            rows.stop(connection, id, JobState.CANCELLED, *rows.CANCELLED)

    def put_back(self, id: str) -> None:
        """A running job was interrupted and waits at its old place again, unless it was to be cancelled anyway."""
        with self._database.writing() as connection:
            if rows.get(connection, id).cancel_requested:
                rows.stop(connection, id, JobState.CANCELLED, *rows.CANCELLED)
                return
            connection.execute(
                "UPDATE jobs SET state = ?, rate = NULL, eta_s = NULL, started_at = NULL, version = version + 1 "
                "WHERE id = ? AND state = ?",
                (JobState.QUEUED.value, id, JobState.RUNNING.value),
            )

    def remove_ended(self, now: datetime | None = None) -> int:
        """Forget jobs that ended long ago; how many."""
        before = rows.as_text((now or datetime.now(UTC)) - timedelta(days=rows.KEPT_DAYS))
        with self._database.writing() as connection:
            return connection.execute(
                "DELETE FROM jobs WHERE ended_at < ? OR number IN (SELECT number FROM jobs "
                "WHERE ended_at IS NOT NULL ORDER BY ended_at DESC, number DESC LIMIT -1 OFFSET ?)",
                (before, KEPT_JOBS),
            ).rowcount
