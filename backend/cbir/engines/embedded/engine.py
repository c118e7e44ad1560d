"""The embedded engine: each collection is a folder with an index and segments of vectors."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from cbir.disk.durable import make_folder, sync_file, sync_folder, sync_path, sync_tree
from cbir.disk.errors import reading
from cbir.disk.lock import FileLock
from cbir.engines.base import Engine
from cbir.engines.embedded import checks, compaction, schema, slots_table
from cbir.engines.embedded.database import Database, sqlite_errors
from cbir.engines.embedded.remedies import RESTORE, WRITING, writing
from cbir.engines.embedded.scans import Scans
from cbir.engines.embedded.segments import Segments
from cbir.engines.embedded.store import CAPABILITIES, EmbeddedCollection
from cbir.engines.naming import is_name, require_name, unknown
from cbir.errors import AlreadyExistsError, CorruptDataError, InvalidRequestError
from cbir.progress import Progress
from cbir.records import Identity, shown_path

INDEX = "index.sqlite"
VECTORS = "vectors"
PARTS = (INDEX, VECTORS)
"""A folder with either is a collection, if a damaged one."""
WRITER_LOCK = "writer.lock"
FOLDERS_LOCK = ".lock"
UNFINISHED = ".unfinished-"
"""How the folders of collections begin that are being made or removed."""


class EmbeddedEngine(Engine):
    """Collections below one folder, in this process."""

    name = "embedded"
    capabilities = CAPABILITIES

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._scans = Scans()

    def collections(self) -> list[str]:
        """See `Engine`."""
        with reading(self.folder), contextlib.suppress(FileNotFoundError, NotADirectoryError):
            return sorted(name for name in os.listdir(self.folder) if is_name(name) and self._is_there(name))
        return []

    def create(self, name: str, extractors: Iterable[Identity]) -> None:
        """See `Engine`; the folder appears under its name when all in it is on the disk."""
        target = self._path(name)
        with self._folders():
            if target.exists():
                raise AlreadyExistsError(f"There is a collection '{name}' already.", remedy="Choose another name.")
            draft = self.folder / f"{UNFINISHED}{secrets.token_hex(8)}"
            with writing(draft), sqlite_errors(draft):
                (draft / VECTORS).mkdir(parents=True)
                schema.create(draft / INDEX)
                _declare(draft / INDEX, extractors)
                sync_tree(draft)
                draft.rename(target)
                sync_folder(self.folder)

    def open(self, name: str, *, write: bool = False, repair: bool = False) -> EmbeddedCollection:
        """See `Engine`."""
        folder = self._existing(name)
        with reading(folder):
            whole = (folder / INDEX).is_file()
        if not whole:
            raise CorruptDataError(f"{shown_path(str(folder))} holds no {INDEX}.", remedy=RESTORE)
        lock = _writer_lock(folder) if write else None
        database = Database(folder / INDEX, writable=write)
        try:
            segments = Segments(folder / VECTORS)
            if write:
                _settle(folder)
                with database.transaction() as connection:
                    schema.migrate(connection)
            with database.snapshot() as connection:
                schema.require_current(connection, folder / INDEX)
                if write and not repair:
                    checks.require_whole(connection, segments)
            if write:
                compaction.clean(database, segments)
        except BaseException:
            database.close()
            if lock:
                lock.close()
            raise
        return EmbeddedCollection(name, database, segments, self._scans, lock)

    def rebuild(self, name: str, progress: Progress) -> int:
        """See `Engine`: every segment with dead rows is rewritten."""
        with self.open(name, write=True) as collection:
            progress.start(f"Rebuilding {name}", None)
            return collection.compact()

    def drop(self, name: str) -> None:
        """See `Engine`; a collection that is being written to stays."""
        folder = self._existing(name)
        with self._folders():
            lock = _writer_lock(folder)
            try:
                with writing(folder):
                    doomed = folder.rename(self.folder / f"{UNFINISHED}{secrets.token_hex(8)}")
                    sync_folder(self.folder)
                    shutil.rmtree(doomed)
            finally:
                lock.close()

    def _path(self, name: str) -> Path:
        require_name(name)
        return self.folder / name

    def _existing(self, name: str) -> Path:
        folder = self._path(name)
        if not self._is_there(name):
            raise unknown(name, self.collections())
        return folder

    def _is_there(self, name: str) -> bool:
        """Whether a folder is a collection; one that nobody may look into counts, so that it is reported."""
        try:
            return any((self.folder / name / part).exists() for part in PARTS)
        except PermissionError:
            return True

    @contextlib.contextmanager
    def _folders(self) -> Iterator[None]:
        """The sole right to make and remove collections; what others left unfinished is removed."""
        with writing(self.folder):
            make_folder(self.folder)
            sync_path(self.folder)
        lock = FileLock(self.folder / FOLDERS_LOCK, "the list of collections", WRITING, wait=True)
        try:
            for rest in self.folder.glob(f"{UNFINISHED}*"):
                shutil.rmtree(rest, ignore_errors=True)
            yield
        finally:
            lock.close()


def _writer_lock(folder: Path) -> FileLock:
    return FileLock(folder / WRITER_LOCK, f"the collection '{folder.name}'", WRITING)


def _settle(folder: Path) -> None:
    """Wait for the disk in place of a writer that was killed before it could.

    Its last transaction, or the collection itself, is there for all to see, so that a second run finds its work done
    and waits for nothing; a power cut would still take it back.
    """
    with writing(folder):
        with contextlib.suppress(FileNotFoundError):
            sync_file(folder / f"{INDEX}-wal")
        sync_folder(folder)
        sync_folder(folder.parent)


def _declare(index: Path, extractors: Iterable[Identity]) -> None:
    database = Database(index, writable=True)
    try:
        with database.transaction() as connection:
            for identity in extractors:
                if identity.name in {column.name for column in slots_table.columns(connection)}:
                    raise InvalidRequestError(f"The extractor '{identity.name}' is named twice.")
                slots_table.add_column(connection, identity)
    finally:
        database.close()
