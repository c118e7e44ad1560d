"""What ties servers to the process that owns them."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from .identity import reachable

OWNER_LOCK, KEEPERS_LOCK = "owner.lock", "keepers.lock"
_PATIENCE = 60


class Lifeline:
    """A temporary folder whose servers live no longer than the process that made it.

    The owner holds a lock on a file in the folder, and the system frees it however the owner ends, be it kill -9.
    The keeper of each server (see `keeper`) waits for that lock. When it gets it, it kills its server and removes the
    folder. So nothing has to remember process ids, and a server may be started by any process: a worker of a test
    run can end while its server goes on, for as long as the process that owns the run.
    """

    def __init__(self) -> None:
        usual = Path(tempfile.gettempdir())
        self.folder = Path(tempfile.mkdtemp(prefix="cbir-elasticsearch-", dir=usual if reachable(usual) else "/tmp"))
        self.folder.chmod(0o711)  # another user's servers have theirs in it
        self._keepers = (self.folder / KEEPERS_LOCK).open("w")
        self._owner = (self.folder / OWNER_LOCK).open("w")
        fcntl.flock(self._owner, fcntl.LOCK_EX)

    def close(self) -> None:
        """Kill the servers and remove the folder; comes back when that is done."""
        if self._owner.closed:
            return
        # Closing the file would not do: a forked child may hold it open too.
        fcntl.flock(self._owner, fcntl.LOCK_UN)
        self._owner.close()
        self._wait()
        self._keepers.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def _wait(self) -> None:
        """Wait for every keeper: each shares the second lock until it has reaped its server."""
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(self._keepers, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > end:
                    raise TimeoutError(f"servers in {self.folder} do not end (process {os.getpid()})") from None
                time.sleep(0.05)
            else:
                return
