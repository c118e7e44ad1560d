"""Pictures as a browser shows them: small, upright, in a format that it knows, without metadata; and the originals.

A rendition is made once from the file's bytes, whose SHA-256 is the image's id, and kept on disk. It has no metadata
and no colour profile: sRGB is assumed, as everywhere.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from cbir.api.rendition_cache import RenditionCache
from cbir.errors import ImageError, NotFoundError
from cbir.images.decode import decode, decode_reduced
from cbir.images.files import file_id, read_bytes
from cbir.images.thumbnails import thumbnail
from cbir.records import ImageRecord, Location
from cbir.settings import Settings

VERSION = 1
"""Part of every name, so that other ways of making renditions find none of these."""
DISPLAY_SIDE = 2048
"""Pixels of the longer side of a display rendition."""
THUMBNAIL_BYTES, DISPLAY_BYTES = 1 << 30, 1 << 29
"""The most that is kept on disk."""
DECODERS = 2
"""Pictures that a process decodes at the same time: one can take several hundred MB."""
FINE = 2
"""A picture is decoded at no less than this many times the wanted size."""


@dataclass(frozen=True, slots=True)
class Form:
    """A format in which renditions are made."""

    media_type: str
    pillow_name: str
    small: Mapping[str, Any]
    """How thumbnails are saved."""
    large: Mapping[str, Any]


FORMS: Mapping[str, Form] = {
    "jpeg": Form("image/jpeg", "JPEG", {"quality": 82, "optimize": True}, {"quality": 90, "optimize": True}),
    "webp": Form("image/webp", "WEBP", {"quality": 80, "method": 2}, {"quality": 88, "method": 2}),
}
"""By the ending of their names; the first one is for those who accept anything."""


class Renditions:
    """Makes renditions, and keeps them."""

    def __init__(self, cache_dir: Path) -> None:
        self._thumbnails = RenditionCache(cache_dir / "thumbnails", THUMBNAIL_BYTES)
        self._displays = RenditionCache(cache_dir / "displays", DISPLAY_BYTES)
        self._decoders = threading.BoundedSemaphore(DECODERS)

    @classmethod
    def of(cls, settings: Settings) -> Renditions:
        """The renditions in the settings' cache folder."""
        return cls(settings.cache_dir)

    def thumbnail(self, record: ImageRecord, side: int, ending: str) -> bytes:
        """The image with at most ``side`` pixels a side, in the format of ``ending``.

        Raises:
            NotFoundError: no file of the image is there, or all have changed.
            ImageError: it cannot be decoded any more.
        """
        form = FORMS[ending]
        return self._kept(self._thumbnails, record, side, ending, partial(_small, side, form))

    def display(self, record: ImageRecord, ending: str) -> bytes:
        """The image with at most `DISPLAY_SIDE` pixels a side. Raises as `thumbnail`."""
        return self._kept(self._displays, record, DISPLAY_SIDE, ending, partial(_large, FORMS[ending]))

    def _kept(
        self, cache: RenditionCache, record: ImageRecord, side: int, ending: str, make: Callable[[bytes], bytes]
    ) -> bytes:
        name = f"{record.id}-{side}-v{VERSION}.{ending}"
        kept = cache.get(name)
        if kept is None:
            with self._decoders:
                kept = make(original(record))
            cache.put(name, kept)
        return kept


def original(record: ImageRecord) -> bytes:
    """The bytes of the image's first file that is as it was when it was indexed.

    Raises:
        NotFoundError: no file of it is there, or all have changed.
    """
    changed = False
    for location in record.locations:
        try:
            data = read_bytes(location.path)
        except ImageError:
            continue
        if _is_untouched(location, len(data)) or file_id(data) == record.id:
            return data
        changed = True
    state = "has changed since it was indexed" if changed else "is not there, or cannot be read"
    raise NotFoundError(
        f"The file of the image {record.id} {state}.",
        remedy="Index its folder again, so that changed files are replaced and missing ones removed."
        if record.locations
        else "Its descriptors were imported without files.",
    )


def _is_untouched(location: Location, size: int) -> bool:
    """Whether size and time are those that were indexed; then nobody needs to hash the file."""
    try:
        return size == location.size and os.stat(location.path).st_mtime_ns == location.mtime_ns
    except OSError:
        return False


def _small(side: int, form: Form, data: bytes) -> bytes:
    pixels = decode_reduced(data, FINE * side).pixels
    return _encoded(Image.fromarray(thumbnail(pixels, side)), form, form.small)


def _large(form: Form, data: bytes) -> bytes:
    return _encoded(Image.fromarray(thumbnail(decode(data).pixels, DISPLAY_SIDE)), form, form.large)


def _encoded(image: Image.Image, form: Form, options: Mapping[str, Any]) -> bytes:
    file = BytesIO()
    image.save(file, form.pillow_name, **options)
    return file.getvalue()
