"""Durable file operations: what returned from here survives a power cut."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sys
from pathlib import Path


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
