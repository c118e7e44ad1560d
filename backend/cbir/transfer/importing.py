"""Reading a collection from a folder of open formats, our own export or another program's descriptors."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cbir.disk.errors import reading
from cbir.engines.base import Engine
from cbir.errors import DescriptorError, InvalidRequestError, NotFoundError
from cbir.extractors import EXTRACTORS
from cbir.ingest.labels import SPLIT
from cbir.progress import Progress
from cbir.records import Identity, ImageEntry, ImageRecord, Matrix, shown_path
from cbir.registry import did_you_mean
from cbir.transfer.export import DESCRIPTION, FORMAT, LISTING, TABLE, VECTORS, matrix_file, record_to_row
from cbir.transfer.rows import field, identity_from_json, record_from_json, record_from_row, require

BATCH = 512


@dataclass(frozen=True, slots=True)
class Source:
    """An import that was read and checked as a whole, before anything is stored."""

    records: list[ImageRecord]
    identities: list[Identity]
    matrices: Mapping[str, Matrix]


def import_folder(engine: Engine, folder: Path, collection: str, progress: Progress) -> int:
    """Make a new collection from a folder; the number of images. A fault leaves no collection behind.

    Raises:
        NotFoundError: a file of the format is not there.
        InvalidRequestError: a file of the format is malformed.
        DescriptorError: a value is NaN or infinite, or a matrix has another number of rows than `records.csv`.
        AlreadyExistsError: there is a collection of this name.
    """
    source = read_source(folder)
    engine.create(collection, source.identities)
    try:
        _store(engine, source, collection, progress)
    except BaseException:
        engine.drop(collection)
        raise
    return len(source.records)


def _store(engine: Engine, source: Source, collection: str, progress: Progress) -> None:
    progress.start("Importing", len(source.records))
    with engine.open(collection, write=True) as stored:
        for start in range(0, len(source.records), BATCH):
            part = source.records[start : start + BATCH]
            stored.upsert(
                [
                    ImageEntry(record, {name: np.asarray(m[start + i]) for name, m in source.matrices.items()})
                    for i, record in enumerate(part)
                ]
            )
            progress.advance(len(part))


def read_source(folder: Path) -> Source:
    """Read and check an import. Raises as `import_folder`."""
    records = _records(folder)
    repeated = [image_id for image_id, times in Counter(record.id for record in records).items() if times > 1]
    if repeated:
        raise InvalidRequestError(
            f"{folder}: the image {repeated[0]} stands in more than one row.",
            remedy="Leave one row (and its row of each matrix) for each image.",
        )
    identities = _identities(folder)
    matrices = {identity.name: _matrix(folder, identity, len(records)) for identity in identities}
    return Source(records, identities, matrices)


def _identities(folder: Path) -> list[Identity]:
    description = folder / DESCRIPTION
    if description.exists():
        where = shown_path(str(description))
        content = require(_json(description), dict, where)
        if content.get("format") != FORMAT:
            raise InvalidRequestError(
                f"{where} has the format {content.get('format')!a}, and this program reads {FORMAT}.",
                remedy="Export it again with this version.",
            )
        return [identity_from_json(one, where) for one in field(content, "extractors", list, where)]
    files = sorted((folder / VECTORS).glob("*.npy")) if (folder / VECTORS).is_dir() else []
    if not files:
        raise NotFoundError(
            f"{folder} has no vectors/NAME.npy.", remedy="Save each descriptor's matrix there, one row an image."
        )
    return [_foreign_identity(file) for file in files]


def _foreign_identity(file: Path) -> Identity:
    """An identity for descriptors that another program computed: whatever it is, it is not one of ours."""
    name = file.stem.replace("__", ":")
    if name in EXTRACTORS.names() or name.startswith(tuple(EXTRACTORS.patterns())):
        raise InvalidRequestError(
            f"{shown_path(str(file))} is called as an installed extractor is, and no {DESCRIPTION} says that it is"
            " the one that computed it.",
            remedy=f"Rename the file, or put the {DESCRIPTION} of the export beside '{VECTORS}'.",
        )
    matrix = _load(file)
    return Identity(name, 0, matrix.shape[1], bool(matrix.size == 0 or matrix.min() >= 0), {"imported": True})


def _matrix(folder: Path, identity: Identity, rows: int) -> Matrix:
    file = matrix_file(folder, identity.name)
    matrix = _load(file)
    if matrix.shape != (rows, identity.dims):
        raise DescriptorError(
            f"{file} has the shape {matrix.shape}, and {(rows, identity.dims)} is needed: a row for each record.",
            remedy="Write matrix and records in the same order.",
        )
    for start in range(0, rows, BATCH):
        bad = np.flatnonzero(~np.isfinite(matrix[start : start + BATCH]).all(axis=1))
        if bad.size:
            raise DescriptorError(
                f"{file}: row {start + int(bad[0])} holds NaN or infinity. Nothing was imported.",
                remedy="Correct the row, or leave that image out.",
            )
    return matrix


def _load(file: Path) -> Matrix:
    try:
        matrix = np.load(file, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise NotFoundError(f"There is no {file}.", remedy="Restore it, or export again.") from None
    except (ValueError, OSError) as error:
        raise InvalidRequestError(f"{file} is no NumPy matrix: {error}.", remedy="Save it with numpy.save.") from None
    if matrix.ndim != 2 or matrix.dtype.kind != "f":  # noqa: PLR2004 — rows and columns
        raise InvalidRequestError(
            f"{file} holds {matrix.dtype} with {matrix.ndim} axes.", remedy="Save float32 with two axes, (N, D)."
        )
    return np.asarray(matrix, np.float32) if matrix.dtype != np.float32 else matrix


def _records(folder: Path) -> list[ImageRecord]:
    """Records from our own `records.json` where it is there, else from `records.csv`."""
    listing, table = folder / LISTING, folder / TABLE
    if not listing.exists():
        return [record_from_row(row, folder, line) for line, row in _rows(table)]
    where = shown_path(str(listing))
    entries = require(_json(listing), list, where)
    records = [record_from_json(one, f"{where}, entry {number}") for number, one in enumerate(entries, start=1)]
    if table.exists():
        _require_agreement(records, table)
    return records


def _require_agreement(records: Sequence[ImageRecord], table: Path) -> None:
    """Make sure that nobody edited the table: what is read is the listing, and the edits would be passed over."""
    rows = list(_rows(table))
    found = (
        f"{line}: '{column}' is"
        for record, (line, row) in zip(records, rows, strict=False)
        for column, text in record_to_row(record).items()
        if column in row and _meant(column, row[column]) != _meant(column, text)
    )
    count = f"{shown_path(str(table))}: {len(rows):,} rows are" if len(rows) != len(records) else ""
    if different := next(found, count):
        raise InvalidRequestError(
            f"{different} not what {LISTING} says.",
            remedy=f"Delete {LISTING} to use {TABLE} (its rows in the order of the matrices' rows), or {TABLE} to use"
            f" {LISTING}.",
        )


def _meant(column: str, cell: str | None) -> set[str]:
    """What a cell says, however a spreadsheet wrote it."""
    parts = (cell or "").split(SPLIT) if column in {"labels", "keywords"} else [cell or ""]
    return {" ".join(part.split()) for part in parts} - {""}


def _rows(table: Path) -> Iterator[tuple[str, dict[str, str | None]]]:
    """The rows of a table, each with its place for a message."""
    try:
        with reading(table), table.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
            yield from _parsed(csv.DictReader(stream), shown_path(str(table)))
    except FileNotFoundError:
        raise NotFoundError(
            f"There is no {shown_path(str(table))}.", remedy="Write one line an image, with the column id or path."
        ) from None


def _parsed(rows: csv.DictReader[str], where: str) -> Iterator[tuple[str, dict[str, str | None]]]:
    try:
        names = rows.fieldnames or []
        if not {"id", "path"} & set(names):
            remedy = did_you_mean("path", list(names)) or "Its first line names the columns."
            raise InvalidRequestError(f"{where} has neither a column 'id' nor 'path'.", remedy=remedy)
        for row in rows:
            yield f"{where}, line {rows.line_num}", row
    except csv.Error as error:
        raise InvalidRequestError(
            f"{where}, line {rows.line_num + 1} cannot be read as CSV: {error}.", remedy="Correct the line."
        ) from None


def _json(file: Path) -> Any:
    try:
        with reading(file):
            return json.loads(file.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        where = shown_path(str(file))
        raise InvalidRequestError(f"{where} is not valid JSON: {error}.", remedy="Export it again.") from None
