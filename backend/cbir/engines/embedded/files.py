"""Durable file operations: what returned from here survives a power cut. Failures become the program's errors."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cbir.errors import ReadOnlyError, StorageError, StorageFullError
from cbir.records import shown_path

FREE_SPACE = "Free some space and run it again; what was committed before is intact."
MAKE_WRITABLE = "Make the folder writable, or choose another with --data-dir or CBIR_DATA_DIR."

_WRITE_ERRORS: dict[int, tuple[type[StorageError], str, str]] = {
    errno.ENOSPC: (StorageFullError, "No space is left for", FREE_SPACE),
    errno.EDQUOT: (StorageFullError, "The quota is used up for", FREE_SPACE),
    errno.EFBIG: (StorageFullError, "The file size limit is reached for", FREE_SPACE),
    errno.EROFS: (ReadOnlyError, "A read-only file system holds", MAKE_WRITABLE),
    errno.EACCES: (ReadOnlyError, "No permission to write", MAKE_WRITABLE),
    errno.EPERM: (ReadOnlyError, "No permission to write", MAKE_WRITABLE),
}


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an `OSError` while something at ``path`` is written into a `StorageError`."""
    try:
        yield
    except OSError as error:
        kind, message, remedy = _WRITE_ERRORS.get(error.errno or 0, (StorageError, f"{error.strerror}:", ""))
        raise kind(f"{message} {shown_path(str(path))}.", remedy=remedy) from error


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn an `OSError` while something at ``path`` is read into a `StorageError`; a file that is gone stays
    `FileNotFoundError`.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StorageError(
            f"{shown_path(str(path))} cannot be read: {error.strerror}.", remedy="Check permissions and disk."
        ) from error


def sync(descriptor: int) -> None:
    """Wait until a file's bytes and size are on the disk itself."""
    if sys.platform == "darwin":
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
    else:
        os.fdatasync(descriptor)


def sync_file(path: Path) -> None:
    """Wait until the bytes of a file are on the disk, whoever wrote them."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, durably."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_path(folder: Path) -> None:
    """Wait until a folder can be found from the root of its file system, also where a process that was killed made
    it or those above it.
    """
    device = folder.stat().st_dev
    for above in folder.absolute().parents:
        if above.stat().st_dev != device:
            return
        # whoever may not read it has not made anything in it
        with contextlib.suppress(PermissionError):
            sync_folder(above)


def sync_tree(folder: Path) -> None:
    """Wait until a folder, with all files and folders in it, is on the disk."""
    for path in folder.iterdir():
        if path.is_dir():
            sync_tree(path)
        else:
            sync_file(path)
    sync_folder(folder)
