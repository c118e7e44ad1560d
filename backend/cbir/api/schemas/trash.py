"""The trash over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from cbir.api.schemas.addresses import Page
from cbir.api.schemas.base import Output, PathParameters
from cbir.api.schemas.jobs import Job


class Entry(Output):
    """Uploaded copies that were thrown away together."""

    id: str
    collection: str
    thrown_at: datetime
    files: int
    size: int = Field(description="Bytes.")


class EntryList(Page):
    """The trash, latest first."""

    entries: list[Entry]


class OneEntry(PathParameters):
    """An entry of the trash."""

    entry: Annotated[str, Field(pattern=r"^[0-9]{8}T[0-9]{12}-[0-9a-f]{8}$")]


class Emptied(Output):
    """What emptying gave back."""

    bytes: int


class Restored(Output):
    """Files that are back, and the job that makes them searchable again."""

    collection: str
    files: int
    job: Job
