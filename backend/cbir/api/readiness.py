"""Whether the server can do its work, part by part, each asked for no longer than a moment."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from cbir.api.services import Services
from cbir.collection import DEFAULT_EXTRACTORS
from cbir.errors import CbirError
from cbir.extractors import EXTRACTORS
from cbir.jobs.locks import RUN, RUNNER_LOCK

PATIENCE_S = 2.0
_SIGNED = re.compile(r"pid (\d+)")


class State(Enum):
    """How a part is."""

    OK = "ok"
    WARNING = "warning"
    """Something is missing; everything else works."""
    FAILED = "failed"
    """Without it nothing can be searched."""


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of one part."""

    name: str
    state: State
    message: str = ""
    remedy: str = ""


class Readiness:
    """The checks of one application."""

    def __init__(self, services: Services, patience_s: float = PATIENCE_S) -> None:
        self._services = services
        self._asked: dict[str, _Asked] = {}
        self._patience_s = patience_s
        self._parts: dict[str, Callable[[], Check]] = {
            "engine": self._engine,
            "weights": self._weights,
            "describer": self._describer,
            "jobs": self._jobs,
        }

    def checks(self) -> list[Check]:
        """Every part."""
        return [self.check(name) for name in self._parts]

    def check(self, name: str) -> Check:
        """One part; one that does not answer in time has failed, and is not asked twice meanwhile."""
        asked = self._asked.setdefault(name, _Asked(self._parts[name]))
        try:
            return asked.answer(self._patience_s)
        except TimeoutError:
            return Check(name, State.FAILED, "It does not answer in time.", "Wait, or look into its own log.")
        except CbirError as error:
            return Check(name, State.FAILED, error.message, error.remedy)

    def _engine(self) -> Check:
        self._services.library.engine.collections()
        return Check("engine", State.OK)

    def _weights(self) -> Check:
        weights = self._services.library.weights
        wanted = {name: EXTRACTORS.get(name).weights for name in DEFAULT_EXTRACTORS}
        missing = [name for name, needed in wanted.items() if needed and not weights.available(needed)]
        if not missing:
            return Check("weights", State.OK)
        return Check(
            "weights",
            State.WARNING,
            f"Weights of {', '.join(missing)} are missing; other extractors work.",
            "cbir weights fetch, or cbir weights import FILE.",
        )

    def _describer(self) -> Check:
        from cbir.describing.client import connect

        if connect(self._services.settings, self._services.library.weights):
            return Check("describer", State.OK)
        return Check("describer", State.WARNING, "No describer runs for this data folder.", "Use `cbir serve`.")

    def _jobs(self) -> Check:
        from cbir.jobs.base import JobState

        waiting = self._services.jobs.count(JobState.QUEUED)
        if _lives(self._services.settings.data_dir / RUN / RUNNER_LOCK):
            return Check("jobs", State.OK)
        return Check("jobs", State.WARNING, f"No job runner runs; {waiting} jobs wait.", "Use `cbir serve`.")


def _lives(lock: Path) -> bool:
    """Whether the process that signed a lock's file is there. The lock itself is not touched: to try it for a moment
    could turn away a runner that is just starting.
    """
    try:
        signed = _SIGNED.match(lock.read_text("utf-8", "replace"))
        if signed:
            os.kill(int(signed[1]), 0)
    except (FileNotFoundError, ProcessLookupError, NotADirectoryError):
        return False
    except PermissionError:
        return True
    return signed is not None


class _Asked:
    """A question that is asked on a thread of its own, and by one caller at a time."""

    def __init__(self, question: Callable[[], Check]) -> None:
        self._question = question
        self._pending: Future[Check] | None = None
        self._lock = threading.Lock()

    def answer(self, patience_s: float) -> Check:
        with self._lock:
            if self._pending is None or self._pending.done():
                self._pending = Future()
                threading.Thread(target=self._ask, args=(self._pending,), daemon=True).start()
            pending = self._pending
        return pending.result(patience_s)

    def _ask(self, pending: Future[Check]) -> None:
        try:
            pending.set_result(self._question())
        except BaseException as error:  # noqa: BLE001 — raised again where the answer is awaited
            pending.set_exception(error)
