"""The allow-list: which files are pictures by their name, and which by their first bytes."""

from __future__ import annotations

import os
from collections.abc import Mapping

EXTENSIONS: Mapping[str, frozenset[str]] = {
    "JPEG": frozenset({".jpg", ".jpeg", ".jpe", ".jfif"}),
    "PNG": frozenset({".png", ".apng"}),
    "WEBP": frozenset({".webp"}),
    "GIF": frozenset({".gif"}),
    "BMP": frozenset({".bmp", ".dib"}),
    "TIFF": frozenset({".tif", ".tiff"}),
    "HEIF": frozenset({".heic", ".heif", ".hif"}),
    "AVIF": frozenset({".avif"}),
}
"""Pillow's name of each allowed format, and the extensions (lower case) under which it is found."""

ALLOWED_EXTENSIONS: frozenset[str] = frozenset().union(*EXTENSIONS.values())

SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (8, b"WEBP", "WEBP"),
    (0, b"GIF87a", "GIF"),
    (0, b"GIF89a", "GIF"),
    (0, b"BM", "BMP"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"II+\0", "TIFF"),
    (0, b"MM\0+", "TIFF"),
)
"""Offset, bytes there, and the allowed format that they announce."""

AVIF_BRANDS = frozenset({b"avif", b"avis"})
HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})

FOREIGN_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF", "a PDF document"),
    (0, b"%!PS", "a PostScript drawing"),
    (0, b"\xc5\xd0\xd3\xc6", "a PostScript drawing"),
    (0, b"8BPS", "a Photoshop document"),
    (0, b"\0\0\1\0", "an icon file"),
    (0, b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (0, b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (0, b"\xff\x0a", "a JPEG XL picture"),
    (0, b"PK\3\4", "a ZIP archive"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (4, b"ftyp", "a video"),
    (0, b"\x1a\x45\xdf\xa3", "a video"),
    (0, b"gimp xcf", "a GIMP document"),
)
"""Offset, bytes there, and what a file that is not allowed is called in the message that refuses it."""

FOREIGN_TAGS: tuple[tuple[bytes, str], ...] = (
    (b"<svg", "an SVG drawing"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"<?xml", "an XML document"),
)
"""How text files that pass for pictures begin, in lower case."""


def is_image_name(path: str) -> bool:
    """Whether the file's name ends like one of an allowed format, in upper or lower case."""
    return os.path.splitext(path)[1].lower() in ALLOWED_EXTENSIONS


def allowed_format(data: bytes) -> str | None:
    """The allowed format that the first bytes announce, by Pillow's name; None for anything else."""
    brands = _brands(data)
    if brands & AVIF_BRANDS:
        return "AVIF"
    if brands & HEIF_BRANDS:
        return "HEIF"
    return _match(data, SIGNATURES)


def foreign_kind(data: bytes) -> str | None:
    """What a file that is not of an allowed format seems to be ("a PDF document"), where that can be told."""
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    tags = (kind for tag, kind in FOREIGN_TAGS if head.startswith(tag))
    if b"<svg" in head and head.startswith(b"<"):
        return "an SVG drawing"
    return next(tags, None) or _match(data, FOREIGN_SIGNATURES)


def _match(data: bytes, signatures: tuple[tuple[int, bytes, str], ...]) -> str | None:
    return next((name for at, mark, name in signatures if data[at : at + len(mark)] == mark), None)


def _brands(data: bytes) -> frozenset[bytes]:
    """The brands in the `ftyp` box of an ISO media file (ISO/IEC 14496-12, 4.3), the major one included."""
    if data[4:8] != b"ftyp":
        return frozenset()
    end = min(int.from_bytes(data[:4], "big"), 256)
    return frozenset({data[8:12], *(data[at : at + 4] for at in range(16, end, 4))})
