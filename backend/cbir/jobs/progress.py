"""How far a job is, written down a few times a second, and where it learns that it is to end."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace

from cbir.ingest.walk import Failure
from cbir.jobs.showing import without_folders
from cbir.jobs.store import JobStore, Standing

WRITE_S = 0.25
"""At least so long between two writes."""
RATE_S = 10.0
"""Over so long the rate is taken."""


class Cancelled(BaseException):
    """The job is to end because it was cancelled."""


class Stopped(BaseException):
    """The job is to end and will go on at another time."""


class JobProgress:
    """A `Watcher` that writes to the store.

    Every method that tells of the work may raise `Cancelled` or `Stopped`, after what it was told is written down.
    """

    def __init__(
        self,
        store: JobStore,
        job_id: str,
        stopping: threading.Event,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._id = job_id
        self._stopping = stopping
        self._clock = clock
        self._standing = Standing()
        self._failures: list[Failure] = []
        self._folders: set[str] = set()
        self._marks: deque[tuple[float, int]] = deque()
        self._waiting = ""
        self._written_at = -WRITE_S

    def start(self, task: str, total: int | None) -> None:
        """See `Progress`."""
        self._standing = Standing(task=task, total=total, message=self._standing.message)
        self._marks.clear()
        self._marks.append((self._clock(), 0))
        self._write()

    def advance(self, steps: int = 1) -> None:
        """See `Progress`."""
        self.go_on()
        self._standing = replace(self._standing, done=self._standing.done + steps)
        self._write_if_due()

    def say(self, text: str) -> None:
        """See `Progress`; the last remark is the job's message."""
        self._standing = replace(self._standing, message=self.shown(text))
        self._write_if_due()

    def wait(self, text: str) -> None:
        """Say what the job waits for; the remark is dropped when the work goes on."""
        self._waiting = self.shown(text)
        self.say(text)

    def go_on(self) -> None:
        """Nothing is waited for any more."""
        if self._waiting and self._standing.message == self._waiting:
            self._standing = replace(self._standing, message="")
        self._waiting = ""

    def fail(self, failure: Failure) -> None:
        """See `Watcher`."""
        self._failures.append(Failure(failure.path, self.shown(failure.reason), self.shown(failure.remedy)))
        self._write_if_due()

    def hide(self, folders: Iterable[str]) -> None:
        """See `Watcher`."""
        self._folders.update(folders)

    def shown(self, text: str) -> str:
        """Text without the places of hidden folders."""
        return without_folders(text, self._folders)

    def flush(self) -> bool:
        """Write down what was told; whether the job is to go on."""
        now = self._clock()
        rate = self._rate(now)
        left = None if self._standing.total is None else max(0, self._standing.total - self._standing.done)
        eta = left / rate if rate and left is not None else None
        goes_on = self._store.progress(self._id, replace(self._standing, rate=rate, eta_s=eta), self._failures)
        self._failures = []
        self._written_at = now
        return goes_on

    def _write_if_due(self) -> None:
        if self._stopping.is_set() or self._clock() - self._written_at >= WRITE_S:
            self._write()

    def _write(self) -> None:
        goes_on = self.flush()
        if not goes_on:
            raise Cancelled
        if self._stopping.is_set():
            raise Stopped

    def _rate(self, now: float) -> float | None:
        """Steps a second since the oldest mark of the last seconds; None before anything is done."""
        self._marks.append((now, self._standing.done))
        while len(self._marks) > 2 and now - self._marks[1][0] >= RATE_S:  # noqa: PLR2004 — two make a rate
            self._marks.popleft()
        then, before = self._marks[0]
        if now <= then or self._standing.done <= before:
            return None
        return (self._standing.done - before) / (now - then)
