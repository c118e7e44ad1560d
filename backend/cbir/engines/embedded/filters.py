"""A filter, and people's search words, as SQL conditions; a person's text never becomes syntax."""

from __future__ import annotations

import json
import re
import sqlite3
import unicodedata

from cbir.engines.base import Filter

_WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*")


def words_of(text: str) -> list[str]:
    """The runs of letters and digits in ``text``, as the full-text index cuts them."""
    return _WORD.findall(unicodedata.normalize("NFC", text))


def match_expression(text: str) -> str:
    """The full-text query for every word of ``text``, the last as a prefix; empty if it has no word."""
    words = [f'"{word}"' for word in words_of(text)]
    return f"{' AND '.join(words)} *" if words else ""


def conditions(filter: Filter) -> tuple[str, tuple[str, ...]]:
    """A condition on `images`, beginning with WHERE, and its parameters."""
    parts, values = _wanted(filter)
    if filter.exclude:
        parts.append("id NOT IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(sorted(filter.exclude)))
    return (f"WHERE {' AND '.join(parts)}" if parts else ""), tuple(values)


def wanted_slots(connection: sqlite3.Connection, filter: Filter) -> list[int] | None:
    """Slots of the images that ``filter`` asks for, ascending, before its exclusions; None if it asks for all."""
    parts, values = _wanted(filter)
    if not parts:
        return None
    query = f"SELECT slot FROM images WHERE {' AND '.join(parts)} ORDER BY slot"  # noqa: S608 - parts are constants
    return [slot for (slot,) in connection.execute(query, values)]


def excluded_slots(connection: sqlite3.Connection, filter: Filter) -> list[int]:
    """Slots of the images that ``filter`` excludes."""
    if not filter.exclude:
        return []
    query = "SELECT slot FROM images WHERE id IN (SELECT value FROM json_each(?))"
    return [slot for (slot,) in connection.execute(query, (json.dumps(sorted(filter.exclude)),))]


def _wanted(filter: Filter) -> tuple[list[str], list[str]]:
    parts, values = [], []
    if filter.labels:
        parts.append("pk IN (SELECT pk FROM labels WHERE label IN (SELECT value FROM json_each(?)))")
        values.append(json.dumps(sorted(filter.labels)))
    expression = match_expression(filter.text)
    if expression:
        parts.append("pk IN (SELECT rowid FROM words WHERE words MATCH ?)")
        values.append(expression)
    return parts, values
