"""The trash of uploaded pictures: `trash/ENTRY/` below the data folder, until it is emptied.

An entry is a folder with the files under their names and `entry.json`, which says when and whose they were. It is
made before the first file is moved, and what it holds is what lies in it, so that a kill at any moment leaves every
file in one of the two places.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cbir.disk.durable import sync
from cbir.engines.naming import require_name
from cbir.errors import InvalidRequestError, NotFoundError, StorageError
from cbir.uploads import folders
from cbir.uploads.names import is_generated

FOLDER = "trash"
CARD = "entry.json"
MAX_CARD = 4096
"""Bytes of an `entry.json` that is read."""
_ID = re.compile(r"\d{8}T\d{12}-[0-9a-f]{8}")
_TIME = "%Y%m%dT%H%M%S%f"


@dataclass(frozen=True, slots=True)
class TrashEntry:
    """What one deletion moved to the trash."""

    id: str
    """Empty where nothing was moved."""
    thrown_at: datetime
    collection: str
    files: tuple[str, ...]
    """Names as they were in the collection's folder of uploads, in order."""
    size: int
    """Bytes of all files."""


class Trash:
    """The trash below a data folder, of the files below its folder ``source``."""

    def __init__(self, base: Path, source: str) -> None:
        self._base = base
        self._source = source

    def take(self, collection: str, names: list[str]) -> TrashEntry:
        """Move files of a collection here; those that are no regular files are left alone."""
        now = datetime.now(UTC)
        wanted = folders.files(self._base, self._source, collection, names=names)
        return self._moved(now, collection, wanted) if wanted else TrashEntry("", now, collection, (), 0)

    def entries(self) -> list[TrashEntry]:
        """All that holds something, latest first."""
        found = map(self._read, sorted(self._ids(), reverse=True))
        return [entry for entry in found if entry and entry.files]

    def entry(self, id: str) -> TrashEntry:
        """One entry. Raises NotFoundError."""
        entry = self._read(id) if _ID.fullmatch(id) else None
        if entry is None or not entry.files:
            raise _not_there()
        return entry

    def restore(self, entry: TrashEntry) -> tuple[str, ...]:
        """Move an entry's files back; their names. Raises NotFoundError."""
        there = self.entry(entry.id)
        with (
            folders.entered(self._base, FOLDER, there.id) as source,
            folders.entered(self._base, self._source, there.collection, make=True) as target,
            folders.writing(self._base / self._source / there.collection),
        ):
            for name in there.files:
                with contextlib.suppress(FileNotFoundError):
                    os.rename(name, name, src_dir_fd=source, dst_dir_fd=target)
            os.fsync(target)
        self._delete(there.id)
        return there.files

    def empty(self, entry: TrashEntry | None) -> int:
        """Delete one entry, or all; the bytes that were given back."""
        if entry is not None:
            there = self.entry(entry.id)
            self._delete(there.id)
            return there.size
        freed = 0
        for each in self._ids():
            held = self._read(each)
            freed += held.size if held else 0
            self._delete(each)
        return freed

    def _moved(self, now: datetime, collection: str, names: list[str]) -> TrashEntry:
        id = f"{now.strftime(_TIME)}-{secrets.token_hex(4)}"  # noqa: A001 — as the field is called
        with (
            folders.entered(self._base, self._source, collection) as source,
            folders.entered(self._base, FOLDER, id, make=True) as target,
            folders.writing(self._base / FOLDER / id),
        ):
            _write_card(target, now, collection)
            for name in names:
                with contextlib.suppress(FileNotFoundError):
                    os.rename(name, name, src_dir_fd=source, dst_dir_fd=target)
            os.fsync(target)
            os.fsync(source)
        return self._read(id) or TrashEntry("", now, collection, (), 0)

    def _ids(self) -> list[str]:
        try:
            with folders.entered(self._base, FOLDER) as folder:
                return [name for name in os.listdir(folder) if _ID.fullmatch(name)]
        except FileNotFoundError:
            return []

    def _read(self, id: str) -> TrashEntry | None:
        """An entry as it lies there, None where it is none."""
        try:
            with folders.entered(self._base, FOLDER, id) as folder:
                thrown_at, collection = _read_card(folder)
                names = sorted(name for name in os.listdir(folder) if is_generated(name))
                files = tuple(name for name in names if folders.is_file(name, folder))
                return TrashEntry(id, thrown_at, collection, files, sum(folders.size(one, folder) for one in files))
        except (OSError, ValueError, KeyError, TypeError, StorageError, InvalidRequestError):
            return None

    def _delete(self, id: str) -> None:
        """Remove an entry; links in its place or in it are removed, not followed."""
        with folders.entered(self._base, FOLDER) as trash, folders.writing(self._base / FOLDER / id):
            with contextlib.suppress(FileNotFoundError):
                if stat.S_ISDIR(os.stat(id, dir_fd=trash, follow_symlinks=False).st_mode):
                    shutil.rmtree(id, dir_fd=trash)
                else:
                    os.unlink(id, dir_fd=trash)
            os.fsync(trash)


def _write_card(folder: int, now: datetime, collection: str) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(CARD, flags, 0o644, dir_fd=folder), "w", encoding="utf-8") as stream:
        json.dump({"thrown_at": now.isoformat(), "collection": collection}, stream)
        stream.flush()
        sync(stream.fileno())
    os.fsync(folder)


def _read_card(folder: int) -> tuple[datetime, str]:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with os.fdopen(os.open(CARD, flags, dir_fd=folder), encoding="utf-8") as stream:
        card = json.loads(stream.read(MAX_CARD))
    require_name(card["collection"])
    return datetime.fromisoformat(card["thrown_at"]), card["collection"]


def _not_there() -> NotFoundError:
    return NotFoundError("The trash has no such entry.", remedy="It was restored or emptied; list the trash again.")
