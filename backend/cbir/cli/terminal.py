"""Where commands meet the person: results on stdout, progress and remarks on stderr, JSON for machines."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import TaskID


UNLIMITED = 1000
"""Columns of an output that is no terminal."""


def print_json(value: Any) -> None:
    """One JSON value on stdout. Bytes of names that are not UTF-8 are escaped, and come back when it is parsed."""
    sys.stdout.write(json.dumps(value, indent=2) + "\n")


def say(text: str) -> None:
    """A remark for the person, on stderr."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def output() -> Console:
    """The console for results; nothing is cut off or coloured where it is not a terminal."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else UNLIMITED)


def counted(number: int, noun: str) -> str:
    """`1 image`, `2 images`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


class TerminalProgress:
    """A bar with rate and time left where stderr is a terminal; a line a task elsewhere.

    Used as a context manager; it is a `cbir.ingest.report.Progress`.
    """

    def __init__(self) -> None:
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._bar = _bar()
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._bar:
            self._bar.stop()
        if kind is KeyboardInterrupt:
            say("Stopped. What was committed stays; the same command goes on from there.")

    def start(self, task: str, total: int | None) -> None:
        """See `Progress.start`."""
        if self._bar:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task(task, total=total)
        elif total:
            say(f"{task}: {total:,}")

    def advance(self, steps: int = 1) -> None:
        """See `Progress.advance`."""
        if self._bar and self._task is not None:
            self._bar.advance(self._task, steps)

    def say(self, text: str) -> None:
        """See `Progress.say`."""
        if self._bar:
            self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            say(text)


class FetchProgress:
    """Bytes of a file that have arrived, as steps of a bar."""

    def __init__(self, name: str, bar: TerminalProgress) -> None:
        self._name, self._bar, self._before = name, bar, 0

    def __call__(self, have: int, total: int) -> None:
        """Told of the bytes that are there, and of all that are expected (0 where nobody knows)."""
        if have < self._before or not self._before:
            self._bar.start(f"Fetching {self._name} (kB)", total // 1000 or None)
            self._before = 0
        self._bar.advance(have // 1000 - self._before // 1000)
        self._before = have


def _bar() -> Bar:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.progress import Task as RichTask
    from rich.text import Text

    class Rate(TextColumn):
        """Steps a second."""

        def render(self, task: RichTask) -> Text:
            return Text(f"{task.speed:,.1f}/s" if task.speed else "")

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(""),
        TextColumn("time left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
