"""The one writer's place of a collection, held by a lock that the system drops with the process."""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path

from cbir.engines.embedded.files import writing
from cbir.errors import WriterBusyError
from cbir.records import shown_path


class FileLock:
    """An exclusive lock on a file, held from construction to `close`.

    The file says who holds it, for the message to the next; the lock itself is the system's (`flock`), so a
    process that dies leaves none behind.
    """

    def __init__(self, path: Path, what: str, *, wait: bool = False) -> None:
        """Take the lock.

        Args:
            path: the lock's file, made where it is missing.
            what: what is being written, for the message.
            wait: wait for the holder instead of failing.

        Raises:
            WriterBusyError: another process (or another part of this one) holds it.
            ReadOnlyError: the file cannot be opened for writing.
        """
        with writing(path):
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = self._holder()
            os.close(self._descriptor)
            raise WriterBusyError(
                f"Another process is writing to {what}{holder}.", remedy="Wait until it has ended, or stop it."
            ) from None
        self._sign()

    def close(self) -> None:
        """Give the lock back."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _holder(self) -> str:
        text = os.pread(self._descriptor, 1000, 0).decode("utf-8", "replace").strip()
        return f" ({text})" if text else ""

    def _sign(self) -> None:
        """Say who holds it; a full disk is no reason to fail here."""
        command = shown_path(" ".join(sys.orig_argv))[:300]
        try:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, f"pid {os.getpid()}: {command}\n".encode(), 0)
        except OSError:
            return
