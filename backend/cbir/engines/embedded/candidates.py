"""Which rows a search looks at, segment by segment, and which of them stay in the running."""

from __future__ import annotations

from dataclasses import dataclass
from sqlite3 import Connection

import numpy as np
from numpy.typing import NDArray

from cbir.engines.base import Filter
from cbir.engines.embedded.filters import excluded_slots, wanted_slots
from cbir.engines.embedded.segments import distinct, segments_of, slots_of
from cbir.engines.embedded.slots_table import segments, tombstones
from cbir.metrics.selection import contenders

Slots = NDArray[np.int64]
Keys = NDArray[np.float32]
Errors = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Part:
    """The candidates of one segment."""

    segment: int
    rows: NDArray[np.int64]
    """Ascending, at least one."""

    @property
    def reach(self) -> int:
        """Rows of the segment up to the last candidate."""
        return int(self.rows[-1]) + 1

    @property
    def slots(self) -> Slots:
        """The slots of the candidates."""
        return self.rows + slots_of(self.segment).start


def candidates(connection: Connection, filter: Filter) -> list[Part]:
    """The images that may be found, in the snapshot that ``connection`` sees."""
    excluded = excluded_slots(connection, filter)
    wanted = wanted_slots(connection, filter)
    if wanted is None:
        excluded += tombstones(connection)
        by_segment = {number: np.arange(rows) for number, rows in segments(connection).items()}
    else:
        by_segment = _by_segment(wanted)
    for number, out in _by_segment(excluded).items():
        if number in by_segment:
            by_segment[number] = np.setdiff1d(by_segment[number], out)
    return [Part(number, rows) for number, rows in by_segment.items() if len(rows)]


def _by_segment(slots: list[int]) -> dict[int, NDArray[np.int64]]:
    """Rows of each segment."""
    numbers = segments_of(np.array(slots, dtype=np.int64))
    return {number: np.array(slots)[numbers == number] - slots_of(number).start for number in distinct(numbers)}


class Shortlist:
    """The candidates that can be among the ``size`` best of one query, of all that were offered so far."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.slots: Slots = np.empty(0, dtype=np.int64)
        self._keys: Keys = np.empty(0, dtype=np.float32)
        self._errors: Errors = np.empty(0, dtype=np.float64)
        self._limit = np.inf

    def offer(self, slots: Slots, keys: Keys, errors: Errors) -> None:
        """Take those of these candidates (n,) that are not beaten beyond doubt; let go those that now are."""
        with np.errstate(invalid="ignore"):
            near = np.flatnonzero(~(keys - errors > self._limit))
        if len(near) == 0:
            return
        if len(near) < len(keys):
            slots, keys, errors = slots[near], keys[near], errors[near]
        if len(self.slots):
            slots = np.concatenate([self.slots, slots])
            keys = np.concatenate([self._keys, keys])
            errors = np.concatenate([self._errors, errors])
        self.slots, self._keys, self._errors = slots, keys, errors
        if len(self.slots) > self.size:
            self._keep(contenders(self._keys, self._errors, self.size))

    def _keep(self, positions: NDArray[np.intp]) -> None:
        self.slots = self.slots[positions]
        self._keys = self._keys[positions]
        self._errors = self._errors[positions]
        with np.errstate(invalid="ignore"):
            worst = np.nan_to_num(self._keys + self._errors, nan=np.inf, posinf=np.inf, neginf=np.inf)
        self._limit = float(np.partition(worst, self.size - 1)[self.size - 1])
