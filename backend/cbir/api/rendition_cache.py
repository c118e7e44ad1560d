"""Renditions on disk: written whole or not at all, and the least recently used ones removed when there are many."""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

USED_AGAIN_S = 3600
"""A file's time says when it was last used, to this many seconds, so that reading seldom writes."""
ABANDONED_S = 3600
"""A file that is still being written after this long never will be."""
SWEEP_SHARE, KEPT_SHARE = 20, 0.9
"""Swept when another 1/20 of the limit was written; then this share of the limit stays."""
PART = ".part"


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    used: float
    size: int


class RenditionCache:
    """Files by name in one folder of at most ``max_bytes``; shared by processes, safe in threads.

    A cache: what cannot be read is made again, what cannot be written is not kept, and neither fails a request.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._unswept = max_bytes
        """Bytes written since the last sweep; the first write of a process sweeps."""
        self._lock = threading.Lock()

    def get(self, name: str) -> bytes | None:
        """What is kept under a name, None for nothing."""
        path = self._path(name)
        try:
            data = path.read_bytes()
            if time.time() - path.stat().st_mtime > USED_AGAIN_S:
                os.utime(path)
        except OSError:
            return None
        # a power cut can leave the name of a file that was just written, and nothing in it
        return data or None

    def put(self, name: str, data: bytes) -> None:
        """Keep ``data`` under a name that says all of what it is, so that others may have put the same there."""
        path = self._path(name)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, part = tempfile.mkstemp(suffix=PART, dir=path.parent)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(data)
                os.replace(part, path)
            except OSError:
                Path(part).unlink(missing_ok=True)
                raise
        except OSError as error:
            logging.getLogger(__name__).warning("A rendition cannot be kept: %s.", error.strerror)
            return
        if self._sweep_is_due(len(data)):
            self.sweep()

    def sweep(self) -> None:
        """Remove the least recently used files until the folder is within its limit."""
        files = sorted(self._files(), key=lambda file: file.used, reverse=True)
        total = 0
        over = sum(file.size for file in files) > self._max_bytes
        for file in files:
            total += file.size
            abandoned = file.path.suffix == PART and time.time() - file.used > ABANDONED_S
            if abandoned or (over and total > KEPT_SHARE * self._max_bytes):
                with contextlib.suppress(OSError):
                    file.path.unlink()

    def _sweep_is_due(self, written: int) -> bool:
        with self._lock:
            self._unswept += written
            if self._unswept < self._max_bytes / SWEEP_SHARE:
                return False
            self._unswept = 0
            return True

    def _files(self) -> list[_File]:
        """All files; one that another process removes meanwhile is left out."""
        found = []
        for folder, _, names in os.walk(self._folder):
            for name in names:
                path = Path(folder, name)
                with contextlib.suppress(OSError):
                    status = path.stat()
                    found.append(_File(path, status.st_mtime, status.st_size))
        return found

    def _path(self, name: str) -> Path:
        """Names begin with hex digits; 256 folders keep each of them small."""
        return self._folder / name[:2] / name
