"""Names to things: extractors, metrics, strategies, engines, …, extended by third parties through entry points."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar

from cbir.errors import CbirError, PluginError, UnknownNameError

T = TypeVar("T")


def did_you_mean(name: str, known: list[str]) -> str:
    """The remedy sentence for a name that is not among ``known``."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if near:
        return f"Did you mean '{near[0]}'? Known: {', '.join(known)}."
    return f"Known: {', '.join(known)}." if known else ""


class Registry(Generic[T]):
    """A named set of things of one kind, made on demand.

    A thing is registered as a factory, so that registering costs nothing. A *pattern* (`vgg16:` for
    `vgg16:LAYER`) hands every name with that prefix to one factory. Installed packages add theirs through the
    entry-point group ``group``: the entry point's name is the thing's name (a pattern where it ends in a
    colon) and its object is the factory.
    """

    def __init__(self, kind: str, *, group: str) -> None:
        self.kind = kind
        self.group = group
        self._factories: dict[str, Callable[[], T]] = {}
        self._patterns: dict[str, Callable[[str], T]] = {}
        self._pattern_summaries: dict[str, str] = {}
        self._made: dict[str, T] = {}
        self._warned: set[str] = set()
        self._entry_points_read = False

    def register(self, name: str, factory: Callable[[], T]) -> None:
        """Add the thing called ``name``."""
        self._factories[name] = factory

    def register_pattern(self, prefix: str, factory: Callable[[str], T], summary: str = "") -> None:
        """Add all things whose name begins with ``prefix``; ``factory`` takes the whole name.

        ``summary`` says in one sentence what stands after the prefix.
        """
        self._patterns[prefix] = factory
        self._pattern_summaries[prefix] = summary

    def names(self) -> list[str]:
        """All plain names, in order of registration."""
        self._read_entry_points()
        return list(self._factories)

    def patterns(self) -> dict[str, str]:
        """All prefixes with their summaries, in order of registration."""
        self._read_entry_points()
        return {prefix: self._pattern_summaries.get(prefix, "") for prefix in self._patterns}

    def get(self, name: str) -> T:
        """The thing called ``name``, made once.

        Raises:
            UnknownNameError: nothing has this name; the remedy names the nearest one.
            PluginError: the package that brings it cannot be loaded.
        """
        self._read_entry_points()
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def __iter__(self) -> Iterator[T]:
        """All things with a plain name; one whose package cannot be loaded is left out, and a warning says so."""
        for name in self.names():
            try:
                thing = self.get(name)
            except PluginError as error:
                self._warn_once(name, error)
            else:
                yield thing

    def _warn_once(self, name: str, error: PluginError) -> None:
        if name not in self._warned:
            self._warned.add(name)
            logging.getLogger(__name__).warning("Warning: %s It is left out.", error.message)

    def _make(self, name: str) -> T:
        if name in self._factories:
            return self._factories[name]()
        for prefix, factory in self._patterns.items():
            if name.startswith(prefix):
                return factory(name)
        known = self.names() + [f"{prefix}…" for prefix in self._patterns]
        raise UnknownNameError(f"No {self.kind} is called '{name}'.", remedy=did_you_mean(name, known))

    def _read_entry_points(self) -> None:
        if self._entry_points_read:
            return
        self._entry_points_read = True
        for point in entry_points(group=self.group):
            if point.name.endswith(":"):
                self._patterns.setdefault(point.name, partial(self._from_package, point))
            else:
                self._factories.setdefault(point.name, partial(self._from_package, point))

    def _from_package(self, point: EntryPoint, *arguments: str) -> T:
        try:
            made: T = point.load()(*arguments)
        except CbirError:
            raise
        except Exception as error:  # whatever foreign code raises, the rest of the program goes on
            package = point.dist.name if point.dist else point.value
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            raise PluginError(
                f"The {self.kind} '{point.name}' of the package '{package}' cannot be loaded ({reason}).",
                remedy="Update or uninstall the package.",
            ) from error
        return made
