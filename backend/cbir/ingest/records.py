"""Pure changes of records: united, relabelled, without some of their files."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from cbir.ingest.labels import Labels
from cbir.records import ImageRecord, in_path_order


def is_below(path: str, roots: Iterable[str]) -> bool:
    """Whether a path is one of ``roots`` or inside one."""
    return any(path == root or path.startswith(root.rstrip(os.sep) + os.sep) for root in roots)


def united(records: Sequence[ImageRecord]) -> ImageRecord:
    """The first record with the locations, labels and keywords of all, and the first caption there is."""
    labels = {label for record in records for label in record.labels}
    keywords = dict.fromkeys(keyword for record in records for keyword in record.keywords)
    return replace(
        records[0],
        locations=in_path_order(location for record in records for location in record.locations),
        labels=tuple(sorted(labels)),
        keywords=tuple(keywords),
        caption=next((record.caption for record in records if record.caption), ""),
    )


def relabelled(record: ImageRecord, table: Mapping[str, Labels]) -> ImageRecord:
    """The record with what a table says of its files.

    Labels are replaced where the table names all of the image's files, and united with those it has otherwise;
    keywords are added; a caption is replaced by one that the table gives.
    """
    rows = [row for location in record.locations if (row := table.get(location.path))]
    if not rows:
        return record
    labels = {label for row in rows for label in row.labels}
    if len(rows) < len(record.locations):
        labels |= set(record.labels)
    keywords = dict.fromkeys((*record.keywords, *(keyword for row in rows for keyword in row.keywords)))
    caption = next((row.caption for row in rows if row.caption), record.caption)
    return replace(record, labels=tuple(sorted(labels)), keywords=tuple(keywords), caption=caption)


def without_locations(record: ImageRecord, paths: Collection[str]) -> ImageRecord:
    """The record less some of its files."""
    return replace(record, locations=tuple(one for one in record.locations if one.path not in paths))
