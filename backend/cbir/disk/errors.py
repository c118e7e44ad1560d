"""What the system refuses on a disk (`errno`), as the program's errors with a remedy."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cbir.errors import ReadOnlyError, StorageError, StorageFullError
from cbir.records import shown_path


@dataclass(frozen=True, slots=True)
class Remedies:
    """What helps where a kind of files cannot be written."""

    full: str
    """No space, quota or size is left."""
    refused: str
    """It may not be written there."""
    other: str
    """Anything else, as a file in a folder's place or a disk that fails."""


_REFUSALS: dict[int, tuple[type[StorageError], str]] = {
    errno.ENOSPC: (StorageFullError, "No space is left for {path}."),
    errno.EDQUOT: (StorageFullError, "The quota is used up for {path}."),
    errno.EFBIG: (StorageFullError, "The file size limit is reached for {path}."),
    errno.EROFS: (ReadOnlyError, "{path} cannot be written: its file system is read-only."),
    errno.EACCES: (ReadOnlyError, "{path} cannot be written: no permission."),
    errno.EPERM: (ReadOnlyError, "{path} cannot be written: no permission."),
    errno.ENOTDIR: (StorageError, "{path} cannot be used: a file stands where a folder must be."),
    errno.EEXIST: (StorageError, "{path} cannot be used: a file stands where a folder must be."),
}


@contextmanager
def writing(path: Path, remedies: Remedies) -> Iterator[None]:
    """Turn an `OSError` while something at ``path`` is written into a `StorageError`."""
    try:
        yield
    except OSError as error:
        fallback = (StorageError, "{path} cannot be used: {reason}.")
        kind, message = _REFUSALS.get(error.errno or 0, fallback)
        remedy = {StorageFullError: remedies.full, ReadOnlyError: remedies.refused}.get(kind, remedies.other)
        text = message.format(path=shown_path(str(path)), reason=error.strerror or error)
        raise kind(text, remedy=remedy) from error


@contextmanager
def reading(path: Path, remedy: str = "Check permissions and disk.") -> Iterator[None]:
    """Turn an `OSError` while something at ``path`` is read into a `StorageError`; a file that is gone stays
    `FileNotFoundError`.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        reason = error.strerror or error
        raise StorageError(f"{shown_path(str(path))} cannot be read: {reason}.", remedy=remedy) from error
