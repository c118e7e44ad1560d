"""Health of a collection: do the index, the segments and the descriptors in them agree?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from sqlite3 import Connection

import numpy as np
from numpy.typing import NDArray

from cbir.engines.base import Finding, Severity
from cbir.engines.embedded import records_table, slots_table
from cbir.engines.embedded.remedies import RESTORE
from cbir.engines.embedded.segments import Segments, checksum, lost, slots_of
from cbir.engines.embedded.slots_table import Block, Column
from cbir.errors import CorruptDataError
from cbir.metrics.base import row_slices
from cbir.records import Matrix

Slots = NDArray[np.int64]

ALIKE = "Every metric finds them alike; look at the images."
NAMED = 3
"""Images that a finding names."""
CHECKED_ELEMENTS = 1 << 21
"""Numbers that are looked at together (8 MB)."""

_CONTRADICTIONS = {
    "SELECT count(*) FROM images LEFT JOIN segments ON number = slot / :rows_per_segment"
    " WHERE rows IS NULL OR slot % :rows_per_segment >= rows": "images stand where no segment has rows",
    "SELECT count(*) FROM images JOIN tombstones USING (slot)": "images stand where a deleted one stood",
    "SELECT abs((SELECT total(rows) FROM segments) - (SELECT count(*) FROM images)"
    " - (SELECT count(*) FROM tombstones))": "rows of the segments belong to no image",
    "SELECT count(*) FROM images WHERE pk NOT IN (SELECT rowid FROM words)": "images cannot be found by words",
    "SELECT count(*) FROM pragma_foreign_key_check": "entries belong to no image",
}


def findings(connection: Connection, store: Segments, collection: str) -> Iterator[Finding]:
    """All that is wrong or worth knowing of ``collection``, in the snapshot that ``connection`` sees."""
    yield from _index(connection)
    segments = slots_table.segments(connection)
    columns = slots_table.columns(connection)
    for column in columns:
        lacking = slots_table.missing_count(connection, column)
        if lacking:
            yield Finding(
                Severity.WARNING,
                f"{lacking} images lack a descriptor '{column.name}', which cannot be searched until they have it.",
                f"Run `cbir collections add-extractor {collection} {column.name}`.",
            )
        blocks = slots_table.blocks(connection, column)
        remedy = _remedy(collection, column, columns)
        for number, count in segments.items():
            own = [block for block in blocks if block.slot in slots_of(number)]
            yield from _Segment(store, column, number, count, own, remedy).findings(connection)
    strays = store.strays(columns, segments)
    if strays:
        yield Finding(
            Severity.NOTE,
            f"{len(strays)} files are left from an interrupted run.",
            "The next command that writes removes them.",
        )


def require_whole(connection: Connection, store: Segments) -> None:
    """Make sure that no file has lost rows, which a writer would take for rows to come and fill with zeros.

    Raises:
        CorruptDataError: a file is too short, or gone.
    """
    segments = slots_table.segments(connection)
    for column in slots_table.columns(connection):
        for number in segments:
            if rows := slots_table.written_rows(connection, column, slots_of(number)):
                store.require(column, number, rows)


def _index(connection: Connection) -> Iterator[Finding]:
    for (message,) in connection.execute("PRAGMA integrity_check(10)"):
        if message != "ok":
            yield Finding(Severity.FAULT, f"The index is damaged: {message}.", RESTORE)
    for query, meaning in _CONTRADICTIONS.items():
        (count,) = connection.execute(query, {"rows_per_segment": len(slots_of(0))}).fetchone()
        if count:
            yield Finding(Severity.FAULT, f"{int(count)} {meaning}.", RESTORE)


@dataclass(frozen=True, slots=True)
class _Segment:
    """One extractor's file of one segment."""

    store: Segments
    column: Column
    number: int
    rows: int
    blocks: Sequence[Block]
    remedy: str

    def findings(self, connection: Connection) -> Iterator[Finding]:
        """What is wrong with the rows of images that are there."""
        committed = slots_of(self.number)[: self.rows]
        live = np.array(slots_table.live_slots(connection, committed), dtype=np.int64)
        live = np.setdiff1d(live, list(slots_table.missing_slots(connection, self.column, live.tolist())))
        if len(live) == 0:
            return
        try:
            matrix = self.store.rows(self.column, self.number, self.rows)
        except FileNotFoundError:
            yield Finding(Severity.FAULT, lost(self.store.path(self.column, self.number)).message, self.remedy)
        except CorruptDataError as error:
            yield Finding(Severity.FAULT, error.message, self.remedy)
        else:
            yield from self._about_rows(connection, matrix, live)

    def _about_rows(self, connection: Connection, matrix: Matrix, live: Slots) -> Iterator[Finding]:
        first, name = slots_of(self.number).start, self.column.name
        known = [(block, live[(live >= block.slot) & (live < block.slot + block.rows)]) for block in self.blocks]
        spoilt = [(block, own) for block, own in known if len(own) and not self._intact(matrix, block)]
        if spoilt:
            rows = sum(block.rows for block, _ in spoilt)
            yield Finding(
                Severity.FAULT, f"{rows} descriptors '{name}' stand in {_blocks(len(spoilt))}.", self.remedy
            )
        unknown = np.setdiff1d(live, _together([own for _, own in known]))
        yield from _about(connection, Severity.FAULT, unknown, f"descriptors '{name}' have no checksum", self.remedy)
        broken, zero = _values(matrix, live - first, non_negative=self.column.identity.non_negative)
        broken = np.setdiff1d(broken + first, _together([own for _, own in spoilt]))
        yield from _about(
            connection, Severity.FAULT, broken, f"descriptors '{name}' hold values that cannot be", self.remedy
        )
        yield from _about(connection, Severity.WARNING, zero + first, f"descriptors '{name}' are all zero", ALIKE)

    def _intact(self, matrix: Matrix, block: Block) -> bool:
        """Whether the bytes of a block still have the checksum with which they were written."""
        first = slots_of(self.number).start
        return checksum(matrix[block.slot - first :][: block.rows]) == block.crc32


def _remedy(collection: str, damaged: Column, columns: Sequence[Column]) -> str:
    """What brings an extractor's descriptors back; the only one of a collection cannot be dropped."""
    if len(columns) == 1 or damaged.identity.parameters.get("imported"):
        return RESTORE
    which = f"{collection} {damaged.name}"
    return (
        f"Compute them again: `cbir collections drop-extractor {which}`, then"
        f" `cbir collections add-extractor {which}`."
    )


def _blocks(count: int) -> str:
    if count == 1:
        return "a block that does not match its checksum: at least one of them is damaged"
    return f"{count} blocks that do not match their checksums: at least {count} of them are damaged"


def _together(slots: Sequence[Slots]) -> Slots:
    return np.concatenate([np.empty(0, dtype=np.int64), *slots])


def _values(rows: Matrix, places: Slots, *, non_negative: bool) -> tuple[Slots, Slots]:
    """Of the rows at ``places``: those that hold a value that cannot be, and those that are zero throughout."""
    broken, zero = np.zeros(len(places), dtype=bool), np.zeros(len(places), dtype=bool)
    for piece in row_slices(len(places), rows.shape[1], elements=CHECKED_ELEMENTS):
        values = rows[places[piece]]
        broken[piece] = ~np.isfinite(values).all(axis=1)
        if non_negative:
            broken[piece] |= (values < 0).any(axis=1)
        zero[piece] = ~values.any(axis=1)
    return places[broken], places[zero]


def _about(
    connection: Connection,
    severity: Severity,
    slots: Slots,
    what: str,
    remedy: str,
) -> Iterator[Finding]:
    if len(slots) == 0:
        return
    ids = records_table.ids_of_slots(connection, slots[:NAMED].tolist())
    more = ", …" if len(slots) > NAMED else ""
    yield Finding(severity, f"{len(slots)} {what}: {', '.join(sorted(ids.values()))}{more}.", remedy)
