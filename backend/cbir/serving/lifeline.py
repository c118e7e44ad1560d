"""What ties the processes of a server to its supervisor: a pipe whose one end nobody but the supervisor holds.

However the supervisor ends, be it kill -9, the system closes that end, and who reads the other one comes to its end.
This works wherever there are pipes, and without anybody remembering process ids.
"""

from __future__ import annotations

import os
import select
import signal
import threading
import time

PATIENCE_S = 15.0
"""Seconds that a process without a supervisor, and those that it started, may take to end."""


class Lifeline:
    """The supervisor's side."""

    def __init__(self) -> None:
        self.descriptor, self._held = os.pipe()
        """The end that the processes inherit."""

    def close(self) -> None:
        """Let go: whoever still watches ends."""
        os.close(self._held)
        os.close(self.descriptor)


def is_cut(descriptor: int) -> bool:
    """Whether the supervisor has gone."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def end_group() -> None:
    """Ask this process and those that it started to end. It is in a process group of its own."""
    os.killpg(os.getpgrp(), signal.SIGTERM)


def watch(descriptor: int, patience_s: float = PATIENCE_S) -> None:
    """Begin to watch, in a thread: without a supervisor this process and those that it started end.

    They are asked to, and after ``patience_s`` seconds they are killed.
    """
    threading.Thread(target=_wait, args=(descriptor, patience_s), name="lifeline", daemon=True).start()


def _wait(descriptor: int, patience_s: float) -> None:
    os.read(descriptor, 1)
    end_group()
    time.sleep(patience_s)
    os.killpg(os.getpgrp(), signal.SIGKILL)
