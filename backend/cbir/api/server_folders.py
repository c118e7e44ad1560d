"""Folders of the server that may be indexed: named without telling where they are, and never left through links."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cbir.api.problems import ProblemError
from cbir.errors import NotFoundError
from cbir.images.formats import is_image_name
from cbir.ingest.records import is_below

COUNTED_ENTRIES, COUNTED_IN_ALL = 5_000, 50_000
"""Directory entries that are looked at to count the pictures of one folder, and of all folders of an answer."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A folder in a list."""

    path: str
    """Its name in requests."""
    real: Path


class ServerFolders:
    """The allowed roots, each with a name of its own, and what is below them.

    A path in a request is a root's name and the way below it (`Pictures/2019`), or an absolute one. Both are
    resolved, and what they lead to has to be below a root and outside the program's own data.
    """

    def __init__(self, roots: Sequence[Path], data_dir: Path) -> None:
        self._roots = dict(_named(roots))
        self._data = os.path.realpath(data_dir)

    def resolve(self, path: str) -> Path:
        """The real folder that a request names.

        Raises:
            ProblemError: it may not be indexed (403); said too of what is not there, where it would not be allowed.
            NotFoundError: there is no such folder.
        """
        name, _, rest = path.partition("/")
        start = Path(path) if path.startswith("/") else self._roots.get(name, Path("/")) / rest
        known = path.startswith("/") or name in self._roots
        if not known or "\0" in path:
            raise NotFoundError("There is no such folder.", remedy="GET /folders lists what there is.")
        real = os.path.realpath(start)
        if not is_below(real, map(str, self._roots.values())) or is_below(real, [self._data]):
            raise ProblemError(
                "forbidden",
                "The folder may not be indexed: it is not below a folder that this server was given.",
                remedy="Start the server with this folder (cbir serve FOLDER), or add it to server_roots.",
            )
        if not os.path.isdir(real):
            raise NotFoundError("There is no such folder.", remedy="GET /folders lists what there is.")
        return Path(real)

    def children(self, path: str) -> tuple[list[Listed], int]:
        """The folders in a folder, by name, and how many have names that are not UTF-8. Links and hidden folders are
        left out; an empty path means the roots.

        Raises:
            As `resolve`.
        """
        if not path:
            return [Listed(name, root) for name, root in self._roots.items()], 0
        real = self.resolve(path)
        names = sorted(name for name in _folders_in(real) if str(real / name) != self._data)
        listed = [name for name in names if _is_text(name)]
        return [Listed(f"{path.rstrip('/')}/{name}", real / name) for name in listed], len(names) - len(listed)


@dataclass(frozen=True, slots=True)
class Count:
    """Files that are called like pictures, in a folder and below."""

    images: int
    more: bool
    """Whether counting stopped early."""


def count_images(folders: Sequence[Path]) -> list[Count]:
    """How many pictures there seem to be in each folder; large ones are not counted to their end."""
    left, counts = COUNTED_IN_ALL, []
    for folder in folders:
        count, looked_at = _count(folder, min(left, COUNTED_ENTRIES))
        left -= looked_at
        counts.append(count)
    return counts


def _count(folder: Path, most: int) -> tuple[Count, int]:
    """A folder's count, and the directory entries that were looked at, ``most`` at most."""
    images = looked_at = 0
    pending = [str(folder)]
    while pending:
        for entry in _entries(pending.pop()):
            if looked_at == most:
                return Count(images, more=True), looked_at
            looked_at += 1
            if entry.is_dir(follow_symlinks=False):
                pending.append(entry.path)
            elif is_image_name(entry.name):
                images += 1
    return Count(images, more=False), looked_at


def _named(roots: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    """Roots by their last part, numbered where several have the same."""
    taken: set[str] = set()
    for root in roots:
        base = root.name if _is_text(root.name) and root.name else "folder"
        name, number = base, 2
        while name in taken:
            name, number = f"{base} ({number})", number + 1
        taken.add(name)
        yield name, root


def _folders_in(folder: Path) -> Iterator[str]:
    for entry in _entries(str(folder)):
        if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False):
            yield entry.name


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    """What is in a folder; nothing where it cannot be listed."""
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except OSError:
        return


def _is_text(name: str) -> bool:
    """Whether a name is UTF-8, so that JSON can hold it."""
    return not any("\ud800" <= character <= "\udfff" for character in name)
