"""Collections that stay open for reading: one open reader a collection, for all threads of the process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from cbir.collection import UNFINISHED_COPY, Collection, Library
from cbir.errors import NotFoundError


@dataclass(eq=False, slots=True)
class _Reader:
    opening: AbstractContextManager[Collection]
    collection: Collection
    users: int = 0
    stale: bool = False

    def close(self) -> None:
        self.opening.__exit__(None, None, None)


class OpenCollections:
    """Readers that are lent out; one whose collection was dropped or made anew is opened again."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._readers: dict[str, _Reader] = {}
        self._lock = threading.Lock()

    @contextmanager
    def lend(self, name: str) -> Iterator[Collection]:
        """The collection called ``name``, open for reading. Raises as `Library.open`."""
        reader = self._current(name)
        try:
            yield reader.collection
        finally:
            self._give_back(reader)

    def close(self) -> None:
        """Close all readers; those that are lent are closed when they come back."""
        with self._lock:
            names = list(self._readers.items())
        for name, reader in names:
            self._retire(name, reader)

    def _current(self, name: str) -> _Reader:
        reader = self._take(name)
        try:
            if _is_current(reader):
                return reader
        except BaseException:
            self._give_back(reader)
            raise
        self._retire(name, reader)
        self._give_back(reader)
        return self._take(name)

    def _take(self, name: str) -> _Reader:
        """A reader, opened while others go on: the engine may take its time. Two may be opened; one is kept."""
        with self._lock:
            if reader := self._readers.get(name):
                reader.users += 1
                return reader
        opening = self._library.open(name)
        opened = _Reader(opening, opening.__enter__())
        with self._lock:
            reader = self._readers.setdefault(name, opened)
            reader.users += 1
        if reader is not opened:
            opened.close()
        return reader

    def _retire(self, name: str, reader: _Reader) -> None:
        """Lend this reader to nobody else."""
        with self._lock:
            reader.stale = True
            if self._readers.get(name) is reader:
                del self._readers[name]
            unused = reader.users == 0
        if unused:
            reader.close()

    def _give_back(self, reader: _Reader) -> None:
        with self._lock:
            reader.users -= 1
            unused = reader.stale and reader.users == 0
        if unused:
            reader.close()


def _is_current(reader: _Reader) -> bool:
    """Whether the reader still reads what is called by its name: any read of a collection that was replaced fails."""
    try:
        reader.collection.stored.metadata(UNFINISHED_COPY)
    except NotFoundError:
        return False
    return True
