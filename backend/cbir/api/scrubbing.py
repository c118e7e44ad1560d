"""Paths of the server, taken out of what a client is told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from cbir.settings import Settings

_ABSOLUTE = re.compile(r"(?<![\w.…:/>\]])/(?!api/v1\b)(?:[^\s/'\"`]+/)+([^\s/'\"`]*)")
"""An absolute path of two parts or more that stands in a sentence; the last part may be shown."""


class Scrubber:
    """Replaces the folders that are known, whatever they are called, and every other absolute path."""

    def __init__(self, settings: Settings, roots: Iterable[Path] = ()) -> None:
        words: dict[str, str] = {
            str(Path.home()): "[home]",
            **{str(root): "[photographs]" for root in roots},
            str(settings.weights_dir): "[weights]",
            str(settings.cache_dir): "[cache]",
            str(settings.data_dir): "[data]",
        }
        self._words: Mapping[str, str] = {path: words[path] for path in sorted(words, key=len, reverse=True)}

    def __call__(self, text: str) -> str:
        """``text`` without a path of the server."""
        for path, word in self._words.items():
            if path != "/":
                text = text.replace(path, word)
        return _ABSOLUTE.sub(r"…/\1", text)
