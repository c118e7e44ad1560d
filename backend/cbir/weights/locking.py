"""One writer a set at a time, files that appear whole, and the words for a folder that cannot be written."""

from __future__ import annotations

import errno
import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cbir.errors import ReadOnlyError, StorageError, StorageFullError

_REMEDY = "Choose another folder with CBIR_WEIGHTS_DIR."


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock file ``path``, waiting for whoever has it; the system frees it when its holder dies."""
    with storage_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab")
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside ``path``; what the body wrote there takes its place at the end, if nothing was raised.

    The body syncs its file. Call it under the lock of ``path``: leftovers of a killed process are removed first.
    """
    prefix = f".{path.name}-"
    for leftover in path.parent.glob(f"{prefix}*"):
        leftover.unlink()
    handle, name = tempfile.mkstemp(prefix=prefix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        temporary.replace(path)
        _sync_folder(path.parent)
    except BaseException:
        with suppress(FileNotFoundError):
            temporary.unlink()
        raise


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Turn the system's refusals to write below ``folder`` into errors with a remedy."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFullError(f"No space is left in {folder}.", remedy=f"Make room. {_REMEDY}") from None
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise ReadOnlyError(f"{folder} cannot be written.", remedy=f"Allow it. {_REMEDY}") from None
        raise StorageError(f"{folder} cannot be used: {error.strerror or error}.", remedy=_REMEDY) from None
