"""A process of the server, as its supervisor sees it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass

STEADY_S = 60.0
"""Seconds after which a process counts as one that runs; what failed before is forgotten."""
FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 30.0


@dataclass(frozen=True, slots=True)
class Part:
    """One of the programs that make a server."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    descriptors: tuple[int, ...] = ()
    """Open files that it inherits."""
    patience_s: float = 5.0
    """Seconds that it may take to end when it is asked to."""
    vital: bool = False
    """Without it there is no server: should it fail again and again, everything ends."""
    once: bool = False
    """It has something to do and ends; it is not started again."""


class Child:
    """A part that is started, and started again when it ended by itself.

    It is the leader of a session and a process group, so that no key of the terminal reaches it, and so that what it
    started can be ended with it.
    """

    def __init__(self, part: Part) -> None:
        self.part = part
        self.failures = 0
        """How often in a row it ended soon after its start; of a part that runs once, whether it ended."""
        self.due = 0.0
        """When it is to be started (`time.monotonic`), where it does not run."""
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0

    @property
    def waits(self) -> bool:
        """Whether it is to be started again."""
        return self._process is None and not (self.part.once and self.failures)

    @property
    def pid(self) -> int:
        """Its process id; 0 where it does not run."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start it."""
        self._started = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603 — a program of ours
            self.part.command,
            env=self.part.environment,
            pass_fds=self.part.descriptors,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def ended(self) -> str:
        """How it ended, once, and what is left of its group is killed; empty where it runs or is not started."""
        if self._process is None or self._process.poll() is None:
            return ""
        code = self._process.returncode
        self._signal_group(signal.SIGKILL)
        self._process = None
        steady = time.monotonic() - self._started >= STEADY_S
        self.failures = 1 if steady else self.failures + 1
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"

    def put_off(self) -> float:
        """Set when it is started again: later each time. Returns the seconds until then."""
        delay: float = min(FIRST_DELAY_S * 2 ** (self.failures - 1), LONGEST_DELAY_S)
        self.due = time.monotonic() + delay
        return delay

    def ask_to_end(self) -> None:
        """Let it finish what it does; it tells those that it started."""
        if self._process is not None:
            self._process.terminate()

    def kill(self) -> None:
        """End it and everything that it started, now."""
        if self._process is not None:
            self._signal_group(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _signal_group(self, which: signal.Signals) -> None:
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says the second of a group that ended
            os.killpg(self._process.pid, which)
