"""Writing a collection to a folder of open formats."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from cbir.disk.errors import Remedies, writing
from cbir.engines.base import StoredCollection, StoredExtractor
from cbir.errors import AlreadyExistsError
from cbir.ingest.report import Progress
from cbir.records import ImageRecord, shown_path

FORMAT = 1
PAGE = 512
REMEDIES = Remedies("Free some, or name another disk.", "Name another folder.", "Name another folder.")
COLUMNS = ("id", "path", "labels", "keywords", "caption", "width", "height", "format")


def matrix_file(folder: Path, extractor: str) -> Path:
    """Where an extractor's matrix stands in an export."""
    return folder / "vectors" / f"{extractor.replace(':', '__')}.npy"


def export(stored: StoredCollection, folder: Path, progress: Progress) -> int:
    """Write a collection to a new or empty folder; the number of images.

    Raises:
        AlreadyExistsError: the folder holds something.
        StorageError: it cannot be written.
    """
    with writing(folder, REMEDIES):
        if folder.exists() and any(folder.iterdir()):
            raise AlreadyExistsError(f"{shown_path(str(folder))} is not empty.", remedy="Name a new folder.")
        return _export(stored, folder, progress)


def _export(stored: StoredCollection, folder: Path, progress: Progress) -> int:
    (folder / "vectors").mkdir(parents=True, exist_ok=True)
    extractors = list(_complete(stored, progress))
    count = stored.count()
    progress.start("Exporting", count)
    matrices = {
        one.identity.name: np.lib.format.open_memmap(
            matrix_file(folder, one.identity.name), mode="w+", dtype="<f4", shape=(count, one.identity.dims)
        )
        for one in extractors
    }
    with (
        (folder / "records.csv").open("w", encoding="utf-8", errors="surrogateescape", newline="") as table,
        (folder / "records.json").open("w", encoding="ascii") as listing,
    ):
        row = 0
        for records in _write_records(_pages(stored, count), table, listing):
            ids = [record.id for record in records]
            for name, matrix in matrices.items():
                matrix[row : row + len(ids)] = stored.vectors(name, ids)
            row += len(ids)
            progress.advance(len(ids))
    for matrix in matrices.values():
        matrix.flush()
    description = {
        "format": FORMAT,
        "collection": stored.name,
        "images": count,
        "extractors": [one.identity.to_json() for one in extractors],
    }
    (folder / "collection.json").write_text(json.dumps(description, indent=2) + "\n", encoding="ascii")
    return count


def _complete(stored: StoredCollection, progress: Progress) -> Iterator[StoredExtractor]:
    """The extractors that every image has; the person is told of the others."""
    for one in stored.extractors():
        if one.complete:
            yield one
        else:
            name = one.identity.name
            progress.say(
                f"Left out: {name}, which {one.missing:,} images lack. "
                f"Complete it with `cbir collections add-extractor {stored.name} {name}`, and export again."
            )


def _pages(stored: StoredCollection, count: int) -> Iterator[list[ImageRecord]]:
    for offset in range(0, count, PAGE):
        yield stored.page(offset, PAGE)


def _write_records(pages: Iterator[list[ImageRecord]], table: TextIO, listing: TextIO) -> Iterator[list[ImageRecord]]:
    """Write each page to both files, and hand it on."""
    rows = csv.writer(table)
    rows.writerow(COLUMNS)
    listing.write("[")
    separator = "\n"
    for records in pages:
        for record in records:
            rows.writerow(
                (
                    *(record.id, record.path, ";".join(record.labels), ";".join(record.keywords), record.caption),
                    *(record.width, record.height, record.format),
                )
            )
            listing.write(separator + json.dumps(record_to_json(record)))
            separator = ",\n"
        yield records
    listing.write("\n]\n")


def record_to_json(record: ImageRecord) -> dict[str, Any]:
    """A record with all that is known, as a JSON object."""
    return {
        "id": record.id,
        "width": record.width,
        "height": record.height,
        "format": record.format,
        "labels": list(record.labels),
        "keywords": list(record.keywords),
        "caption": record.caption,
        "added_at": record.added_at.isoformat() if record.added_at else None,
        "locations": [
            {"path": one.path, "size": one.size, "mtime_ns": one.mtime_ns, "root": one.root}
            for one in record.locations
        ],
    }
