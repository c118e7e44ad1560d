"""The process between the owner of a server and the server; started by path, with a job as its JSON argument.

It detaches itself from whoever started it, starts the server in a session of its own, prints the server's process
group, and stays until every process of the server has ended. Should it be killed itself, the system kills the
server's launcher with it (Linux), and the server ends when its launcher is gone.

It imports little, for there is one beside each server.
"""

import ctypes
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

_SET_DEATH_SIGNAL, _SET_CHILD_SUBREAPER = 1, 36
"""Of Linux's prctl."""


def main() -> None:
    job = json.loads(sys.argv[1])
    if os.fork():
        os._exit(0)
    os.setsid()
    with Path(job["keepers"]).open() as keepers:
        fcntl.flock(keepers, fcntl.LOCK_SH)
        control = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
        if control:
            control(_SET_CHILD_SUBREAPER, 1)
        server = start(job, control)
        print(server.pid, flush=True)  # noqa: T201 -- its answer to whoever started it
        let_go()
        orphaned = threading.Event()
        threading.Thread(target=follow_owner, args=(job["owner"], server.pid, orphaned), daemon=True).start()
        reap(server)
        Path(job["ended"]).write_text(str(server.returncode))
        if orphaned.is_set():
            shutil.rmtree(job["folder"], ignore_errors=True)


def start(job: dict[str, Any], control: Callable[[int, int], int] | None) -> subprocess.Popen[bytes]:
    """Start the server, which the system kills when this process dies."""
    with open(job["log"], "ab") as log:
        return subprocess.Popen(
            job["command"],
            cwd=job["cwd"],
            env=job["environment"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # Set after the change of user, which would clear it. There are no other threads yet.
            preexec_fn=(lambda: control(_SET_DEATH_SIGNAL, signal.SIGKILL)) if control else None,  # noqa: PLW1509
            **job["identity"],
        )


def let_go() -> None:
    """Whoever started this process waits until its streams are closed."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)


def follow_owner(lock: str, group: int, orphaned: threading.Event) -> None:
    """Kill the server when the owner is gone. Its data is temporary, so nothing is lost by haste."""
    with open(lock) as owner:
        fcntl.flock(owner, fcntl.LOCK_SH)
        orphaned.set()
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


def reap(server: subprocess.Popen[bytes]) -> None:
    """Wait until the launcher and the server, which this process inherits from it, have both ended."""
    server.wait()
    with suppress(ChildProcessError):
        while True:
            ended, _ = os.wait()
            # A killed Java leaves the socket of its attach mechanism behind.
            Path(f"/tmp/.java_pid{ended}").unlink(missing_ok=True)


if __name__ == "__main__":
    main()
