"""How long each step of an answer took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

DECODE, EXTRACT, SEARCH, CLOSENESS = STEPS = ("decode", "extract", "search", "closeness")


class Steps:
    """Stop-watches by name; a step that is taken twice adds up."""

    def __init__(self) -> None:
        self._seconds = dict.fromkeys(STEPS, 0.0)

    @contextmanager
    def measure(self, step: str) -> Iterator[None]:
        """Count the time of the block for ``step``, also where the block fails."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[step] = self._seconds.get(step, 0.0) + time.perf_counter() - started

    def milliseconds(self) -> dict[str, float]:
        """By step, those that were not taken with 0."""
        return {step: 1000 * seconds for step, seconds in self._seconds.items()}

    def total(self) -> float:
        """Milliseconds of all steps together."""
        return sum(self.milliseconds().values())
