"""One writer a set at a time, files that appear whole, and the words for a folder that cannot be written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path

from cbir.disk import errors
from cbir.disk.durable import sync_folder
from cbir.disk.lock import FileLock

_ANOTHER_FOLDER = "Choose another folder with CBIR_WEIGHTS_DIR."
_REMEDIES = errors.Remedies(f"Make room. {_ANOTHER_FOLDER}", f"Allow it. {_ANOTHER_FOLDER}", _ANOTHER_FOLDER)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock file ``path``, waiting for whoever has it; the system frees it when its holder dies."""
    with writing(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    with closing(FileLock(path, f"the weights in {path.parent}", _REMEDIES, wait=True)):
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
        sync_folder(path.parent)
    except BaseException:
        with suppress(FileNotFoundError):
            temporary.unlink()
        raise


def writing(folder: Path) -> AbstractContextManager[None]:
    """`cbir.disk.errors.writing` below the folder of weights."""
    return errors.writing(folder, _REMEDIES)


def reading(folder: Path) -> AbstractContextManager[None]:
    """`cbir.disk.errors.reading` below the folder of weights."""
    return errors.reading(folder, f"Check its permissions. {_ANOTHER_FOLDER}")
