"""Exact search: float32 keys of every candidate, then float64 scores of those that can be among the best."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from sqlite3 import Connection

import numpy as np

from cbir.engines.base import SearchRequest
from cbir.engines.embedded.candidates import Keys, Part, Shortlist, Slots, candidates
from cbir.engines.embedded.records_table import ids_of_slots
from cbir.engines.embedded.scans import Scans
from cbir.engines.embedded.segments import Segments
from cbir.engines.embedded.slots_table import Column
from cbir.errors import CorruptDataError
from cbir.metrics.base import Metric, Scan, ScanMany, row_slices
from cbir.metrics.parallel import scan_rows
from cbir.records import Hit, Matrix, Ranking, Scores, Vector

DENSE_SHARE = 0.25
"""From this share of a segment's rows on, reading all of them costs less than collecting the wanted ones."""
GATHERED_ELEMENTS = 1 << 21
"""Numbers (8 MB) that are collected at a time."""
LARGEST = float(np.finfo(np.float32).max)
QUERIES_AT_ONCE = 64
KEYS_AT_ONCE = 1 << 20
"""Segments are scanned together as long as their keys take no more than this (4 MB)."""


@dataclass(frozen=True, slots=True)
class ExactSearch:
    """One request on one extractor's vectors."""

    store: Segments
    column: Column
    metric: Metric
    request: SearchRequest
    scans: Scans

    def rankings(self, connection: Connection, queries: Matrix) -> list[Ranking]:
        """The rankings of ``queries`` (Q, D) in the snapshot that ``connection`` sees.

        Raises:
            FileNotFoundError: a segment was compacted away since the snapshot was taken; take another.
        """
        parts = candidates(connection, self.request.filter)
        if not parts:
            return [Ranking(())] * len(queries)
        groups = [queries[i : i + QUERIES_AT_ONCE] for i in range(0, len(queries), QUERIES_AT_ONCE)]
        return [
            self._ranking(connection, slots, self._scores(connection, query, slots))
            for group in groups
            for query, slots in zip(group, self._contenders(parts, group), strict=True)
        ]

    def _contenders(self, parts: list[Part], queries: Matrix) -> list[Slots]:
        """For each query the slots that can be among its best."""
        scan = self.scans.scan_of(self.metric, queries, rows=sum(len(part.rows) for part in parts))
        shortlists = [Shortlist(self.request.offset + self.request.k) for _ in queries]
        for together in _packed(parts, rows=KEYS_AT_ONCE // len(queries)):
            for part, keys in zip(together, self._keys(scan, together, len(queries)), strict=True):
                errors = scan.error(keys if len(queries) > 1 else keys[0]).reshape(keys.shape)
                for shortlist, own, error in zip(shortlists, keys, errors, strict=True):
                    shortlist.offer(part.slots, own, error)
        return [shortlist.slots for shortlist in shortlists]

    def _keys(self, scan: Scan | ScanMany, parts: list[Part], queries: int) -> list[Keys]:
        """Keys (Q, n) of the candidates of each part, from whole segments or only the rows that are wanted."""
        matrices = {part.segment: self.store.rows(self.column, part.segment, part.reach) for part in parts}
        whole = [part for part in parts if len(part.rows) >= DENSE_SHARE * part.reach]
        found = self._scanned(scan, [matrices[part.segment] for part in whole], queries)
        keys = {
            part.segment: own if len(part.rows) == part.reach else own[:, part.rows]
            for part, own in zip(whole, found, strict=True)
        }
        for part in parts:
            if part.segment not in keys:
                pieces = row_slices(len(part.rows), self.column.dims, elements=GATHERED_ELEMENTS)
                gathered = (matrices[part.segment][part.rows[piece]] for piece in pieces)
                keys[part.segment] = np.hstack([self._scanned(scan, [rows], queries)[0] for rows in gathered])
        return [keys[part.segment] for part in parts]

    def _scanned(self, scan: Scan | ScanMany, matrices: list[Matrix], queries: int) -> list[Keys]:
        """Keys (Q, n) of each matrix, scanned in one go."""
        ends = np.cumsum([len(matrix) for matrix in matrices], dtype=np.int64)
        keys = np.empty((queries, int(ends[-1]) if len(ends) else 0), dtype=np.float32)
        scan_rows(scan, matrices, keys if queries > 1 else keys[0])
        return np.split(keys, ends[:-1], axis=1) if matrices else []

    def _scores(self, connection: Connection, query: Vector, slots: Slots) -> Scores:
        """The formula in float64 for the rows of these slots."""
        scores = np.empty(len(slots), dtype=np.float64)
        for piece in row_slices(len(slots), self.column.dims, elements=GATHERED_ELEMENTS):
            rows = self.store.gather(self.column, slots[piece])
            self._require_whole(connection, slots[piece], rows)
            scores[piece] = self.metric.score(query, rows)
        return scores

    def _require_whole(self, connection: Connection, slots: Slots, rows: Matrix) -> None:
        """Refuse values that were never accepted: some formulas would make a good score of them."""
        lowest = 0.0 if self.column.identity.non_negative else -LARGEST
        whole = (rows.min(axis=1) >= lowest) & (rows.max(axis=1) <= LARGEST)
        if not whole.all():
            (image,) = ids_of_slots(connection, slots[~whole][:1].tolist()).values()
            raise CorruptDataError(
                f"The descriptor '{self.column.name}' of image {image} is damaged.",
                remedy="`cbir doctor` says what else is, and what to do.",
            )

    def _ranking(self, connection: Connection, slots: Slots, scores: Scores) -> Ranking:
        """The hits from ``offset`` on; ids are looked up for the best and all that tie with the last of them."""
        order = self.metric.best_first(scores)
        limit = self.request.offset + self.request.k
        if limit < len(order):
            kept = np.flatnonzero(order <= np.partition(order, limit - 1)[limit - 1])
            slots, scores, order = slots[kept], scores[kept], order[kept]
        ids = ids_of_slots(connection, slots.tolist())
        ranked = sorted(zip(order.tolist(), [ids[slot] for slot in slots.tolist()], scores.tolist(), strict=True))
        return Ranking(tuple(Hit(image, score) for _, image, score in islice(ranked, self.request.offset, limit)))


def _packed(parts: list[Part], *, rows: int) -> Iterator[list[Part]]:
    """Consecutive parts that reach over at most so many rows together, or one by one."""
    together: list[Part] = []
    for part in parts:
        if together and sum(p.reach for p in together) + part.reach > rows:
            yield together
            together = []
        together.append(part)
    yield together
