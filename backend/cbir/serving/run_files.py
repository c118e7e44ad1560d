"""Files that say what runs on a data folder, in `DATA/run`, which only its owner may look into.

server.lock       held as long as the server runs; the system frees it however that ends
server.json       where it listens; stale where nobody holds the lock
metrics           what the web processes count, for Prometheus; a link to a folder in memory, where there is such
describer.…       the describer's, which looks after them itself
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cbir import __version__
from cbir.disk.errors import Remedies, writing
from cbir.disk.lock import FileLock
from cbir.errors import ConflictError, WriterBusyError
from cbir.records import shown_path

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 — a private folder is made in it
"""Where counters lie if it is there. They are files that are mapped into memory: on a disk that is full, whoever
counts would be killed (SIGBUS).
"""
_COUNTERS = "cbir-counters-"
_ANOTHER_FOLDER = "choose another data folder with --data-dir or CBIR_DATA_DIR."
_REMEDIES = Remedies(
    "Free some space and start again.",
    f"Make the folder writable, or {_ANOTHER_FOLDER}",
    f"Check it, or {_ANOTHER_FOLDER}",
)


@dataclass(frozen=True, slots=True)
class Running:
    """A server that runs, as `server.json` describes it."""

    address: str
    """Its address for a browser on this machine: http://127.0.0.1:8000"""
    pid: int
    version: str
    started: str
    """When, in ISO 8601."""


class RunFiles:
    """The files of the one server of a data folder, taken from construction to `close`."""

    def __init__(self, data_dir: Path) -> None:
        """Take the place of the data folder's server, and remove what an earlier one left.

        Raises:
            ConflictError: a server of this data folder runs; the message says where.
            StorageError: the folder cannot be written.
        """
        self.folder = data_dir / "run"
        with writing(self.folder, _REMEDIES):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.chmod(0o700)
        self._lock = _taken(data_dir, self.folder)
        with writing(self.folder, _REMEDIES):
            (self.folder / "server.json").unlink(missing_ok=True)
            self._forget_counters()
            self._make_counters()

    @property
    def metrics(self) -> Path:
        """The folder of the web processes' counters."""
        return self.folder / "metrics"

    def announce(self, address: str) -> None:
        """Say where the server listens."""
        started = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        running = Running(address, os.getpid(), __version__, started)
        new = self.folder / "server.json.new"
        with writing(new, _REMEDIES):
            new.write_text(json.dumps(asdict(running), indent=2) + "\n")
            new.replace(self.folder / "server.json")

    def close(self) -> None:
        """Leave the place to another server."""
        with contextlib.suppress(OSError):
            (self.folder / "server.json").unlink(missing_ok=True)
        self._forget_counters()
        self._lock.close()

    def _make_counters(self) -> None:
        if os.access(SHARED_MEMORY, os.W_OK):
            self.metrics.symlink_to(tempfile.mkdtemp(prefix=_COUNTERS, dir=SHARED_MEMORY))
        else:
            self.metrics.mkdir(mode=0o700)

    def _forget_counters(self) -> None:
        """Remove them, also those of a server that was killed."""
        if not self.metrics.is_symlink():
            shutil.rmtree(self.metrics, ignore_errors=True)
            return
        kept = Path(os.readlink(self.metrics))
        if kept.parent == SHARED_MEMORY and kept.name.startswith(_COUNTERS):
            shutil.rmtree(kept, ignore_errors=True)
        with contextlib.suppress(OSError):
            self.metrics.unlink(missing_ok=True)


def announced(data_dir: Path) -> Running | None:
    """What the last server of a data folder said of itself; it may have ended without a word."""
    try:
        values: dict[str, Any] = json.loads((data_dir / "run" / "server.json").read_text("utf-8"))
        return Running(**values)
    except (OSError, ValueError, TypeError):
        return None


def _taken(data_dir: Path, folder: Path) -> FileLock:
    try:
        return FileLock(folder / "server.lock", "the run files", _REMEDIES)
    except WriterBusyError:
        running = announced(data_dir)
        where = f" at {running.address} (process {running.pid})" if running else ""
        raise ConflictError(
            f"A server of the data folder {shown_path(str(data_dir))} is running already{where}.",
            remedy="Use that one, or stop it first; another data folder (--data-dir) can have a server of its own.",
        ) from None
