"""The kinds of jobs: what each takes and does. Other packages add theirs under the entry points `cbir.job_kinds`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from cbir.collection import Library
from cbir.ingest.walk import Failure
from cbir.progress import Progress
from cbir.registry import Registry
from cbir.uploads import Uploads


class Watcher(Progress, Protocol):
    """Where a job says how far it is and what it could not do.

    Its methods may raise, between two steps, what ends the work; it is no `Exception`, and what was committed stays.
    """

    def fail(self, failure: Failure) -> None:
        """A file could not be dealt with; its path is written as a person may see it."""

    def hide(self, folders: Iterable[str]) -> None:
        """Name these folders by their last name only in all that is said."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a job works with."""

    library: Library
    uploads: Uploads
    collection: str
    arguments: Mapping[str, Any]
    """As `JobKind.check` returned them."""
    progress: Watcher


class JobKind(Protocol):
    """One kind of job. Running it again goes on with what an earlier run left."""

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments with defaults filled in, JSON values all.

        Raises:
            InvalidRequestError, UnknownNameError: one that cannot be; the message names it.
        """

    def run(self, work: Work) -> dict[str, Any]:
        """Do it; a JSON value that says what was done.

        Raises:
            CbirError: it cannot be done.
        """


JOB_KINDS: Registry[JobKind] = Registry("kind of job", group="cbir.job_kinds")


def _index() -> JobKind:
    from cbir.jobs.filling import Index

    return Index()


def _upload() -> JobKind:
    from cbir.jobs.filling import Upload

    return Upload()


def _add_extractor() -> JobKind:
    from cbir.jobs.upkeep import AddExtractor

    return AddExtractor()


def _compact() -> JobKind:
    from cbir.jobs.upkeep import Compact

    return Compact()


def _check() -> JobKind:
    from cbir.jobs.upkeep import Check

    return Check()


def _rebuild() -> JobKind:
    from cbir.jobs.upkeep import Rebuild

    return Rebuild()


JOB_KINDS.register("index", _index)
JOB_KINDS.register("upload", _upload)
JOB_KINDS.register("add-extractor", _add_extractor)
JOB_KINDS.register("compact", _compact)
JOB_KINDS.register("check", _check)
JOB_KINDS.register("rebuild", _rebuild)
