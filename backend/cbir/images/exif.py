"""EXIF (CIPA DC-008) and the Windows tags beside it: words, time and place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from cbir.images.words import Words, decoded

NO_DESCRIPTIONS = frozenset(
    {
        "digital camera",
        "exif_jpeg_picture",
        "konica minolta digital camera",
        "minolta digital camera",
        "olympus digital camera",
        "samsung digital camera",
        "sony dsc",
    }
)
"""What cameras write where a description belongs, in lower case."""

USER_COMMENT_CODES = {b"ASCII\0\0\0": "ascii", b"UNICODE\0": "utf-16", b"JIS\0\0\0\0\0": "iso2022_jp"}

TIME_TAGS = (
    (Base.DateTimeOriginal, Base.OffsetTimeOriginal),
    (Base.DateTimeDigitized, Base.OffsetTimeDigitized),
    (Base.DateTime, Base.OffsetTime),
)
"""Where the time is, best first, and its zone."""


def from_exif(exif: Image.Exif) -> Words:
    """Title, description, keywords, time and place."""
    inner = exif.get_ifd(IFD.Exif)
    description = _text(exif.get(Base.ImageDescription))
    if description.strip().lower() in NO_DESCRIPTIONS:
        description = ""
    comments = (description, _wide(exif.get(Base.XPComment)), _user_comment(inner.get(Base.UserComment), exif))
    return Words(
        title=_wide(exif.get(Base.XPTitle)),
        description=next((text for text in comments if text.strip()), ""),
        keywords=tuple(_wide(exif.get(Base.XPKeywords)).split(";")),
        taken_at=_taken_at({**exif, **inner}),
        gps=_place(exif.get_ifd(IFD.GPSInfo)),
    )


def _text(value: object) -> str:
    """A text tag; Pillow takes it for Latin-1, and today's programs write UTF-8."""
    if isinstance(value, bytes):
        return decoded(value)
    return decoded(value.encode("latin-1", "replace")) if isinstance(value, str) else ""


def _wide(value: object) -> str:
    """A tag of Windows: UTF-16, little-endian, as bytes."""
    data = bytes(value) if isinstance(value, (bytes, tuple)) else b""
    return data.decode("utf-16-le", "replace").rstrip("\0")


def _user_comment(value: object, exif: Image.Exif) -> str:
    """Text behind an 8-byte code of its character set; Unicode follows the byte order of the EXIF block."""
    if not isinstance(value, bytes):
        return _text(value)
    code, data = USER_COMMENT_CODES.get(value[:8], ""), value[8:]
    if code == "utf-16" and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        code = "utf-16-le" if exif.endian == "<" else "utf-16-be"
    return data.decode(code, "replace") if code.startswith("utf-16") or code == "iso2022_jp" else decoded(data)


def _taken_at(tags: Mapping[int, Any]) -> datetime | None:
    for time, zone in TIME_TAGS:
        written, offset = _text(tags.get(time)).strip("\0 "), _text(tags.get(zone)).strip("\0 ")
        for text, layout in ((written + offset, "%Y:%m:%d %H:%M:%S%z"), (written, "%Y:%m:%d %H:%M:%S")):
            with suppress(ValueError):
                return datetime.strptime(text, layout)  # noqa: DTZ007 - cameras seldom know their zone
    return None


def _place(gps: Mapping[int, Any]) -> tuple[float, float] | None:
    """Latitude and longitude in degrees; None where one is missing or impossible."""
    latitude = _degrees(gps.get(GPS.GPSLatitude), gps.get(GPS.GPSLatitudeRef), "S")
    longitude = _degrees(gps.get(GPS.GPSLongitude), gps.get(GPS.GPSLongitudeRef), "W")
    if latitude is None or longitude is None or not (abs(latitude) <= 90 and abs(longitude) <= 180):  # noqa: PLR2004
        return None
    return latitude, longitude


def _degrees(parts: Iterable[Any] | None, side: object, negative: str) -> float | None:
    """Degrees, minutes and seconds as one number."""
    try:
        degrees, minutes, seconds = (float(part) for part in parts or ())
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    size = degrees + minutes / 60 + seconds / 3600
    return -size if _text(side).strip("\0 ").upper() == negative else size
