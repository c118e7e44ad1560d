"""Jobs on a collection as a whole: another descriptor, room on the disk, health."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cbir.doctor import examine_collection
from cbir.engines.naming import unknown
from cbir.errors import CbirError
from cbir.extractors import EXTRACTORS
from cbir.ingest.describing import backfill
from cbir.ingest.walk import Failure
from cbir.jobs import arguments as read
from cbir.jobs.kinds import Work
from cbir.jobs.showing import shown_failure, without_folders


class AddExtractor:
    """Add a descriptor to a collection, or go on with one that was begun."""

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """See `JobKind`."""
        return read.checked(arguments, {"extractor": read.Field(read.extractor)})

    def run(self, work: Work) -> dict[str, Any]:
        """See `JobKind`; `images` of the collection and how many of them are `described`."""
        name, progress = work.arguments["extractor"], work.progress

        def tell(failure: Failure) -> None:
            progress.fail(shown_failure(failure))

        with work.library.open(work.collection, write=True) as opened:
            if name not in opened.extractors():
                opened.stored.add_extractor(EXTRACTORS.get(name).identity(work.library.weights))
            size = work.library.settings.batch_size
            failures = backfill(opened, name, batch_size=size, progress=progress, on_failure=tell)
            count = opened.stored.count()
        if failures:
            progress.say(f"{name} can be searched once the files that failed are dealt with and this job is resumed.")
        return {
            "collection": work.collection,
            "extractor": name,
            "images": count,
            "described": count - len(failures),
        }


class _Plain:
    """A kind that takes no arguments."""

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """See `JobKind`."""
        return read.checked(arguments, {})


class Compact(_Plain):
    """Give back the disk space of images that were removed."""

    def run(self, work: Work) -> dict[str, Any]:
        """See `JobKind`."""
        work.progress.start("Compacting", None)
        with work.library.open(work.collection, write=True) as opened:
            return {"collection": work.collection, "bytes_given_back": opened.stored.compact()}


class Rebuild(_Plain):
    """Write a collection anew in the form of this version."""

    def run(self, work: Work) -> dict[str, Any]:
        """See `JobKind`."""
        freed = work.library.engine.rebuild(work.collection, work.progress)
        return {"collection": work.collection, "bytes_given_back": freed}


class Check(_Plain):
    """Examine the health of a collection."""

    def run(self, work: Work) -> dict[str, Any]:
        """See `JobKind`; `findings`, each with severity, message and remedy."""
        work.progress.start("Examining", None)
        known = work.library.engine.collections()
        if work.collection not in known:
            raise unknown(work.collection, known)
        folders = _folders(work)
        work.progress.hide(folders)
        findings: list[dict[str, str]] = []
        for finding in examine_collection(work.library, work.collection, thorough=True):
            findings.append(
                {
                    "severity": finding.severity.value,
                    "message": without_folders(finding.message, folders),
                    "remedy": without_folders(finding.remedy, folders),
                }
            )
            work.progress.advance()
        return {"collection": work.collection, "findings": findings}


def _folders(work: Work) -> list[str]:
    """Folders whose place on the server is nobody's business: the program's, and those that were indexed."""
    settings = work.library.settings
    own = [str(settings.data_dir), str(settings.cache_dir), str(settings.weights_dir)]
    try:
        with work.library.open(work.collection) as opened:
            return [*own, *{location.root for location, _ in opened.stored.locations() if location.root}]
    except CbirError:
        return own
