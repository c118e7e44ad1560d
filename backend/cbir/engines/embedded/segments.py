"""The segment files: descriptors as raw little-endian float32 rows, `vectors/<extractor>/<number>.f32`.

A **slot** is a place for one image's descriptors: slot = segment number · ROWS_PER_SEGMENT + row, the same in the
files of every extractor. A slot that was committed is never written again, so a file only grows; what stands beyond
the committed rows is the rest of a writer that was interrupted, and the next one writes over it. Nothing here knows
which rows are committed: callers do.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import shutil
import threading
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cbir.disk.durable import make_folder, sync, sync_folder
from cbir.disk.errors import reading
from cbir.engines.embedded.remedies import RESTORE, writing
from cbir.engines.embedded.slots_table import Block, Column
from cbir.errors import CorruptDataError
from cbir.records import Matrix, shown_path

ROWS_PER_SEGMENT = 16_384
ROW_DTYPE = np.dtype("<f4")
SUFFIX = ".f32"
MAX_MAPPED = 128
"""Files kept mapped, over 2 million rows; each costs a file descriptor, of which macOS gives a process 256."""


def segments_of(slots: NDArray[np.int64]) -> NDArray[np.int64]:
    """The segment in which each slot lies."""
    return slots // ROWS_PER_SEGMENT


def slots_of(segment: int) -> range:
    """The slots of a segment."""
    return range(segment * ROWS_PER_SEGMENT, (segment + 1) * ROWS_PER_SEGMENT)


def free_slots(segments: Mapping[int, int], new_segment: int, count: int) -> list[int]:
    """``count`` slots after the committed rows: in the last segment, then in new ones.

    Args:
        segments: committed rows by segment number, ascending.
        new_segment: the first number that no segment has had.
        count: how many.
    """
    slots: list[int] = []
    tail = max(segments, default=None)
    if tail is not None:
        slots += slots_of(tail)[segments[tail] :][:count]
    while len(slots) < count:
        slots += slots_of(new_segment)[: count - len(slots)]
        new_segment += 1
    return slots


def rows_after(segments: Mapping[int, int], slots: Iterable[int]) -> dict[int, int]:
    """Rows of each segment that ``slots`` touch, once those slots are committed too."""
    rows: dict[int, int] = {}
    for slot in slots:
        segment, row = divmod(slot, ROWS_PER_SEGMENT)
        rows[segment] = max(rows.get(segment, segments.get(segment, 0)), row + 1)
    return rows


def runs(slots: Sequence[int]) -> Iterator[slice]:
    """Positions in ascending ``slots`` that follow each other within one segment."""
    keys = [(slot // ROWS_PER_SEGMENT, slot - position) for position, slot in enumerate(slots)]
    start = 0
    for _, group in groupby(keys):
        stop = start + sum(1 for _ in group)
        yield slice(start, stop)
        start = stop


def checksum(rows: Matrix) -> int:
    """CRC-32 of rows as they stand in a file."""
    return zlib.crc32(np.ascontiguousarray(rows, dtype=ROW_DTYPE).data)


def distinct(numbers: NDArray[np.int64]) -> list[int]:
    """The different values, ascending.

    `np.unique` would load numpy.ma, which takes a tenth of the time of a search in a new process.
    """
    return sorted(set(numbers.tolist()))


class Segments:
    """All segment files of one collection."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._mapped: dict[tuple[str, int], tuple[mmap.mmap, Matrix]] = {}
        self._lock = threading.Lock()
        self._named: set[Path] = set()

    def path(self, column: Column, segment: int) -> Path:
        """The file of an extractor's segment."""
        return self.folder / column.folder / f"{segment:08d}{SUFFIX}"

    def rows(self, column: Column, segment: int, count: int) -> Matrix:
        """The first ``count`` rows of a segment, (count, D), read-only, straight from the page cache.

        Raises:
            FileNotFoundError: the segment is gone, as after a compaction.
            CorruptDataError: the file is shorter than that.
        """
        key = (column.folder, segment)
        with self._lock:
            known = self._mapped.pop(key, None)
            if known is None or len(known[1]) < count:
                known = _map(self.path(column, segment), column.dims)
            file, rows = known
            if file.size() < count * column.dims * ROW_DTYPE.itemsize or len(rows) < count:
                raise _truncated(self.path(column, segment), count)
            self._mapped[key] = known
            while len(self._mapped) > MAX_MAPPED:
                del self._mapped[next(iter(self._mapped))]
        return rows[:count]

    def require(self, column: Column, segment: int, count: int) -> None:
        """Make sure that a segment's file has ``count`` rows.

        Raises:
            CorruptDataError: it is shorter, or gone.
        """
        path = self.path(column, segment)
        try:
            with reading(path):
                size = os.stat(path).st_size
        except FileNotFoundError:
            raise lost(path) from None
        if size < count * column.dims * ROW_DTYPE.itemsize:
            raise _truncated(path, count)

    def gather(self, column: Column, slots: Sequence[int] | NDArray[np.int64]) -> Matrix:
        """Rows (len(slots), D) from any slots, in their order, copied."""
        where = np.asarray(slots, dtype=np.int64)
        found = np.empty((len(where), column.dims), dtype=np.float32)
        homes = segments_of(where)
        for segment in distinct(homes):
            own = homes == segment
            rows = where[own] - slots_of(segment).start
            found[own] = self.rows(column, segment, int(rows.max()) + 1)[rows]
        return found

    def write(self, column: Column, slots: Sequence[int], vectors: Matrix, extents: Mapping[int, int]) -> list[Block]:
        """Write rows and wait until they are on the disk.

        Args:
            column: whose rows.
            slots: ascending; none of them holds a committed row of this extractor.
            vectors: one row a slot.
            extents: rows that the file of each touched segment must hold afterwards, written or not.

        Returns:
            The checksums of what was written.

        Raises:
            StorageFullError, ReadOnlyError: nothing was made visible.
        """
        pieces = list(runs(slots))
        blocks = [Block(slots[p.start], p.stop - p.start, checksum(vectors[p])) for p in pieces]
        for segment, count in extents.items():
            own = [(slots[p.start], vectors[p]) for p in pieces if slots[p.start] // ROWS_PER_SEGMENT == segment]
            self._write_file(self.path(column, segment), own, count * column.dims * ROW_DTYPE.itemsize)
        return blocks

    def strays(self, columns: Collection[Column], segments: Collection[int]) -> list[Path]:
        """Files that belong to none of these extractors and segments."""
        wanted = {self.path(column, segment) for column in columns for segment in segments}
        return [file for file in self.folder.glob(f"*/*{SUFFIX}") if file not in wanted]

    def retain(self, columns: Collection[Column], segments: Collection[int]) -> None:
        """Remove all files but those of these extractors and segments."""
        with writing(self.folder):
            for file in self.strays(columns, segments):
                file.unlink(missing_ok=True)
                self._named.discard(file)
            folders = {column.folder for column in columns}
            for folder in self.folder.iterdir():
                if folder.name not in folders:
                    shutil.rmtree(folder, ignore_errors=True)
        self.forget(folders, segments)

    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.stat().st_size for file in self.folder.glob(f"*/*{SUFFIX}"))

    def forget(self, folders: Collection[str], segments: Collection[int]) -> None:
        """Unmap all but these."""
        with self._lock:
            for key in [k for k in self._mapped if k[0] not in folders or k[1] not in segments]:
                del self._mapped[key]

    def close(self) -> None:
        """Unmap all; rows that are still in use stay valid until they are let go."""
        self.forget((), ())

    def _write_file(self, path: Path, pieces: Sequence[tuple[int, Matrix]], size: int) -> None:
        with writing(path):
            make_folder(path.parent)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            before = os.fstat(descriptor).st_size
            try:
                for slot, vectors in pieces:
                    data = vectors.astype(ROW_DTYPE, copy=False)
                    _pwrite(descriptor, data, (slot % ROWS_PER_SEGMENT) * data.shape[1] * ROW_DTYPE.itemsize)
                if os.fstat(descriptor).st_size < size:
                    os.ftruncate(descriptor, size)
                sync(descriptor)
                self._sync_name(path)
            except OSError:
                with contextlib.suppress(OSError):
                    os.ftruncate(descriptor, before)
                raise
            finally:
                os.close(descriptor)

    def _sync_name(self, path: Path) -> None:
        """See to it that a file can be found after a power cut; also one that a killed process left unsynced."""
        if path not in self._named:
            sync_folder(path.parent)
            sync_folder(self.folder)
            self._named.add(path)


def _pwrite(descriptor: int, data: Matrix, offset: int) -> None:
    rest = np.ascontiguousarray(data).view(np.uint8).reshape(-1).data
    while rest:
        written = os.pwrite(descriptor, rest, offset)
        rest, offset = rest[written:], offset + written


def _map(path: Path, dims: int) -> tuple[mmap.mmap, Matrix]:
    """The whole rows that a file holds now."""
    with reading(path):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            count = os.fstat(descriptor).st_size // (dims * ROW_DTYPE.itemsize)
            if count == 0:
                raise _truncated(path, 1)
            file = mmap.mmap(descriptor, count * dims * ROW_DTYPE.itemsize, access=mmap.ACCESS_READ)
        finally:
            os.close(descriptor)
    return file, np.frombuffer(file, dtype=ROW_DTYPE).reshape(count, dims)


def lost(path: Path) -> CorruptDataError:
    """What is to be said of a segment that the index names and that is not there."""
    return CorruptDataError(f"{shown_path(str(path))} is missing.", remedy=RESTORE)


def _truncated(path: Path, rows: int) -> CorruptDataError:
    return CorruptDataError(
        f"{shown_path(str(path))} is shorter than the {rows} rows that the index names.",
        remedy=RESTORE,
    )
