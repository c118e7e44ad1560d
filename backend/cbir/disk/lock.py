"""The one place of a writer, held by a lock that the system drops with the process."""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path

from cbir.disk.errors import Remedies, writing
from cbir.errors import NotFoundError, WriterBusyError
from cbir.records import shown_path


class FileLock:
    """An exclusive lock on a file, held from construction to `close`.

    The file says who holds it, for the message to the next; the lock itself is the system's (`flock`), so a
    process that dies leaves none behind.
    """

    def __init__(self, path: Path, what: str, remedies: Remedies, *, wait: bool = False) -> None:
        """Take the lock.

        Args:
            path: the lock's file, made where it is missing.
            what: what is being written, for the message.
            remedies: what helps where the file cannot be opened.
            wait: wait for the holder instead of failing.

        Raises:
            WriterBusyError: another process (or another part of this one) holds it.
            NotFoundError: its folder is gone.
            ReadOnlyError: the file cannot be opened for writing.
        """
        with writing(path, remedies):
            self._descriptor = _locked(path, what, wait=wait)
        self._sign()

    def close(self) -> None:
        """Give the lock back."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _sign(self) -> None:
        """Say who holds it; a full disk is no reason to fail here."""
        command = shown_path(" ".join(sys.orig_argv))[:300]
        try:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, f"pid {os.getpid()}: {command}\n".encode(), 0)
        except OSError:
            return


def _locked(path: Path, what: str, *, wait: bool) -> int:
    """A descriptor that holds the lock of the file that stands at ``path``.

    Between opening and locking another process may have removed the file with its folder and made both anew. The
    lock is then one on a file that nobody else can open, and is taken again on the new one.
    """
    while True:
        descriptor = _opened(path, what)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _stands_at(path, descriptor):
                return descriptor
        except BlockingIOError:
            holder = _holder(descriptor)
            os.close(descriptor)
            raise WriterBusyError(
                f"Another process is writing to {what}{holder}.", remedy="Wait until it has ended, or stop it."
            ) from None
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _opened(path: Path, what: str) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except FileNotFoundError:
        raise NotFoundError(
            f"Another process has deleted {what}.", remedy="`cbir collections list` says what is there."
        ) from None


def _stands_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def _holder(descriptor: int) -> str:
    text = os.pread(descriptor, 1000, 0).decode("utf-8", "replace").strip()
    return f" ({text})" if text else ""
