"""Starts the server's processes, starts again what fails, and ends them in order."""

from __future__ import annotations

import contextlib
import logging
import os
import selectors
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from cbir.errors import CbirError
from cbir.serving.children import Child, Part

LOG = logging.getLogger("cbir.serving")
ATTEMPTS = 5
"""How often in a row a vital part may fail once the server has answered; before that it may not."""
_STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Supervisor:
    """The parent of a server's processes.

    It has no threads and loads nothing of what they load. It sleeps until a signal comes, the vital part says that it
    answers, or a part is due to be started again.
    """

    def __init__(self, parts: Sequence[Part], ready: int) -> None:
        """Prepare to run.

        Args:
            parts: in the order in which they start; they end in the opposite one.
            ready: the reading end of a pipe into which the vital part writes a byte when it answers.
        """
        self._children = [Child(part) for part in parts]
        self._ready = ready
        self._answers = False
        self._asked_to_stop = False
        self._in_a_hurry = False

    def run(self, on_ready: Callable[[], None], on_stop: Callable[[], None]) -> None:
        """Start everything and watch over it until a signal asks to end.

        Args:
            on_ready: called once, when the server answers for the first time.
            on_stop: called before the first part is ended.

        Raises:
            CbirError: the vital part does not start, or fails again and again.
        """
        with self._woken() as waking:
            try:
                for child in self._children:
                    _start(child)
                while not self._asked_to_stop:
                    waking.wait(self._seconds_to_next_start())
                    if waking.ready and not self._answers:
                        self._answers = True
                        on_ready()
                    for child in self._children:
                        self._look_after(child)
            finally:
                on_stop()
                self._stop(waking)

    def _look_after(self, child: Child) -> None:
        """Start a child again that has ended, when its time has come."""
        pid, name = child.pid, child.part.name
        how = child.ended()
        if how and child.part.once:
            LOG.info("%s (process %d) %s", name, pid, how)
        elif how:
            if child.part.vital and child.failures >= (ATTEMPTS if self._answers else 1):
                raise CbirError(f"The {name} does not run: it {how}.", remedy="Its lines above say why.")
            delay = child.put_off()
            LOG.error("%s (process %d) %s; it is started again in %.1f s", name, pid, how, delay)
        elif child.waits and time.monotonic() >= child.due:
            _start(child)

    def _seconds_to_next_start(self) -> float | None:
        due = [child.due for child in self._children if child.waits]
        return max(min(due) - time.monotonic(), 0) if due else None

    def _stop(self, waking: _Waking) -> None:
        """End all children, the last one first."""
        LOG.info("stopping")
        for child in reversed(self._children):
            child.ask_to_end()
            deadline = time.monotonic() + child.part.patience_s
            while child.pid and not child.ended() and not self._in_a_hurry:
                if (left := deadline - time.monotonic()) <= 0:
                    LOG.warning("%s (process %d) does not end; it is killed", child.part.name, child.pid)
                    break
                waking.wait(left)
            child.kill()
        LOG.info("stopped")

    def _note(self, which: int, _frame: FrameType | None) -> None:
        """A signal came; a Ctrl-C after that which asked to stop is somebody who does not want to wait."""
        self._in_a_hurry = self._asked_to_stop and which == signal.SIGINT
        self._asked_to_stop = self._asked_to_stop or which in _STOPPING

    @contextmanager
    def _woken(self) -> Iterator[_Waking]:
        """While signals are noted: what to sleep in until one comes."""
        with contextlib.closing(_Waking(self._ready)) as waking:
            noted = [one for one in _STOPPING if signal.getsignal(one) is not signal.SIG_IGN]  # nohup ignores one
            before = {one: signal.signal(one, self._note) for one in (*noted, signal.SIGCHLD)}
            woken = signal.set_wakeup_fd(waking.descriptor)
            try:
                yield waking
            finally:
                signal.set_wakeup_fd(woken)
                for one, handler in before.items():
                    signal.signal(one, handler)


class _Waking:
    """Sleep that signals and the vital part's byte end, by the pipes into which they write."""

    def __init__(self, ready: int) -> None:
        self.ready = False
        """Whether the vital part has written."""
        self._reading, self.descriptor = os.pipe()
        self._selector = selectors.DefaultSelector()
        for one in (self._reading, self.descriptor, ready):
            os.set_blocking(one, False)
        self._selector.register(self._reading, selectors.EVENT_READ)
        self._selector.register(ready, selectors.EVENT_READ)

    def wait(self, seconds: float | None) -> None:
        """Sleep as long, or until something was written, which is read."""
        for key, _ in self._selector.select(seconds):
            os.read(key.fd, 4096)
            self.ready = self.ready or key.fd != self._reading

    def close(self) -> None:
        """Give the pipe back."""
        self._selector.close()
        os.close(self._reading)
        os.close(self.descriptor)


def _start(child: Child) -> None:
    child.start()
    LOG.info("%s started (process %d)", child.part.name, child.pid)
