"""How long work tells a person how far it is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Where long work says how far it is."""

    def start(self, task: str, total: int | None) -> None:
        """A new task begins, of ``total`` steps where that is known."""

    def advance(self, steps: int = 1) -> None:
        """Steps of the current task are done."""

    def say(self, text: str) -> None:
        """A line for the person who waits."""


class Silent:
    """Progress that nobody watches."""

    def start(self, task: str, total: int | None) -> None:
        """See `Progress.start`."""

    def advance(self, steps: int = 1) -> None:
        """See `Progress.advance`."""

    def say(self, text: str) -> None:
        """See `Progress.say`."""
