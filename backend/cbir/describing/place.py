"""Where the process that computes descriptors listens: a Unix socket that only its user can reach."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
from pathlib import Path

from cbir.disk.errors import Remedies, reading, writing
from cbir.errors import StorageError

MAX_PATH = 100
"""Bytes of a path that a Unix socket takes everywhere (108 with a closing zero on Linux, 104 on macOS)."""

REMEDIES = Remedies(
    "Make room in the data folder.",
    "Allow it, or choose another folder with CBIR_DATA_DIR.",
    "Check the data folder.",
)
_BACKLOG = 512


def run_folder(data_dir: Path) -> Path:
    """The folder of a running server's files."""
    return data_dir / "run"


def lock_path(data_dir: Path) -> Path:
    """The file whose lock the one process of a data folder holds."""
    return run_folder(data_dir) / "describer.lock"


def socket_path(data_dir: Path) -> Path:
    """Where the socket is, if there is one: in the run folder, or where `describer.address` there says."""
    try:
        address = _address_path(data_dir).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return _usual_path(data_dir)
    possible = len(address) <= MAX_PATH and address.startswith(b"/") and b"\0" not in address
    return Path(os.fsdecode(address)) if possible else _usual_path(data_dir)


def make_run_folder(data_dir: Path) -> Path:
    """The run folder, made where it is missing, closed to everybody else.

    Raises:
        StorageError: it cannot be made, or is another's.
    """
    folder = run_folder(data_dir)
    with writing(folder, REMEDIES):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    return folder


def listen(data_dir: Path) -> socket.socket:
    """A socket that listens in place of any that was left behind; the caller holds the lock.

    Where the data folder's path is too long for a socket, or its file system has none, the socket is in a private
    temporary folder.

    Raises:
        StorageError: no socket can be made.
    """
    clear(data_dir)
    with contextlib.suppress(OSError):
        return _listening(_usual_path(data_dir))
    return _listening_elsewhere(data_dir)


def clear(data_dir: Path) -> None:
    """Take the socket away, also one that a killed process left; the caller holds the lock."""
    with reading(run_folder(data_dir)):
        found = socket_path(data_dir)
    with writing(run_folder(data_dir), REMEDIES):
        if found.is_socket():
            found.unlink(missing_ok=True)
            if found != _usual_path(data_dir):
                found.parent.rmdir()
        _address_path(data_dir).unlink(missing_ok=True)


def _usual_path(data_dir: Path) -> Path:
    return run_folder(data_dir) / "describer.sock"


def _address_path(data_dir: Path) -> Path:
    return run_folder(data_dir) / "describer.address"


def _listening(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(os.fspath(path))
        path.chmod(0o600)  # the folder is closed already, so nobody came in between
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _listening_elsewhere(data_dir: Path) -> socket.socket:
    with writing(run_folder(data_dir), REMEDIES), contextlib.ExitStack() as undoing:
        folder = Path(tempfile.mkdtemp(prefix="cbir-"))
        undoing.callback(shutil.rmtree, folder, ignore_errors=True)
        path = folder / _usual_path(data_dir).name
        if len(os.fsencode(path)) > MAX_PATH:
            raise StorageError(
                "The path of the folder for temporary files is too long for a socket.", remedy="Set a shorter TMPDIR."
            )
        listener = undoing.enter_context(_listening(path))
        _write(_address_path(data_dir), os.fsencode(path))
        undoing.pop_all()
    return listener


def _write(path: Path, content: bytes) -> None:
    """A small file that appears whole or not at all."""
    temporary = path.with_name(f".{path.name}-{os.getpid()}")
    temporary.write_bytes(content)
    temporary.replace(path)
