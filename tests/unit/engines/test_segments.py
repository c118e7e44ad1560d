"""Segment files: where rows stand, what is written, what a reader maps."""

from __future__ import annotations

import errno
import os

import numpy as np
import pytest

from cbir.engines.embedded import segments as module
from cbir.engines.embedded.segments import Segments, checksum, free_slots, rows_after, runs
from cbir.engines.embedded.slots_table import Column
from cbir.errors import CorruptDataError, ReadOnlyError, StorageError, StorageFullError
from cbir.records import Identity

COLUMN = Column(0, "0-dense", Identity("dense", 1, 3, non_negative=True))


@pytest.fixture
def store(tmp_path, monkeypatch):
    """Segments of four rows."""
    monkeypatch.setattr(module, "ROWS_PER_SEGMENT", 4)
    (tmp_path / "vectors").mkdir()
    return Segments(tmp_path / "vectors")


def matrix(*numbers):
    return np.array([[n, n + 0.5, -n] for n in numbers], dtype=np.float32)


@pytest.mark.usefixtures("store")
def test_slots_go_on_after_the_last_segment_and_then_into_new_ones():
    assert free_slots({}, 0, 3) == [0, 1, 2]
    assert free_slots({0: 4, 2: 3}, 5, 6) == [11, 20, 21, 22, 23, 24]
    assert free_slots({0: 4}, 1, 0) == []


@pytest.mark.usefixtures("store")
def test_rows_of_touched_segments_only_grow():
    assert rows_after({0: 4, 2: 1}, [9, 10, 20]) == {2: 3, 5: 1}
    assert rows_after({0: 4}, [1]) == {0: 4}


@pytest.mark.usefixtures("store")
def test_runs_end_at_gaps_and_at_segments():
    assert [(r.start, r.stop) for r in runs([1, 2, 3, 4, 6, 7, 12])] == [(0, 3), (3, 4), (4, 6), (6, 7)]
    assert list(runs([])) == []


def test_rows_stand_in_the_files_as_little_endian_float32(store):
    blocks = store.write(COLUMN, [2, 3, 4], matrix(1, 2, 3), {0: 4, 1: 1})
    first = np.fromfile(store.path(COLUMN, 0), dtype="<f4").reshape(-1, 3)
    np.testing.assert_array_equal(first, [[0, 0, 0], [0, 0, 0], [1, 1.5, -1], [2, 2.5, -2]])
    assert [(b.slot, b.rows, b.crc32) for b in blocks] == [
        (2, 2, checksum(matrix(1, 2))),
        (4, 1, checksum(matrix(3))),
    ]
    np.testing.assert_array_equal(store.gather(COLUMN, [4, 2, 3, 2]), matrix(3, 1, 2, 1))


def test_a_file_reaches_to_its_committed_rows_also_where_none_was_written(store):
    """A reader maps committed rows, of which an extractor added later may have few."""
    store.write(COLUMN, [1], matrix(7), {0: 4})
    assert store.path(COLUMN, 0).stat().st_size == 4 * 3 * 4
    np.testing.assert_array_equal(store.rows(COLUMN, 0, 4)[1:3], np.vstack([matrix(7), [[0, 0, 0]]]))


def test_mapped_rows_are_read_only_and_grow_with_the_file(store):
    store.write(COLUMN, [0], matrix(1), {0: 1})
    early = store.rows(COLUMN, 0, 1)
    store.write(COLUMN, [1, 2], matrix(2, 3), {0: 3})
    np.testing.assert_array_equal(store.rows(COLUMN, 0, 3), matrix(1, 2, 3))
    np.testing.assert_array_equal(early, matrix(1))
    with pytest.raises(ValueError, match="read-only"):
        early[0, 0] = 1


def test_what_an_interrupted_writer_left_is_written_over(store):
    store.write(COLUMN, [0, 1, 2], matrix(1, 8, 9), {0: 3})
    store.write(COLUMN, [1], matrix(2), {0: 2})
    np.testing.assert_array_equal(store.rows(COLUMN, 0, 2), matrix(1, 2))


def test_a_truncated_file_is_an_error_and_no_crash(store):
    """Touching a map beyond the end of its file would end the process with SIGBUS."""
    store.write(COLUMN, [0, 1, 2], matrix(1, 2, 3), {0: 3})
    store.rows(COLUMN, 0, 3)
    os.truncate(store.path(COLUMN, 0), 2 * 12)
    for reader in (store, Segments(store.folder)):
        with pytest.raises(CorruptDataError, match=r"00000000\.f32 is shorter than the 3 rows"):
            reader.rows(COLUMN, 0, 3)
    np.testing.assert_array_equal(Segments(store.folder).rows(COLUMN, 0, 2), matrix(1, 2))


def test_an_empty_file_is_an_error(store):
    store.write(COLUMN, [0], matrix(1), {0: 1})
    os.truncate(store.path(COLUMN, 0), 0)
    with pytest.raises(CorruptDataError):
        store.rows(COLUMN, 0, 1)


def test_a_file_that_is_gone_is_told_apart(store):
    with pytest.raises(FileNotFoundError):
        store.rows(COLUMN, 3, 1)


def test_short_writes_are_continued(store, monkeypatch):
    """The system may write less than it was given."""
    whole = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda fd, data, at: whole(fd, bytes(data[:5]), at))
    store.write(COLUMN, [0, 1], matrix(1, 2), {0: 2})
    np.testing.assert_array_equal(store.rows(COLUMN, 0, 2), matrix(1, 2))


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (errno.ENOSPC, StorageFullError),
        (errno.EDQUOT, StorageFullError),
        (errno.EFBIG, StorageFullError),
        (errno.EROFS, ReadOnlyError),
        (errno.EACCES, ReadOnlyError),
        (errno.EIO, StorageError),
    ],
)
@pytest.mark.parametrize("call", ["pwrite", "fdatasync", "open"])
def test_failures_of_the_disk_have_names(store, monkeypatch, code, error, call):
    """And what was written before stays as it was."""
    store.write(COLUMN, [0], matrix(1), {0: 1})

    def fail(*_):
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(StorageError) as caught:
            store.write(COLUMN, [1], matrix(2), {0: 2})
    assert type(caught.value) is error
    assert "00000000.f32" in str(caught.value)
    assert store.path(COLUMN, 0).read_bytes() == matrix(1).tobytes()


def test_names_that_a_killed_process_left_unsynced_are_synced(store, monkeypatch):
    """A file that is already there may still be missing from the disk's own copy of its folder."""
    store.write(COLUMN, [0], matrix(1), {0: 1})
    synced = []
    monkeypatch.setattr(module, "sync_folder", synced.append)
    Segments(store.folder).write(COLUMN, [0], matrix(1), {0: 1})
    assert synced == [store.path(COLUMN, 0).parent, store.folder]


def test_files_of_no_segment_are_removed(store):
    store.write(COLUMN, [0, 4, 8], matrix(1, 2, 3), {0: 1, 1: 1, 2: 1})
    (store.folder / "7-gone").mkdir()
    (store.folder / "7-gone" / "00000000.f32").write_bytes(b"x")
    assert {p.name for p in store.strays([COLUMN], {0, 2})} == {"00000001.f32", "00000000.f32"}
    held = store.rows(COLUMN, 1, 1)
    store.retain([COLUMN], {0, 2})
    assert sorted(p.name for p in store.folder.rglob("*.f32")) == ["00000000.f32", "00000002.f32"]
    assert not (store.folder / "7-gone").exists()
    np.testing.assert_array_equal(held, matrix(2))


def test_no_more_files_are_kept_mapped_than_the_limit(store, monkeypatch):
    monkeypatch.setattr(module, "MAX_MAPPED", 2)
    store.write(COLUMN, [0, 4, 8, 12], matrix(1, 2, 3, 4), dict.fromkeys(range(4), 1))
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None
    for segment in range(4):
        np.testing.assert_array_equal(store.rows(COLUMN, segment, 1), matrix(segment + 1))
    if before is not None:
        assert len(os.listdir("/proc/self/fd")) == before + 2
