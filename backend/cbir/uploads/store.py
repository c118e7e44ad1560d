"""The folder of uploaded pictures: `uploads/COLLECTION/SHA256.ext` below the data folder."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cbir.disk.durable import sync
from cbir.engines.naming import is_name, require_name
from cbir.images.files import DEFAULT_LIMITS, Limits, file_id
from cbir.images.turns import examine
from cbir.settings import Settings
from cbir.uploads import folders
from cbir.uploads.names import generated, is_generated, shown_name
from cbir.uploads.trash import Trash, TrashEntry

FOLDER = "uploads"
UNFINISHED = ".unfinished"
"""Where files are written before they appear under their name; no collection can be called so."""
ABANDONED_S = 3600.0
"""After so long without a change an unfinished file is one that a killed process left."""
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Stored:
    """A picture that was taken in."""

    path: str
    """Absolute path of the copy that is kept."""
    id: str
    width: int
    height: int
    format: str
    """Pillow's name of the file format."""
    name: str
    """What the client called it, fit to be shown and searched; no file is called so."""


class Uploads:
    """Uploaded pictures of all collections. Several processes may use the same folder at the same time."""

    def __init__(self, settings: Settings) -> None:
        self._base = Path(os.path.abspath(settings.data_dir))
        self._limits = Limits(bytes=settings.server_upload_mb << 20, pixels=DEFAULT_LIMITS.pixels)
        self._trash = Trash(self._base, FOLDER)

    def store(self, collection: str, name: str, data: bytes) -> Stored:
        """Keep a picture. It is decoded first, and on the disk when this returns; the same bytes are kept once.

        Args:
            collection: whose picture it becomes; it need not be there yet.
            name: what the client calls it.
            data: the file.

        Raises:
            InvalidRequestError: a collection cannot be called so.
            ImageError: it is no picture, or over the limits; nothing was stored.
            StorageError: it cannot be written.
        """
        require_name(collection)
        image = examine(data, self._limits)
        image_id = file_id(data)
        file = generated(image_id, image.format)
        self._write(collection, file, data)
        path = str(self.folder(collection) / file)
        return Stored(path, image_id, image.width, image.height, image.format, shown_name(name))

    def folder(self, collection: str) -> Path:
        """Where a collection's uploads are kept, whether there are any or not.

        Raises:
            InvalidRequestError: a collection cannot be called so.
        """
        require_name(collection)
        return self._base / FOLDER / collection

    def is_upload(self, path: str, collection: str | None = None) -> bool:
        """Whether a path is that of an uploaded picture (of this collection) that is there: a regular file, under a
        name that was given here, reached without any link.
        """
        parts = self._parts(path)
        if parts is None or (collection is not None and parts[0] != collection):
            return False
        return bool(folders.files(self._base, FOLDER, parts[0], names=parts[1:]))

    def paths(self, collection: str) -> list[str]:
        """All uploads of a collection, in order of their names."""
        place = self.folder(collection)
        with contextlib.suppress(FileNotFoundError), folders.entered(self._base, FOLDER, collection) as folder:
            names = sorted(name for name in os.listdir(folder) if is_generated(name))
            return [str(place / name) for name in names if folders.is_file(name, folder)]
        return []

    def throw_away(self, collection: str, paths: Iterable[str]) -> TrashEntry:
        """Move these uploads of a collection to the trash. Everything else among ``paths`` is left alone: files of
        the person, uploads of other collections, links, what is not there.

        Returns:
            What can be restored; an entry without files, which is not kept, where there was nothing to move.

        Raises:
            InvalidRequestError: a collection cannot be called so.
            StorageError: they cannot be moved.
        """
        require_name(collection)
        named = dict.fromkeys(parts[1] for parts in map(self._parts, paths) if parts and parts[0] == collection)
        return self._trash.take(collection, list(named))

    def trash(self) -> list[TrashEntry]:
        """What was thrown away, latest first."""
        return self._trash.entries()

    def entry(self, id: str) -> TrashEntry:
        """One entry of the trash.

        Raises:
            NotFoundError: there is none of this id.
        """
        return self._trash.entry(id)

    def restore(self, entry: TrashEntry) -> list[str]:
        """Put an entry's files back where they were; their paths, to be indexed again.

        Raises:
            NotFoundError: it is no longer there.
            StorageError: they cannot be moved.
        """
        return [str(self.folder(entry.collection) / name) for name in self._trash.restore(entry)]

    def empty(self, entry: TrashEntry | None = None) -> int:
        """Delete an entry's files, or all of the trash, for good; the bytes that were given back.

        Raises:
            StorageError: they cannot be deleted.
        """
        return self._trash.empty(entry)

    def _parts(self, path: str) -> tuple[str, str] | None:
        """Collection and name, where a path is written exactly like one of an upload."""
        collection, _, name = path.removeprefix(f"{self._base / FOLDER}/").partition("/")
        if not is_name(collection) or not is_generated(name) or path != str(self._base / FOLDER / collection / name):
            return None
        return collection, name

    def _write(self, collection: str, file: str, data: bytes) -> None:
        with folders.entered(self._base, FOLDER, collection, make=True) as target:
            if _holds(target, file, data):
                # Whoever wrote it may have been killed before it waited for the disk
                os.fsync(target)
                return
            with (
                folders.entered(self._base, FOLDER, UNFINISHED, make=True) as drafts,
                folders.writing(self.folder(collection) / file),
            ):
                _remove_abandoned(drafts)
                draft = secrets.token_hex(16)
                try:
                    _write_synced(draft, drafts, data)
                    os.rename(draft, file, src_dir_fd=drafts, dst_dir_fd=target)
                finally:
                    with contextlib.suppress(FileNotFoundError):
                        os.unlink(draft, dir_fd=drafts)
                os.fsync(target)


def _holds(folder: int, file: str, data: bytes) -> bool:
    """Whether a regular file of this name has this content already."""
    if not folders.is_file(file, folder) or folders.size(file, folder) != len(data):
        return False
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError:
        return False
    with os.fdopen(descriptor, "rb") as stream:
        kept = hashlib.sha256()
        while block := stream.read(_BLOCK):
            kept.update(block)
    return kept.digest() == hashlib.sha256(data).digest()


def _write_synced(name: str, folder: int, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(name, flags, 0o644, dir_fd=folder), "wb", buffering=0) as stream:
        view = memoryview(data)
        while view:
            view = view[stream.write(view) :]
        sync(stream.fileno())


def _remove_abandoned(drafts: int) -> None:
    """Delete what processes that were killed left unfinished."""
    before = time.time() - ABANDONED_S
    for name in os.listdir(drafts):
        with contextlib.suppress(FileNotFoundError):
            if os.stat(name, dir_fd=drafts, follow_symlinks=False).st_mtime < before:
                os.unlink(name, dir_fd=drafts)
