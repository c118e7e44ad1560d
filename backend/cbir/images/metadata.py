"""What a picture file says about itself, or the XMP file beside it: keywords, caption, time and place."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from PIL.ImageFile import ImageFile

from cbir.errors import ImageError
from cbir.images.decode import HOSTILE, open_image
from cbir.images.exif import from_exif
from cbir.images.files import Limits, read_bytes
from cbir.images.iptc import from_iptc
from cbir.images.words import Words, clean, clean_keywords
from cbir.images.xmp import MAX_BYTES, from_xmp, packet_of

Field = TypeVar("Field")

SIDECAR_ENDINGS = (".xmp", ".XMP")
SIDECAR_LIMITS = Limits(bytes=MAX_BYTES)


@dataclass(frozen=True, slots=True)
class ImageMetadata:
    """Words and facts found in a picture file and in the XMP file beside it."""

    keywords: tuple[str, ...] = ()
    """Without repeats, in the order in which they were found."""
    caption: str = ""
    """Title and description, a line each."""
    taken_at: datetime | None = None
    """Local time of the camera where no zone is written."""
    gps: tuple[float, float] | None = None
    """Latitude and longitude in degrees, north and east positive."""


def read_metadata(path: str | os.PathLike[str], data: bytes) -> ImageMetadata:
    """The metadata of the picture at ``path`` whose bytes are ``data``; what cannot be read is left out.

    Keywords are united. Of the rest the first that says something counts: the XMP file (`photo.xmp` or
    `photo.jpg.xmp`), embedded XMP, IPTC, EXIF.
    """
    sources = [*_beside(path), *_within(data)]
    title = clean(_first(source.title for source in sources) or "")
    description = clean(_first(source.description for source in sources) or "")
    return ImageMetadata(
        keywords=clean_keywords(keyword for source in sources for keyword in source.keywords),
        caption="\n".join(dict.fromkeys(text for text in (title, description) if text)),
        taken_at=_first(source.taken_at for source in sources),
        gps=_first(source.gps for source in sources),
    )


def _first(values: Iterator[Field]) -> Field | None:
    return next((value for value in values if value and not (isinstance(value, str) and value.isspace())), None)


def _beside(path: str | os.PathLike[str]) -> Iterator[Words]:
    """What XMP files beside the picture say."""
    name = os.fspath(path)
    for stem in (name, os.path.splitext(name)[0]):
        for ending in SIDECAR_ENDINGS:
            if os.path.isfile(stem + ending):
                yield from _sidecar(stem + ending)
                break


def _sidecar(path: str) -> Iterator[Words]:
    try:
        yield from _read(lambda: from_xmp(read_bytes(path, SIDECAR_LIMITS)))
    except ImageError:
        return


def _within(data: bytes) -> Iterator[Words]:
    """What the picture file says. Its header alone is read, no pixel is decoded."""
    try:
        image = open_image(data)
    except ImageError:
        return
    with image:
        if packet := packet_of(image.info):
            yield from _read(lambda: from_xmp(packet))
        yield from _read(lambda: from_iptc(image))
        yield from _read(lambda: _exif_words(image))


def _exif_words(image: ImageFile) -> Words:
    return from_exif(image.getexif())


def _read(source: Callable[[], Words]) -> Iterator[Words]:
    """One kind of metadata, or nothing where it is damaged: it must not cost the picture."""
    try:
        yield source()
    except HOSTILE:
        return
