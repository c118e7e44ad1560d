"""A disk with a volatile write cache: what may be left of recorded calls after the power was lost.

Two rule books:

strict: POSIX and no more. Content is there after the file was synced; a name after its folder was synced (both
    folders for a move between two; a synced file may have no name). All else is kept or dropped piece by piece, in
    any order: writes by sectors of 512 bytes (a sector of an unfinished write may hold garbage within the bytes
    that were written, never outside them), growth apart from the data that caused it, names one by one.
    A rename is one change: the old names or the new ones, nothing between.
ext4: names, truncations and reservations are a journal, kept up to some moment; any sync completes it up to then.
    No garbage.

Maps of SQLite's -shm are not recorded, so that file's content is arbitrary after a loss: SQLite must not trust it.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from .recording import Operation, Record

SECTOR = 512

Tree = Mapping[bytes, bytes | None]
"""What a folder holds: relative path to content, None for a folder; folders stand before what is in them."""


@dataclass(slots=True)
class _File:
    name: bytes
    durable: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, Record]] = field(default_factory=list)


@dataclass(slots=True)
class _Folder:
    name: bytes


@dataclass(slots=True)
class _NameChange:
    """Take one name away, set another, or both at once."""

    number: int
    removed: tuple[int, bytes] | None
    added: tuple[int, bytes, int] | None
    unsynced: set[int] = field(default_factory=set)
    """Folders that must still be synced."""


class Fate:
    """What the disk did with the changes that nobody waited for, one answer each; strict rules."""

    garbage = 0.1

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        chance = self.random.choice((0.1, 0.5, 0.9))
        mixed = {"names": chance, "sizes": chance, "data": chance}
        self.chances = self.random.choice(
            (
                mixed,
                mixed,
                {"names": 0.0, "sizes": 0.0, "data": 0.0},
                {"names": 1.0, "sizes": 1.0, "data": 0.0},
                {"names": 1.0, "sizes": 0.5, "data": 0.5},
                {"names": 0.0, "sizes": 1.0, "data": 1.0},
                {"names": 0.5, "sizes": 1.0, "data": 1.0},
            )
        )

    def keeps_name(self, number: int) -> bool:
        del number
        return self._happens("names")

    def keeps_size(self, number: int) -> bool:
        del number
        return self._happens("sizes")

    def keeps_data(self) -> bool:
        return self._happens("data")

    def growth_without_data(self) -> bool:
        return self._happens("sizes")

    def spoils(self) -> bool:
        """Whether a sector that was being written holds neither the old nor the new bytes."""
        return 0.0 < self.chances["data"] < 1.0 and self.random.random() < self.garbage

    def _happens(self, what: str) -> bool:
        return self.random.random() < self.chances[what]


class JournalFate(Fate):
    """The same with a journal for names and sizes, as ext4 keeps it."""

    garbage = 0.0

    def __init__(self, seed: int, completed: int, last: int) -> None:
        super().__init__(seed)
        self.until = self.random.randint(completed, last)

    def keeps_name(self, number: int) -> bool:
        return number <= self.until

    def keeps_size(self, number: int) -> bool:
        return number <= self.until

    def growth_without_data(self) -> bool:
        return False


class _Uniform(Fate):
    """All of it happened, or none."""

    def __init__(self, chance: float) -> None:
        super().__init__(0)
        self.chances = {"names": chance, "sizes": chance, "data": chance}


class Disk:
    """A folder on a disk, while recorded calls are applied to it.

    ``deaf`` names files and folders whose syncs this disk acknowledges without doing them: a program that does not
    sync them looks the same.
    """

    def __init__(self, root: int, *, deaf: Callable[[bytes], bool] = lambda _name: False) -> None:
        self._deaf = deaf
        self._keys = count()
        self._numbers = count(1)
        self._last = self._completed = 0
        self._objects: dict[int, _File | _Folder] = {}
        self._by_inode: dict[int, int] = {}
        self._changes: list[_NameChange] = []
        self._root_inode = root
        self._root = self._new(root, _Folder(b"."))

    def load(self, folder: Path) -> Disk:
        """Take over what is in the root folder before the recording begins, all of it durable."""
        assert os.stat(folder).st_ino == self._root_inode
        self._load(folder, self._root)
        return self

    def replay(self, records: Iterable[Record]) -> Disk:
        """Apply records in order."""
        for record in records:
            self.apply(record)
        return self

    def apply(self, record: Record) -> None:
        """Do what was recorded."""
        self._last = next(self._numbers)
        match record.operation:
            case Operation.ROOT:
                assert record.file == self._root_inode
            case Operation.WRITE | Operation.TRUNCATE | Operation.EXTEND:
                self._file(self._key(record.file)).pending.append((self._last, record))
            case Operation.SYNC | Operation.SYNC_FOLDER:
                self._sync(self._key(record.file))
            case Operation.SYNC_ALL:
                for key in self._objects:
                    self._sync(key)
            case Operation.UNSUPPORTED:
                raise NotImplementedError(f"The model does not know {record.name.decode()}.")
            case Operation.MARK:
                pass
            case _:
                self._apply_to_names(record)

    def _apply_to_names(self, record: Record) -> None:
        match record.operation:
            case Operation.CREATE | Operation.MKDIR:
                kind = _File if record.operation is Operation.CREATE else _Folder
                key = self._new(record.file, kind(record.name))
                self._change_names(added=(self._key(record.folder), record.name, key))
            case Operation.UNLINK | Operation.RMDIR:
                self._change_names(removed=(self._key(record.folder), record.name))
            case Operation.LINK:
                self._change_names(added=(self._key(record.target), record.new_name, self._key(record.file)))
            case Operation.RENAME:
                self._objects[self._key(record.file)].name = record.new_name
                self._change_names(
                    removed=(self._key(record.folder), record.name),
                    added=(self._key(record.target), record.new_name, self._key(record.file)),
                )

    def tree(self) -> Tree:
        """What a program sees while the power is on."""
        return self._tree(_Uniform(1.0))

    def durable(self) -> Tree:
        """What is there after a power loss if the disk kept nothing that it did not have to keep."""
        return self._tree(_Uniform(0.0))

    def after_power_loss(self, seed: int, *, strict: bool = True) -> Tree:
        """One of the states in which the disk may come back; another for another seed."""
        return self._tree(Fate(seed) if strict else JournalFate(seed, self._completed, self._last))

    # -- while the power is on -------------------------------------------------------------------------

    def _new(self, inode: int, thing: _File | _Folder) -> int:
        """An inode's number is used again once its file is gone, so a thing has a key of its own."""
        key = next(self._keys)
        self._by_inode[inode] = key
        self._objects[key] = thing
        return key

    def _key(self, inode: int) -> int:
        return self._by_inode[inode]

    def _file(self, key: int) -> _File:
        thing = self._objects[key]
        assert isinstance(thing, _File)
        return thing

    def _load(self, folder: Path, key: int) -> None:
        for entry in os.scandir(os.fsencode(folder)):
            path = Path(os.fsdecode(entry.path))
            if entry.is_dir():
                child = self._new(entry.inode(), _Folder(entry.name))
                self._load(path, child)
            else:
                child = self._new(entry.inode(), _File(entry.name, bytearray(path.read_bytes())))
            self._changes.append(_NameChange(0, None, (key, entry.name, child)))

    def _change_names(
        self, removed: tuple[int, bytes] | None = None, added: tuple[int, bytes, int] | None = None
    ) -> None:
        touched = {place[0] for place in (removed, added) if place}
        self._changes.append(_NameChange(self._last, removed, added, touched))

    def _sync(self, key: int) -> None:
        thing = self._objects[key]
        if self._deaf(thing.name):
            return
        self._completed = self._last
        if isinstance(thing, _File):
            thing.durable = _content(thing, _Uniform(1.0))
            thing.pending = []
            return
        for change in self._changes:
            change.unsynced.discard(key)

    # -- after the loss --------------------------------------------------------------------------------

    def _tree(self, fate: Fate) -> Tree:
        folders: dict[int, dict[bytes, int]] = {
            key: {} for key, thing in self._objects.items() if isinstance(thing, _Folder)
        }
        for change in self._changes:
            if change.unsynced and not fate.keeps_name(change.number):
                continue
            if change.removed:
                folders[change.removed[0]].pop(change.removed[1], None)
            if change.added:
                folder, name, key = change.added
                folders[folder][name] = key
        tree: dict[bytes, bytes | None] = {}
        self._collect(folders, self._root, b"", fate, tree)
        return tree

    def _collect(
        self,
        folders: Mapping[int, Mapping[bytes, int]],
        folder: int,
        prefix: bytes,
        fate: Fate,
        tree: dict[bytes, bytes | None],
    ) -> None:
        for name, key in sorted(folders[folder].items()):
            thing = self._objects[key]
            if isinstance(thing, _Folder):
                tree[prefix + name] = None
                self._collect(folders, key, prefix + name + b"/", fate, tree)
            else:
                tree[prefix + name] = bytes(_content(thing, fate))


def _content(file: _File, fate: Fate) -> bytearray:
    """The file's bytes where ``fate`` decided on each change since its last sync."""
    content = bytearray(file.durable)
    for number, change in file.pending:
        if change.operation is Operation.WRITE:
            _write(content, change, fate)
        elif fate.keeps_size(number):
            if change.operation is Operation.TRUNCATE:
                del content[change.offset :]
            _grow(content, change.offset)
    return content


def _write(content: bytearray, change: Record, fate: Fate) -> None:
    end = change.offset + len(change.data)
    if fate.growth_without_data():
        _grow(content, end)
    start = change.offset
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        if fate.keeps_data():
            piece = change.data[start - change.offset : stop - change.offset]
            _grow(content, stop)
            content[start:stop] = fate.random.randbytes(stop - start) if fate.spoils() else piece
        start = stop


def _grow(content: bytearray, size: int) -> None:
    content.extend(bytes(max(0, size - len(content))))


def write_tree(tree: Tree, folder: Path) -> None:
    """Make ``folder``, which is empty or not there yet, hold a tree."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in tree.items():
        path = folder / os.fsdecode(name)
        if content is None:
            path.mkdir()
        else:
            path.write_bytes(content)


def read_tree(folder: Path) -> Tree:
    """What a folder holds."""
    paths = sorted(folder.rglob("*"))
    return {os.fsencode(path.relative_to(folder)): None if path.is_dir() else path.read_bytes() for path in paths}
