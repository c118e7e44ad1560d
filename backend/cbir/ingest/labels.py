"""`labels.csv`: what a table says of picture files, for indexing and for evaluation alike.

A table is UTF-8 text with a header line; columns are split by commas, several labels in one field by semicolons.
`path` is relative to the table's folder, or absolute. `labels`, or the column that is chosen instead, holds the
labels; `keywords` and `caption` are read where they are there; all other columns are kept as they are.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cbir.errors import InvalidRequestError, NotFoundError
from cbir.records import shown_path
from cbir.registry import did_you_mean

LABEL_COLUMN = "labels"
SPLIT = ";"


@dataclass(frozen=True, slots=True)
class Labels:
    """What the table says of one file."""

    labels: tuple[str, ...] = ()
    """Sorted, without repeats."""
    keywords: tuple[str, ...] = ()
    """In the table's order, without repeats."""
    caption: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Every field of the row by the name of its column."""


@dataclass(frozen=True, slots=True)
class Where:
    """Which rows count: those whose field in ``column`` is ``value``, or has it among its `;`-split parts."""

    column: str
    value: str

    @classmethod
    def parse(cls, text: str) -> Where:
        """From `COLUMN=VALUE`; the value may hold further `=`.

        Raises:
            InvalidRequestError: no `=`, or nothing before it.
        """
        column, separator, value = text.partition("=")
        if not separator or not column.strip():
            raise InvalidRequestError(f"'{text}' is not a row filter.", remedy="Write COLUMN=VALUE.")
        return cls(column.strip(), value.strip())

    def holds(self, row: Mapping[str, str]) -> bool:
        """Whether a row of the table passes."""
        cell = row[self.column].strip()
        return cell == self.value or self.value in _parts(cell)


@dataclass(frozen=True, slots=True)
class LabelTable(Mapping[str, Labels]):
    """Files by absolute path, normalised but with links not followed, as a folder scan gives them."""

    source: str
    """Absolute path of the table."""
    rows: Mapping[str, Labels]
    missing: tuple[str, ...] = ()
    """Absolute paths that a row names and where no file is, in the table's order; they are not in ``rows``."""
    duplicates: int = 0
    """Rows that named a file for the second time or more; their labels and keywords were united."""
    filtered: int = 0
    """Rows that the row filter left out."""

    def __getitem__(self, path: str) -> Labels:
        return self.rows[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def read_labels(path: str | Path, *, label_column: str = LABEL_COLUMN, where: Where | None = None) -> LabelTable:
    """Read a table.

    Args:
        path: the CSV file.
        label_column: the column that holds the labels.
        where: rows that do not pass are left out, and counted.

    Raises:
        NotFoundError: there is no such file.
        InvalidRequestError: a column that is not there, or a line that is malformed, named by its number.
    """
    source = os.path.abspath(path)
    found: dict[str, Labels] = {}
    missing: dict[str, None] = {}
    duplicates = filtered = 0
    for line, row in _rows(source, needed=["path", label_column, *([where.column] if where else [])]):
        if where and not where.holds(row):
            filtered += 1
            continue
        file = _resolved(row["path"], source, line)
        if file in found or file in missing:
            duplicates += 1
        if file in found:
            found[file] = united_labels(found[file], _labels(row, label_column))
        elif os.path.exists(file):
            found[file] = _labels(row, label_column)
        else:
            missing[file] = None
    return LabelTable(source, found, tuple(missing), duplicates, filtered)


def _rows(source: str, needed: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row that is not blank, with the number of the line on which it ends."""
    try:
        # surrogateescape keeps file names that are not UTF-8; in any other column they are refused below.
        stream = open(source, encoding="utf-8-sig", errors="surrogateescape", newline="")  # noqa: SIM115 (OSError only here)
    except OSError as error:
        raise NotFoundError(
            f"The label file {shown_path(source)} cannot be read ({error.strerror}).", remedy="Check the path."
        ) from None
    with stream:
        reader = csv.reader(stream, strict=True)
        header: list[str] | None = None
        try:
            for fields in reader:
                if not any(field.strip() for field in fields):
                    continue
                if header is None:
                    header = _header(fields, source, reader.line_num, needed)
                else:
                    yield reader.line_num, _row(header, fields, source, reader.line_num)
        except csv.Error as error:
            raise _malformed(source, reader.line_num, str(error), 'Quote fields as CSV does, with "…".') from None
        if header is None:
            raise _malformed(source, 1, "there is no header", "Begin the file with the line 'path,labels'.")


def _header(fields: list[str], source: str, line: int, needed: list[str]) -> list[str]:
    """The names of the columns, all that are needed among them."""
    names = [field.strip() for field in fields]
    _require_utf8(names, source, line)
    for name in names:
        if names.count(name) > 1:
            raise _malformed(source, line, f"the column '{name}' is there twice", "Rename one of them.")
    for name in needed:
        if name not in names:
            hint = "Columns are split by commas. " if len(names) == 1 else ""
            raise InvalidRequestError(
                f"{shown_path(source)} has no column '{name}'.", remedy=hint + did_you_mean(name, names)
            )
    return names


def _row(header: list[str], fields: list[str], source: str, line: int) -> dict[str, str]:
    if len(fields) != len(header):
        raise _malformed(
            source,
            line,
            f"{len(fields)} fields where the header has {len(header)}",
            "Quote fields that hold a comma; split several labels by semicolons.",
        )
    row = dict(zip(header, fields, strict=True))
    _require_utf8([value for name, value in row.items() if name != "path"], source, line)
    return row


def _require_utf8(texts: list[str], source: str, line: int) -> None:
    for text in texts:
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise _malformed(source, line, "it is not UTF-8 text", "Save the file as UTF-8.") from None


def _resolved(path: str, source: str, line: int) -> str:
    if not path or "\0" in path:
        raise _malformed(source, line, "the path is empty" if not path else "the path has a NUL", "Correct the line.")
    return os.path.normpath(os.path.join(os.path.dirname(source), path))


def _labels(row: Mapping[str, str], label_column: str) -> Labels:
    return Labels(
        labels=tuple(sorted(set(_parts(row[label_column])))),
        keywords=tuple(dict.fromkeys(_parts(row.get("keywords", "")))),
        caption=row.get("caption", "").strip(),
        columns=row,
    )


def united_labels(first: Labels, second: Labels) -> Labels:
    """Labels and keywords of both; caption and columns of the first that has them."""
    return Labels(
        labels=tuple(sorted({*first.labels, *second.labels})),
        keywords=tuple(dict.fromkeys((*first.keywords, *second.keywords))),
        caption=first.caption or second.caption,
        columns=first.columns,
    )


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(SPLIT) if part.strip()]


def _malformed(source: str, line: int, what: str, remedy: str) -> InvalidRequestError:
    return InvalidRequestError(f"{shown_path(source)}, line {line}: {what}.", remedy=remedy)
