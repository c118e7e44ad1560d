"""Paths of the server, taken out of what a client is told.

Messages of the engines name files by their absolute path, which helps on the command line and tells a stranger how
this machine is laid out. A message loses the folders that are known, whatever they are called, then what still looks
like an absolute path, and the command line of a process that holds a lock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from cbir.records import shown_path
from cbir.settings import Settings

_HOLDER = re.compile(r" \(pid \d+: .*\)")
_ABSOLUTE = re.compile(r"(?<![\w.…:/>\]~-])/(?!api/v1\b)(?:[^\s/'\"`]+/)+([^\s/'\"`]*)")
"""An absolute path of two parts or more that stands in a sentence; its last part may be shown."""


class Scrubber:
    """Takes the paths out of a text."""

    def __init__(self, settings: Settings, roots: Iterable[Path] = ()) -> None:
        folders: dict[Path, str] = {
            Path.home(): "[home]",
            **dict.fromkeys(roots, "[photographs]"),
            settings.cache_dir: "[cache]",
            settings.weights_dir: "[weights]",
            settings.data_dir: "[data]",
        }
        self._words = {form: word for folder, word in folders.items() for form in _forms(folder)}
        longest_first = sorted(map(re.escape, self._words), key=len, reverse=True)
        self._known = re.compile(rf"(?<![\w.-])(?:{'|'.join(longest_first)})(?![\w.-])")

    def __call__(self, text: str) -> str:
        """``text`` without them."""
        text = _HOLDER.sub("", text)
        text = self._known.sub(lambda found: self._words[found[0]], text)
        return _ABSOLUTE.sub(r"…/\1", text)


def _forms(folder: Path) -> set[str]:
    """How a folder can stand in a message; the root of the file system is no secret."""
    paths = {str(folder), str(folder.resolve())} - {"/"}
    return paths | {shown_path(path) for path in paths}
