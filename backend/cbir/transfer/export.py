"""Writing a collection to a folder of open formats."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, BinaryIO, TextIO

import numpy as np

from cbir.disk.errors import Remedies, writing
from cbir.engines.base import StoredCollection, StoredExtractor
from cbir.errors import AlreadyExistsError, ConflictError
from cbir.ingest.labels import SPLIT
from cbir.progress import Progress
from cbir.records import ImageRecord, shown_path

FORMAT = 1
VECTORS, TABLE, LISTING, DESCRIPTION = "vectors", "records.csv", "records.json", "collection.json"
PAGE = 1024
REMEDIES = Remedies("Free some, or name another disk.", "Name another folder.", "Name another folder.")
COLUMNS = ("id", "path", "labels", "keywords", "caption", "width", "height", "format")


def matrix_file(folder: Path, extractor: str) -> Path:
    """Where an extractor's matrix stands in an export."""
    return folder / VECTORS / f"{extractor.replace(':', '__')}.npy"


def export(stored: StoredCollection, folder: Path, progress: Progress) -> int:
    """Write a collection to a new or empty folder; the number of images. What fails leaves nothing behind.

    Raises:
        AlreadyExistsError: the folder holds something.
        ConflictError: images came or went meanwhile.
        StorageError: it cannot be written.
    """
    with writing(folder, REMEDIES):
        existed = folder.exists()
        if existed and any(folder.iterdir()):
            raise AlreadyExistsError(f"{shown_path(str(folder))} is not empty.", remedy="Name a new folder.")
        try:
            return _export(stored, folder, progress)
        except BaseException:
            _discard(folder, keep=existed)
            raise


def _discard(folder: Path, *, keep: bool) -> None:
    """Take away what was written; what others put there meanwhile stays."""
    shutil.rmtree(folder / VECTORS, ignore_errors=True)
    with suppress(OSError):
        for name in (TABLE, LISTING, DESCRIPTION):
            (folder / name).unlink(missing_ok=True)
        if not keep:
            folder.rmdir()


def _export(stored: StoredCollection, folder: Path, progress: Progress) -> int:
    (folder / VECTORS).mkdir(parents=True, exist_ok=True)
    extractors = list(_complete(stored, progress))
    count = stored.count()
    progress.start("Exporting", count)
    with (
        (folder / TABLE).open("w", encoding="utf-8", errors="surrogateescape", newline="") as table,
        (folder / LISTING).open("w", encoding="ascii") as listing,
        ExitStack() as stack,
    ):
        matrices = {one.identity.name: stack.enter_context(_matrix(folder, one, count)) for one in extractors}
        rows = 0
        for records in _write_records(stored.walk(PAGE), table, listing):
            ids = [record.id for record in records]
            for name, matrix in matrices.items():
                matrix.write(stored.vectors(name, ids).astype("<f4", copy=False).data)
            rows += len(ids)
            progress.advance(len(ids))
    if rows != count:
        raise ConflictError(f"Images of '{stored.name}' came or went meanwhile.", remedy="Export it again.")
    description = {
        "format": FORMAT,
        "collection": stored.name,
        "images": count,
        "extractors": [one.identity.to_json() for one in extractors],
    }
    (folder / DESCRIPTION).write_text(json.dumps(description, indent=2) + "\n", encoding="ascii")
    return count


def _matrix(folder: Path, extractor: StoredExtractor, count: int) -> BinaryIO:
    """A matrix file to which ``count`` rows are to be written."""
    file = matrix_file(folder, extractor.identity.name).open("wb")
    shape = (count, extractor.identity.dims)
    np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": shape})
    return file


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


def _write_records(pages: Iterator[list[ImageRecord]], table: TextIO, listing: TextIO) -> Iterator[list[ImageRecord]]:
    """Write each page to both files, and hand it on."""
    rows = csv.writer(table)
    rows.writerow(COLUMNS)
    listing.write("[")
    separator = "\n"
    for records in pages:
        for record in records:
            rows.writerow(record_to_row(record).values())
            listing.write(separator + json.dumps(record_to_json(record)))
            separator = ",\n"
        yield records
    listing.write("\n]\n")


def record_to_row(record: ImageRecord) -> dict[str, str]:
    """A record as a row of the table, by column."""
    return {
        "id": record.id,
        "path": record.path,
        "labels": SPLIT.join(record.labels),
        "keywords": SPLIT.join(record.keywords),
        "caption": record.caption,
        "width": str(record.width),
        "height": str(record.height),
        "format": record.format,
    }


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
