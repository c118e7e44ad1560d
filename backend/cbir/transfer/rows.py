"""From what stands in an import to records and identities; what cannot be one is named with its place."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from cbir.errors import ImageError, InvalidRequestError
from cbir.images.decode import hash_file
from cbir.records import Identity, ImageRecord, Location

T = TypeVar("T")

HEX_DIGITS = frozenset("0123456789abcdef")
AGAIN = "Correct the file, or export again."
LARGEST = 2**63 - 1
"""What an index can hold."""
_WORDS: dict[type, str] = {
    str: "text",
    int: "a whole number",
    bool: "true or false",
    dict: "an object",
    list: "a list",
}


def identity_from_json(data: Any, where: str) -> Identity:
    """An extractor's identity as `Identity.to_json` made it.

    Raises:
        InvalidRequestError: it is not one.
    """
    one = require(data, dict, where)
    name = field(one, "name", str, where)
    if not name or not name.isprintable() or "/" in name:
        raise InvalidRequestError(f"{where}: an extractor cannot be called {_shown(name)}.", remedy=AGAIN)
    return Identity(
        name=name,
        version=field(one, "version", int, where),
        dims=field(one, "dims", int, where),
        non_negative=field(one, "non_negative", bool, where),
        parameters=field(one, "parameters", dict, where),
        weights=field(one, "weights", str, where),
    )


def record_from_json(data: Any, where: str) -> ImageRecord:
    """A record as `export.record_to_json` made it.

    Raises:
        InvalidRequestError: it is not one.
    """
    one = require(data, dict, where)
    return ImageRecord(
        id=_id(field(one, "id", str, where), (), where),
        width=_size(field(one, "width", int, where), "width", where),
        height=_size(field(one, "height", int, where), "height", where),
        format=field(one, "format", str, where),
        locations=tuple(_location(place, where) for place in field(one, "locations", list, where)),
        labels=_texts(one, "labels", where),
        keywords=_texts(one, "keywords", where),
        caption=field(one, "caption", str, where),
        added_at=_time(field(one, "added_at", str, where), where) if one.get("added_at") else None,
    )


def record_from_row(row: Mapping[str, str | None], folder: Path, where: str) -> ImageRecord:
    """A record from a line of `records.csv`, whose paths are relative to ``folder``.

    Raises:
        InvalidRequestError: neither an id nor a file that is there, or a size that is no number.
    """
    given = row.get("path") or ""
    path = os.path.abspath(folder / given) if given else ""
    locations: tuple[Location, ...] = ()
    if path and os.path.isfile(path):
        status = os.stat(path)
        locations = (Location(path, status.st_size, status.st_mtime_ns),)
    return ImageRecord(
        id=_id(row.get("id") or "", locations, where),
        width=_size(row.get("width") or 0, "width", where),
        height=_size(row.get("height") or 0, "height", where),
        format=row.get("format") or "",
        locations=locations,
        labels=_split(row.get("labels")),
        keywords=_split(row.get("keywords")),
        caption=row.get("caption") or "",
        added_at=datetime.now(UTC),
    )


def require(value: Any, kind: type[T], where: str) -> T:
    """``value``, if it is of this JSON type.

    Raises:
        InvalidRequestError: it is not.
    """
    if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
        return value
    raise InvalidRequestError(f"{where}: {_shown(value)} is not {_WORDS[kind]}.", remedy=AGAIN)


def field(data: Mapping[str, Any], key: str, kind: type[T], where: str) -> T:
    """What stands under ``key``, if it is of this JSON type.

    Raises:
        InvalidRequestError: it is missing or of another type.
    """
    if key not in data:
        raise InvalidRequestError(f"{where}: '{key}' is missing.", remedy=AGAIN)
    return require(data[key], kind, f"{where}, '{key}'")


def _location(data: Any, where: str) -> Location:
    one = require(data, dict, f"{where}, 'locations'")
    size, mtime_ns = (field(one, key, int, where) for key in ("size", "mtime_ns"))
    if abs(mtime_ns) > LARGEST:
        raise InvalidRequestError(f"{where}: 'mtime_ns' cannot be {mtime_ns}.", remedy="Correct it.")
    path, root = (field(one, key, str, where) for key in ("path", "root"))
    return Location(path, _size(size, "size", where), mtime_ns, root)


def _texts(data: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    return tuple(require(text, str, f"{where}, '{key}'") for text in field(data, key, list, where))


def _size(given: str | int, what: str, where: str) -> int:
    try:
        number = int(given)
    except ValueError:
        number = -1
    if 0 <= number <= LARGEST:
        return number
    raise InvalidRequestError(
        f"{where}: '{what}' cannot be {_shown(given)}.", remedy="Give a whole number of 0 or more, or leave it out."
    )


def _time(text: str, where: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise InvalidRequestError(
            f"{where}: 'added_at' cannot be {_shown(text)}.", remedy="Write it as 2026-01-31T12:00:00+00:00, or null."
        ) from None


def _id(given: str, locations: Sequence[Location], where: str) -> str:
    if given:
        if len(given) == 64 and set(given) <= HEX_DIGITS:  # noqa: PLR2004 — a SHA-256
            return given
        raise InvalidRequestError(
            f"{where}: {_shown(given)} is no image id.",
            remedy="An id is the lowercase hex SHA-256 of the file's bytes.",
        )
    if not locations:
        raise InvalidRequestError(
            f"{where}: neither an id nor a file that is there.", remedy="Give the id, or correct the path."
        )
    try:
        return hash_file(locations[0].path)
    except ImageError as error:
        raise InvalidRequestError(f"{where}: {error.message}", remedy=error.remedy) from None


def _split(text: str | None) -> tuple[str, ...]:
    return tuple(sorted({part.strip() for part in (text or "").split(";") if part.strip()}))


def _shown(value: Any) -> str:
    """A value in a message, cut off where it is long."""
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:60]}…"  # noqa: PLR2004 — a line's worth
