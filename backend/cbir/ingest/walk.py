"""Which files are candidates: folders walked in a stable order, nothing opened."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from cbir.errors import InvalidRequestError, NotFoundError
from cbir.images.formats import is_image_name
from cbir.records import Location, shown_path


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that was to be indexed and could not be."""

    path: str
    reason: str
    """A sentence that names no path."""
    remedy: str
    root: str = field(default="", compare=False)
    """The folder that was indexed and under which it stands, where that is known."""

    def __str__(self) -> str:
        return f"{shown_path(self.path)}: {self.reason} {self.remedy}"

    def to_json(self) -> dict[str, str]:
        """As it stands in reports."""
        return {"path": self.path, "reason": self.reason, "remedy": self.remedy}


@dataclass(slots=True)
class Walk:
    """What a scan of one or more paths found."""

    found: list[Location] = field(default_factory=list)
    """Candidates, in path order."""
    failures: list[Failure] = field(default_factory=list)
    """Candidates that are no readable files: broken links, folders named like pictures, …"""
    passed_over: int = 0
    """Files whose name is not that of an allowed format."""
    unread: list[str] = field(default_factory=list)
    """Folders that could not be listed: nothing below them may be thought missing."""
    roots: list[str] = field(default_factory=list)
    """The paths that were scanned, absolute."""


def walk(paths: Sequence[str]) -> Walk:
    """Scan files and folders (recursively; links to files are followed, links to folders are not).

    A path that was named itself is followed wherever it leads. A file that is reached twice counts once.

    Raises:
        NotFoundError: a path is not there. Nothing has been scanned then.
        InvalidRequestError: a path is empty.
    """
    if "" in paths:
        raise InvalidRequestError("A path is empty.", remedy="Name a folder or file; '.' is the current folder.")
    roots = [os.path.abspath(path) for path in paths]
    for root in roots:
        if not os.path.lexists(root):
            raise NotFoundError(
                f"There is nothing at {shown_path(root)}.",
                remedy="Check the path, and that its disk is mounted. Nothing was changed.",
            )
    result = Walk(roots=roots)
    seen: set[str] = set()
    for root in roots:
        for path in _files(root, result):
            if path not in seen:
                seen.add(path)
                _consider(path, root, result)
    result.found.sort(key=lambda location: os.fsencode(location.path))
    return result


def of_files(paths: Iterable[str], root: str) -> Walk:
    """These files and no others, as found under ``root``; none of its other files may be thought missing."""
    result = Walk()
    for path in dict.fromkeys(paths):
        _consider(path, root, result)
    result.found.sort(key=lambda location: os.fsencode(location.path))
    return result


def nearest_folder(path: str) -> str:
    """The deepest folder above a path that is there."""
    folder = os.path.dirname(path)
    while not os.path.isdir(folder) and folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
    return folder


def is_empty_folder(folder: str) -> bool:
    """Whether a folder can be listed and holds nothing."""
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is None
    except OSError:
        return False


def _files(root: str, result: Walk) -> Iterator[str]:
    """Everything below ``root`` that is no folder, and folders that are named like pictures."""
    if not os.path.isdir(root):
        yield root
        return
    pending = [root]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                        if is_image_name(entry.name):
                            yield entry.path
                    else:
                        yield entry.path
        except OSError as error:
            result.unread.append(folder)
            reason = f"The folder cannot be listed ({error.strerror})."
            remedy = "Give yourself read permission on it, or leave it out."
            result.failures.append(Failure(folder, reason, remedy, root))


def _consider(path: str, root: str, result: Walk) -> None:
    """Put one file where it belongs."""
    if not is_image_name(path):
        result.passed_over += 1
        return
    try:
        status = os.stat(path)
    except OSError as error:
        if os.path.islink(path):
            reason, remedy = "The link leads nowhere.", "Restore the file that it points to, or delete the link."
        else:
            reason, remedy = f"The file cannot be reached ({error.strerror}).", "Check its permissions."
        result.failures.append(Failure(path, reason, remedy, root))
        return
    if stat.S_ISDIR(status.st_mode):
        if not os.path.islink(path):
            reason = "It is a folder, though named like a picture."
            result.failures.append(Failure(path, reason, "Rename the folder; what is inside was scanned.", root))
        return
    if not stat.S_ISREG(status.st_mode):
        result.failures.append(Failure(path, "It is not a regular file.", "Move it out of the folder.", root))
        return
    result.found.append(Location(path, status.st_size, status.st_mtime_ns, root))
