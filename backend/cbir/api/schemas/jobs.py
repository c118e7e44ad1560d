"""Jobs over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from cbir.api.schemas.addresses import Page, Paging
from cbir.api.schemas.base import Output, PathParameters

State = Literal["queued", "running", "done", "failed", "cancelled"]


class Job(Output):
    """Work that a process of its own does."""

    id: str
    kind: str
    collection: str
    state: State
    task: str = Field(description="What it is doing, or did last.")
    done: int = Field(description="Steps of the task that are done.")
    total: int | None = Field(description="Steps of the task, where that is known.")
    rate: float | None = Field(description="Steps a second.")
    eta_s: float | None = Field(description="Seconds that the task will probably take from now.")
    message: str = Field(description="Why it failed, or what else a person should know.")
    remedy: str
    failed: int = Field(description="Files that could not be taken in; see `failures`.")
    result: Any = Field(description="What came of it, by its kind; null before its end.")
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    cancel_requested: bool
    resumable: bool = Field(description="Whether it ended without having done all of its work.")


class JobParameters(Paging):
    """Which jobs, and which part of them."""

    state: State | None = None


class JobList(Page):
    """Jobs, latest first."""

    jobs: list[Job]


class OneJob(PathParameters):
    """A job."""

    id: Annotated[str, Field(min_length=1, max_length=100, description="The job.")]


class Failure(Output):
    """A file that could not be taken in."""

    path: str = Field(description="Below the folder that was indexed.")
    reason: str
    remedy: str


class FailureList(Page):
    """Files that could not be taken in."""

    failures: list[Failure]
