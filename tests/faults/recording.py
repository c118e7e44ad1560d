"""The log that `recorder.c` writes: building the library, reading its records."""

from __future__ import annotations

import ctypes
import os
import shutil
import struct
import subprocess
import sys
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("recorder.c")
_HEADER = struct.Struct("=IIQQQQIIQ")
_MAGIC = 0x4D4F4D45


class Operation(IntEnum):
    """What was done; the numbers are those of `recorder.c`."""

    ROOT = 0
    CREATE = 1
    MKDIR = 2
    UNLINK = 3
    RMDIR = 4
    RENAME = 5
    LINK = 6
    WRITE = 7
    TRUNCATE = 8
    EXTEND = 9
    SYNC = 10
    SYNC_FOLDER = 11
    SYNC_ALL = 12
    MARK = 13
    UNSUPPORTED = 14


@dataclass(frozen=True, slots=True)
class Record:
    """One call that succeeded. Files and folders are inode numbers."""

    operation: Operation
    file: int = 0
    folder: int = 0
    """Where ``name`` stands."""
    target: int = 0
    """Where ``new_name`` stands."""
    offset: int = 0
    """Of a write; the size that a truncation or extension asks for."""
    name: bytes = b""
    new_name: bytes = b""
    data: bytes = b""


def read_log(path: Path) -> list[Record]:
    """The records of a log; one that the kill cut short is left out."""
    content = path.read_bytes()
    records: list[Record] = []
    at = 0
    while at + _HEADER.size <= len(content):
        magic, operation, file, folder, target, offset, *lengths = _HEADER.unpack_from(content, at)
        assert magic == _MAGIC, f"{path} is damaged at byte {at}"
        at += _HEADER.size
        if at + sum(lengths) > len(content):
            break
        texts = []
        for length in lengths:
            texts.append(content[at : at + length])
            at += length
        records.append(Record(Operation(operation), file, folder, target, offset, *texts))
    return records


def marks(records: list[Record]) -> list[str]:
    """What the program itself reported, in order."""
    return [record.name.decode() for record in records if record.operation is Operation.MARK]


def build(folder: Path) -> Path:
    """Compile the recorder into ``folder``; skips the test where that cannot be (but not under CI=true)."""
    reason = ""
    compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc")
    if not sys.platform.startswith("linux"):
        reason = "calls are recorded by LD_PRELOAD, on Linux only"
    elif compiler is None:
        reason = "a C compiler is needed to build the recorder of file system calls"
    if reason or compiler is None:
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    library = folder / "recorder.so"
    flags = ["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([compiler, *flags, "-o", str(library), str(SOURCE)], check=True)
    return library


class Recorder:
    """The recorder that is preloaded into this process."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None, use_errno=True)
        self._library.recorder_start.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_long, ctypes.c_int)
        self._library.recorder_mark.argtypes = (ctypes.c_char_p,)
        self._library.recorder_mark.restype = None

    def start(self, folder: Path, log: Path, *, fatal: int = 0, torn: bool = False) -> None:
        """Record what happens below ``folder``; die at record number ``fatal``, in the middle of it if ``torn``."""
        if self._library.recorder_start(os.fsencode(folder), os.fsencode(log), fatal, torn) != 0:
            raise OSError(ctypes.get_errno(), "recorder_start", str(log))

    def mark(self, text: str) -> None:
        """Put a report into the log: all that was done before it is in the log before it."""
        self._library.recorder_mark(text.encode())
