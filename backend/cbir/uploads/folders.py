"""Folders that are entered one by one without following links, so that nothing in them leads out of them."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from cbir.disk import errors
from cbir.disk.durable import make_folder
from cbir.errors import StorageError

_ELSEWHERE = "choose another folder with --data-dir or CBIR_DATA_DIR."
_REMEDIES = errors.Remedies(
    "Free some space and send it again.",
    f"Make the folder writable, or {_ELSEWHERE}",
    f"Links are not followed here; check the folder and its disk, or {_ELSEWHERE}",
)
_ENTER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def writing(path: Path) -> contextlib.AbstractContextManager[None]:
    """`cbir.disk.errors.writing` for files of uploads."""
    return errors.writing(path, _REMEDIES)


@contextlib.contextmanager
def entered(base: Path, *parts: str, make: bool = False) -> Iterator[int]:
    """A descriptor of the folder ``base/parts…``, for functions that take `dir_fd`.

    Args:
        base: a folder that may be reached through links, as the person chose it.
        parts: names of folders, each in the one before it; none of them may be a link.
        make: make the folders that are missing, durably.

    Raises:
        FileNotFoundError: one is missing.
        StorageError: one is a link or a file, or cannot be made.
    """
    path = base.joinpath(*parts)
    with contextlib.ExitStack() as stack:
        try:
            with writing(path):
                descriptor = _entered(base, parts, stack, make=make)
        except StorageError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                raise error.__cause__ from None
            raise
        yield descriptor


def _entered(base: Path, parts: tuple[str, ...], stack: contextlib.ExitStack, *, make: bool) -> int:
    if make:
        make_folder(base)
    descriptor = os.open(base, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    stack.callback(os.close, descriptor)
    for part in parts:
        if make:
            _make(part, descriptor)
        descriptor = os.open(part, _ENTER, dir_fd=descriptor)
        stack.callback(os.close, descriptor)
    return descriptor


def _make(name: str, parent: int) -> None:
    with contextlib.suppress(FileExistsError):
        os.mkdir(name, dir_fd=parent)
        os.fsync(parent)


def is_file(name: str, folder: int) -> bool:
    """Whether a regular file, and no link, has this name in the folder of a descriptor."""
    try:
        return stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return False


def size(name: str, folder: int) -> int:
    """Bytes of a file in the folder of a descriptor; 0 where it is gone."""
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False).st_size
    except FileNotFoundError:
        return 0


def files(base: Path, *parts: str, names: Iterable[str]) -> list[str]:
    """Those of ``names`` under which a regular file lies in the folder ``base/parts…``; none where that is not there,
    or is a link.
    """
    try:
        with entered(base, *parts) as folder:
            return [name for name in names if is_file(name, folder)]
    except (FileNotFoundError, StorageError):
        return []
