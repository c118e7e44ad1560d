"""Exact search: float32 keys of every candidate, then float64 scores of those that can be among the best."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from sqlite3 import Connection

import numpy as np
from numpy.typing import NDArray

from cbir.engines.base import Filter, SearchRequest
from cbir.engines.embedded.filters import excluded_slots, wanted_slots
from cbir.engines.embedded.records_table import ids_of_slots
from cbir.engines.embedded.scans import scan_of
from cbir.engines.embedded.segments import Segments, segments_of, slots_of
from cbir.engines.embedded.slots_table import Column, segments, tombstones
from cbir.metrics.base import Metric, Scan, ScanMany, row_slices
from cbir.metrics.parallel import scan_rows
from cbir.metrics.selection import contenders
from cbir.records import Hit, Matrix, Ranking, Scores, Vector

Slots = NDArray[np.int64]
Keys = NDArray[np.float32]
"""Of one query (N,) or of several (Q, N)."""

DENSE_SHARE = 0.25
"""From this share of a segment's rows on, reading all of them costs less than collecting the wanted ones."""
GATHERED_ELEMENTS = 1 << 21
"""Numbers (8 MB) that are collected at a time."""
KEYS_AT_ONCE = 1 << 21
"""Queries are run together as long as their keys take no more than this (8 MB)."""


def candidates(connection: Connection, filter: Filter) -> Slots:
    """Slots of the images that may be found, ascending."""
    wanted = wanted_slots(connection, filter)
    if wanted is not None:
        slots = np.array(wanted, dtype=np.int64)
    else:
        parts = [np.arange(rows) + slots_of(number).start for number, rows in segments(connection).items()]
        slots = np.concatenate([np.empty(0, dtype=np.int64), *parts])
        slots = _without(slots, tombstones(connection))
    return _without(slots, excluded_slots(connection, filter))


@dataclass(frozen=True, slots=True)
class ExactSearch:
    """One request on one extractor's vectors."""

    store: Segments
    column: Column
    metric: Metric
    request: SearchRequest

    def rankings(self, connection: Connection, queries: Matrix) -> list[Ranking]:
        """The rankings of ``queries`` (Q, D) in the snapshot that ``connection`` sees.

        Raises:
            FileNotFoundError: a segment was compacted away since the snapshot was taken; take another.
        """
        slots = candidates(connection, self.request.filter)
        if len(slots) == 0:
            return [Ranking(())] * len(queries)
        return [
            self._ranking(connection, chosen, self._scores(query, chosen))
            for query, chosen in self._contenders(slots, queries)
        ]

    def _contenders(self, slots: Slots, queries: Matrix) -> Iterator[tuple[Vector, Slots]]:
        """Each query with the slots that can be among its best."""
        limit = self.request.offset + self.request.k
        together = max(1, KEYS_AT_ONCE // len(slots))
        for start in range(0, len(queries), together):
            group = queries[start : start + together]
            scan = scan_of(self.metric, group, rows=len(slots))
            keys = np.empty((len(group), len(slots)), dtype=np.float32)
            self._scan(scan, slots, keys if len(group) > 1 else keys[0])
            errors = scan.error(keys if len(group) > 1 else keys[0]).reshape(keys.shape)
            for query, own, error in zip(group, keys, errors, strict=True):
                yield query, slots[contenders(own, error, limit)]

    def _scan(self, scan: Scan | ScanMany, slots: Slots, keys: Keys) -> None:
        """Write the key of each slot's row, reading segments whole or only the rows that are wanted."""
        numbers = segments_of(slots)
        whole = []
        for number in np.unique(numbers).tolist():
            start, stop = np.searchsorted(numbers, [number, number + 1]).tolist()
            rows = slots[start:stop] - slots_of(number).start
            matrix = self.store.rows(self.column, number, int(rows[-1]) + 1)
            if len(rows) >= DENSE_SHARE * len(matrix):
                whole.append((matrix, rows, keys[..., start:stop]))
                continue
            for piece in row_slices(len(rows), self.column.dims, elements=GATHERED_ELEMENTS):
                scan_rows(scan, [matrix[rows[piece]]], keys[..., start:stop][..., piece])
        _scan_whole(scan, whole, keys)

    def _scores(self, query: Vector, slots: Slots) -> Scores:
        """The formula in float64 for the rows of these slots."""
        pieces = row_slices(len(slots), self.column.dims, elements=GATHERED_ELEMENTS)
        return np.concatenate(
            [self.metric.score(query, self.store.gather(self.column, slots[piece])) for piece in pieces]
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


def _scan_whole(scan: Scan | ScanMany, parts: list[tuple[Matrix, NDArray[np.int64], Keys]], keys: Keys) -> None:
    """Scan whole matrices together and hand each part the keys of its rows."""
    matrices = [matrix for matrix, _, _ in parts]
    total = sum(map(len, matrices))
    if total == keys.shape[-1]:
        scan_rows(scan, matrices, keys)
        return
    found = np.empty((*keys.shape[:-1], total), dtype=np.float32)
    scan_rows(scan, matrices, found)
    start = 0
    for matrix, rows, own in parts:
        own[...] = found[..., start + rows]
        start += len(matrix)


def _without(slots: Slots, others: list[int]) -> Slots:
    return np.setdiff1d(slots, others, assume_unique=True) if others else slots
