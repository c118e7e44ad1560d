"""The model of a disk that loses its cache, on sequences whose outcomes POSIX decides."""

import os

import pytest

from .power_loss import SECTOR, Disk, Tree, read_tree, write_tree
from .recording import Operation, Record

SEEDS = range(300)
ROOT, NEW, OLD, FOLDER = 1, 2, 3, 4


def created(name: bytes, file: int, folder: int = ROOT) -> Record:
    return Record(Operation.CREATE, file, folder, name=name)


def written(data: bytes, offset: int = 0, file: int = NEW) -> Record:
    return Record(Operation.WRITE, file, offset=offset, data=data)


def synced(file: int) -> Record:
    return Record(Operation.SYNC, file)


def renamed(name: bytes, new_name: bytes, file: int = NEW, *, folder: int = ROOT, target: int = ROOT) -> Record:
    return Record(Operation.RENAME, file, folder, target, name=name, new_name=new_name)


FOLDER_SYNCED = Record(Operation.SYNC_FOLDER, ROOT)
OLD_FILE = [created(b"a", OLD), written(b"old", file=OLD), synced(OLD), FOLDER_SYNCED]


def outcomes(*records: Record, strict: bool = True) -> list[Tree]:
    """The different states after a loss."""
    disk = Disk(ROOT).replay(records)
    found: list[Tree] = []
    for seed in SEEDS:
        tree = disk.after_power_loss(seed, strict=strict)
        if tree not in found:
            found.append(tree)
    return found


BOTH = pytest.mark.parametrize("strict", [True, False], ids=["strict", "ext4"])


@BOTH
def test_a_synced_file_whose_folder_was_synced_is_never_lost(strict):
    assert outcomes(*OLD_FILE, strict=strict) == [{b"a": b"old"}]


def test_a_synced_file_without_a_synced_folder_may_have_no_name():
    records = [created(b"a", NEW), written(b"new"), synced(NEW)]
    assert sorted(map(len, outcomes(*records))) == [0, 1]
    assert outcomes(*records, strict=False) == [{b"a": b"new"}], "ext4's journal holds the name"


@BOTH
def test_replacing_a_file_the_safe_way_gives_the_old_or_the_new_content_whole(strict):
    records = [*OLD_FILE, created(b"a.tmp", NEW), written(b"new!"), synced(NEW), renamed(b"a.tmp", b"a")]
    found = outcomes(*records, strict=strict)
    assert {tree[b"a"] for tree in found} == ({b"old", b"new!"})
    assert outcomes(*records, FOLDER_SYNCED, strict=strict) == [{b"a": b"new!"}]


@BOTH
def test_replacing_a_file_without_syncing_it_can_lose_both_contents(strict):
    records = [*OLD_FILE, created(b"a.tmp", NEW), written(b"new!"), renamed(b"a.tmp", b"a"), FOLDER_SYNCED]
    found = {tree[b"a"] for tree in outcomes(*records, strict=strict)}
    assert b"" in found
    assert b"new!" in found
    assert b"old" not in found, "the rename was synced"


@BOTH
def test_a_later_write_can_survive_an_earlier_one(strict):
    records = [*OLD_FILE, written(b"1" * SECTOR, 0, OLD), written(b"2" * SECTOR, SECTOR, OLD)]
    contents = {tree[b"a"] for tree in outcomes(*records, strict=strict)}
    assert {b"old".ljust(SECTOR, b"\0") + b"2" * SECTOR, b"1" * SECTOR, b"old"} <= contents


def test_a_long_write_can_be_torn_between_sectors_and_leave_garbage_in_strict_mode_only():
    records = [*OLD_FILE, written(b"n" * 3 * SECTOR, SECTOR - 3, OLD)]
    strict, ext4 = (outcomes(*records, strict=mode) for mode in (True, False))
    torn = b"old".ljust(SECTOR - 3, b"\0") + b"nnn" + b"\0" * SECTOR + b"n" * SECTOR
    assert torn in {(tree[b"a"] or b"")[: len(torn)] for tree in strict}
    assert any(set(tree[b"a"] or b"") - set(b"old\0n") for tree in strict)
    assert not any(set(tree[b"a"] or b"") - set(b"old\0n") for tree in ext4)


@BOTH
def test_bytes_beside_a_write_are_never_touched(strict):
    records = [*OLD_FILE, written(b"N", 1, OLD)]
    assert all((tree[b"a"] or b"")[::2] == b"od" for tree in outcomes(*records, strict=strict))


@BOTH
def test_every_version_since_the_last_sync_may_come_back(strict):
    records = [*OLD_FILE, written(b"1st", 0, OLD), written(b"2nd", 0, OLD)]
    assert {b"old", b"1st", b"2nd"} <= {tree[b"a"] for tree in outcomes(*records, strict=strict)}
    again = outcomes(*records, synced(OLD), written(b"3rd", 0, OLD), strict=strict)
    assert not {b"old", b"1st"} & {tree[b"a"] for tree in again}


@BOTH
def test_a_truncation_that_was_not_synced_may_not_have_happened(strict):
    records = [*OLD_FILE, Record(Operation.TRUNCATE, OLD, offset=1)]
    assert {tree[b"a"] for tree in outcomes(*records, strict=strict)} == {b"old", b"o"}
    assert outcomes(*records, synced(OLD), strict=strict) == [{b"a": b"o"}]


@BOTH
def test_a_reservation_reads_as_zeros(strict):
    records = [*OLD_FILE, Record(Operation.EXTEND, OLD, offset=5), synced(OLD)]
    assert outcomes(*records, strict=strict) == [{b"a": b"old\0\0"}]


@BOTH
def test_a_deleted_file_may_come_back_until_its_folder_is_synced(strict):
    records = [*OLD_FILE, Record(Operation.UNLINK, OLD, ROOT, name=b"a")]
    assert sorted(outcomes(*records, strict=strict), key=len) == [{}, {b"a": b"old"}]
    assert outcomes(*records, FOLDER_SYNCED, strict=strict) == [{}]


def test_a_new_folder_needs_its_parent_synced_and_its_file_needs_the_folder_synced():
    made = Record(Operation.MKDIR, FOLDER, ROOT, name=b"d")
    records = [made, created(b"a", NEW, FOLDER), written(b"new"), synced(NEW)]
    whole: Tree = {b"d": None, b"d/a": b"new"}
    assert len(outcomes(*records)) == 3
    assert {} in outcomes(*records, Record(Operation.SYNC_FOLDER, FOLDER))
    assert {b"d": None} in outcomes(*records, FOLDER_SYNCED)
    assert outcomes(*records, FOLDER_SYNCED, Record(Operation.SYNC_FOLDER, FOLDER)) == [whole]


def test_a_move_between_folders_needs_both_synced():
    made = Record(Operation.MKDIR, FOLDER, ROOT, name=b"d")
    records = [*OLD_FILE, made, FOLDER_SYNCED, renamed(b"a", b"b", OLD, target=FOLDER)]
    ways: list[Tree] = [{b"a": b"old", b"d": None}, {b"d": None, b"d/b": b"old"}]
    assert sorted(outcomes(*records, FOLDER_SYNCED), key=sorted) == ways
    assert outcomes(*records, FOLDER_SYNCED, Record(Operation.SYNC_FOLDER, FOLDER)) == [ways[1]]


def test_a_used_inode_number_is_another_file():
    gone = Record(Operation.UNLINK, OLD, ROOT, name=b"a")
    records = [*OLD_FILE, gone, created(b"b", OLD), written(b"new", 0, OLD)]
    assert {b"a": b"old"} in outcomes(*records)
    assert all(tree.get(b"a", b"old") == b"old" for tree in outcomes(*records))


@BOTH
def test_a_disk_that_is_deaf_to_syncs_loses_what_a_good_one_keeps(strict):
    disk = Disk(ROOT, deaf=lambda name: name == b"a").replay(OLD_FILE)
    assert {b"a": b""} in [disk.after_power_loss(seed, strict=strict) for seed in SEEDS]


def test_what_is_durable_is_what_was_synced_and_no_more():
    records = [*OLD_FILE, written(b"new", 1, OLD), Record(Operation.UNLINK, OLD, ROOT, name=b"a"), created(b"b", NEW)]
    assert Disk(ROOT).replay(records).durable() == {b"a": b"old"}


def test_the_same_seed_gives_the_same_state():
    disk = Disk(ROOT).replay([*OLD_FILE, written(bytes(5000), 2, OLD), renamed(b"a", b"b", OLD)])
    assert all(disk.after_power_loss(seed) == disk.after_power_loss(seed) for seed in SEEDS)


def test_what_is_loaded_from_a_folder_is_durable_and_a_tree_is_written_as_it_is(tmp_path):
    tree: Tree = {b"a": b"old", b"d": None, b"d/\xff": b"x"}
    write_tree(tree, tmp_path / "one")
    assert read_tree(tmp_path / "one") == tree
    disk = Disk(os.stat(tmp_path / "one").st_ino).load(tmp_path / "one")
    assert all(disk.after_power_loss(seed) == tree for seed in SEEDS)


def test_what_the_model_does_not_know_is_refused():
    with pytest.raises(NotImplementedError, match="a writable shared map"):
        Disk(ROOT).apply(Record(Operation.UNSUPPORTED, name=b"a writable shared map"))
