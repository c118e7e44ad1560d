"""Text from foreign metadata, made fit to be stored, searched and shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

MAX_KEYWORDS = 500
MAX_KEYWORD_LENGTH = 200
MAX_CAPTION_LENGTH = 5_000


@dataclass(frozen=True, slots=True)
class Words:
    """What one kind of metadata says."""

    title: str = ""
    description: str = ""
    keywords: tuple[str, ...] = ()
    taken_at: datetime | None = None
    gps: tuple[float, float] | None = None


def decoded(data: bytes) -> str:
    """Text in UTF-8 where it is that, else in Latin-1."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def clean(text: str, limit: int = MAX_CAPTION_LENGTH) -> str:
    """One line without control characters and runs of blanks, composed (NFC), of at most ``limit`` characters."""
    visible = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in text[: 4 * limit])
    return " ".join(unicodedata.normalize("NFC", visible).split())[:limit].rstrip()


def clean_keywords(keywords: Iterable[str]) -> tuple[str, ...]:
    """Keywords, each clean, without repeats and empty ones."""
    found = (clean(keyword, MAX_KEYWORD_LENGTH) for keyword in keywords)
    return tuple(dict.fromkeys(keyword for keyword in found if keyword))[:MAX_KEYWORDS]
