"""What a job is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any


class JobState(Enum):
    """Where a job is. From queued it goes to running, from running to an end; an ended one can be queued again."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more happens unless it is resumed."""
        return self in ENDED


ENDED = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it is at one moment."""

    id: str
    kind: str
    """A name of `JOB_KINDS`."""
    collection: str
    arguments: Mapping[str, Any]
    """What the kind was asked to do; JSON values."""
    state: JobState
    task: str
    """What is being done now."""
    done: int
    """Steps of the task that are done."""
    total: int | None
    """Steps of the task, where that is known."""
    rate: float | None
    """Steps a second, lately."""
    eta_s: float | None
    """Seconds until the task is done, at that rate."""
    message: str
    """The last remark on the work, or why it failed."""
    remedy: str
    failed_count: int
    """Files that could not be dealt with; `JobStore.failures` lists them."""
    result: Any
    """What it came to, a JSON value; None before it is done."""
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    cancel_requested: bool
    version: int
    """Grows with every change."""

    @property
    def resumable(self) -> bool:
        """Whether it can be queued again: it ended without having done all of its work."""
        return self.state in {JobState.FAILED, JobState.CANCELLED} or (
            self.state is JobState.DONE and self.failed_count > 0
        )
