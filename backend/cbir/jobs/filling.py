"""Jobs that bring images into a collection: from folders of the server's machine, and from uploads."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from cbir.collection import Collection
from cbir.images.words import clean_keywords
from cbir.ingest import indexing
from cbir.ingest.labels import Labels
from cbir.ingest.opening import labels_for, open_for_indexing
from cbir.ingest.walk import Failure, of_files, walk
from cbir.jobs import arguments as read
from cbir.jobs.kinds import Work
from cbir.jobs.showing import named_failure, shown_failure, shown_report
from cbir.uploads.names import shown_name

NO_UPLOAD = "It is not among the uploads of the collection."


class Index:
    """Make the images below folders searchable, as `cbir index` does; the collection is made where it is missing."""

    FIELDS: Mapping[str, read.Field] = {
        "paths": read.Field(read.paths),
        "extractors": read.Field(read.extractors, ()),
        "labels": read.Field(read.path, None),
        "remove_missing": read.Field(read.flag, default=False),
        "replace_changed": read.Field(read.flag, default=False),
    }

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """See `JobKind`. `labels` is the path of a table."""
        return read.checked(arguments, self.FIELDS)

    def run(self, work: Work) -> dict[str, Any]:
        """See `JobKind`; the report as `cbir index --json` prints it, with paths below the folders."""
        asked, progress = work.arguments, work.progress
        labels = [asked["labels"]] if asked["labels"] else []
        progress.hide(map(os.path.abspath, [*asked["paths"], *map(os.path.dirname, labels)]))
        progress.start("Scanning", None)
        scan = walk(asked["paths"])
        options = indexing.IndexOptions(
            labels=labels_for(asked["paths"], asked["labels"], progress),
            remove_missing=asked["remove_missing"],
            replace_changed=asked["replace_changed"],
            batch_size=work.library.settings.batch_size,
        )

        def tell(failure: Failure) -> None:
            progress.fail(shown_failure(failure))

        with open_for_indexing(work.library, work.collection, asked["extractors"], progress) as opened:
            report = indexing.index(opened, scan, options, progress, tell)
        return shown_report(report, scan.roots)


class Upload:
    """Make uploaded pictures searchable in a collection that is there. Their names become keywords; labels are added
    to those they have.
    """

    FIELDS: Mapping[str, read.Field] = {
        "uploads": read.Field(read.uploads),
        "labels": read.Field(read.labels, ()),
    }

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """See `JobKind`. Each upload has the `path` where it is kept and the `name` that the client gave it."""
        return read.checked(arguments, self.FIELDS)

    def run(self, work: Work) -> dict[str, Any]:
        """See `JobKind`; the report as `cbir index --json` prints it, with the names that were given."""
        sent: dict[str, list[str]] = {}
        for upload in work.arguments["uploads"]:
            sent.setdefault(upload["path"], []).append(shown_name(upload["name"]))
        names = {path: named[0] for path, named in sent.items()}
        ours = [path for path in sent if work.uploads.is_upload(path, work.collection)]
        scan = of_files(ours, str(work.uploads.folder(work.collection)))
        scan.failures += [Failure(path, NO_UPLOAD, "Send it again.") for path in sent if path not in ours]

        def tell(failure: Failure) -> None:
            work.progress.fail(named_failure(failure, names))

        with work.library.open(work.collection, write=True) as opened:
            options = indexing.IndexOptions(
                labels=_described(opened, {path: sent[path] for path in ours}, work.arguments["labels"]),
                batch_size=work.library.settings.batch_size,
            )
            report = indexing.index(opened, scan, options, work.progress, tell)
        report.failed = [named_failure(failure, names) for failure in report.failed]
        return shown_report(report, ())


def _described(collection: Collection, sent: Mapping[str, list[str]], labels: Iterable[str]) -> dict[str, Labels]:
    """What is to be noted of each file: its names, and the labels that are new with those that are there."""
    ids = {path: os.path.splitext(os.path.basename(path))[0] for path in sent}
    known = {record.id: record.labels for record in collection.stored.get(list(ids.values())) if record}
    return {
        path: Labels(tuple(sorted({*labels, *known.get(ids[path], ())})), clean_keywords(names))
        for path, names in sent.items()
    }
