"""Picture files without what they say about a person: EXIF (place, time, camera), XMP, IPTC, comments, thumbnails.

Nothing is decoded or encoded anew: of a file's segments, chunks or blocks those are kept that a decoder needs, with
the colour profile and the orientation; all others and whatever follows the picture's end (a video, further pictures)
are left out. It is an allow-list, so that a kind of metadata that nobody thought of is left out too. HEIC and AVIF
files keep their length: what is left out is overwritten (`cbir.images.boxes`). Formats: JPEG (ITU T.81, EXIF of CIPA
DC-008), PNG (W3C, third edition), WebP (RFC 9649), GIF (89a); BMP has no metadata and stays as it is.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping

from PIL import ExifTags

from cbir.errors import ImageError
from cbir.images.boxes import without_items
from cbir.images.decode import HOSTILE, open_image
from cbir.images.formats import allowed_format

UPRIGHT = 1
"""The EXIF orientation that asks for nothing."""

DAMAGED = "Restore the file from a backup, or open it in an image editor and save it again."


def strip(data: bytes) -> bytes:
    """A picture file without its metadata; its pixels, colour profile and orientation are as they were.

    Raises:
        ImageError: not an allowed format, one whose metadata cannot be taken out (TIFF), or a damaged file.
    """
    form = allowed_format(data) or ""
    if form not in STRIPPERS:
        raise ImageError(
            f"Metadata cannot be taken out of {form or 'this kind of'} files.",
            remedy="Save a copy in another format.",
        )
    try:
        return STRIPPERS[form](data)
    except (IndexError, struct.error):
        raise ImageError(f"The {form} file is damaged or cut short.", remedy=DAMAGED) from None


# -- orientation -------------------------------------------------------------------------------------------------


def _orientation(data: bytes) -> int:
    """The EXIF orientation as the decoder takes it (Pillow looks into XMP too where EXIF has none)."""
    try:
        with open_image(data) as image:
            orientation = image.getexif().get(ExifTags.Base.Orientation, UPRIGHT)
    except (ImageError, *HOSTILE):
        return UPRIGHT
    return orientation if orientation in range(2, 9) else UPRIGHT


def _exif(orientation: int) -> bytes:
    """An EXIF block that holds an orientation and nothing else."""
    entry = struct.pack(">HHIHH", ExifTags.Base.Orientation, 3, 1, orientation, 0)
    return b"MM\0*" + struct.pack(">IH", 8, 1) + entry + bytes(4)


# -- JPEG --------------------------------------------------------------------------------------------------------

SOI, EOI, SOS, APP0, APP1, APP2, APP14 = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE
DECODING = frozenset({*range(0xC0, 0xD0), SOS, *range(0xDB, 0xE0)})
"""Markers of segments that the decoder needs: frames, scans and tables."""
ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers without a segment."""
JFIF_BYTES, ADOBE_BYTES = 14, 12
_MARKER = re.compile(rb"\xff([^\x00\xff])", re.DOTALL)
_END_OF_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)


def _strip_jpeg(data: bytes) -> bytes:
    orientation = _orientation(data)
    parts = list(_jpeg_parts(data))
    if orientation != UPRIGHT:
        # JFIF, where there is one, has to be the first segment
        after_jfif = 1 if parts and parts[0][1] == APP0 else 0
        parts.insert(after_jfif, _jpeg_segment(APP1, b"Exif\0\0" + _exif(orientation)))
    return bytes([0xFF, SOI]) + b"".join(parts)


def _jpeg_parts(data: bytes) -> Iterator[bytes]:
    """The segments and scans that are kept, without SOI. A file that is cut short ends where it was cut."""
    at = 2
    while found := _MARKER.search(data, at):
        marker, at = found[1][0], found.end()
        if marker == EOI:
            yield found[0]
            return
        if marker in ALONE:
            continue
        (length,) = struct.unpack_from(">H", data, at)
        kept = _jpeg_kept(marker, data[at + 2 : at + length])
        at += length
        if kept is not None:
            yield _jpeg_segment(marker, kept)
        if marker == SOS:
            end = _END_OF_SCAN.search(data, at)
            start, at = at, end.start() if end else len(data)
            yield data[start:at]


def _jpeg_kept(marker: int, body: bytes) -> bytes | None:
    """What is kept of a segment; None for nothing."""
    if marker in DECODING:
        return body
    if marker == APP0 and body.startswith(b"JFIF\0"):
        return body[: JFIF_BYTES - 2] + bytes(2)
    if marker == APP2 and body.startswith(b"ICC_PROFILE\0"):
        return body
    if marker == APP14 and body.startswith(b"Adobe"):
        return body[:ADOBE_BYTES]
    return None


def _jpeg_segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


# -- PNG ---------------------------------------------------------------------------------------------------------

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD pHYs hIST acTL fcTL fdAT".split()
)
"""The picture, its colours and its animation."""


def _strip_png(data: bytes) -> bytes:
    # Pillow decodes a PNG to its end before it says that there is no EXIF; most have none
    orientation = _orientation(data) if any(mark in data for mark in (b"eXIf", b"exif", b"xmp")) else UPRIGHT
    parts = [PNG_SIGNATURE]
    at = len(PNG_SIGNATURE)
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + length + 12
        if kind in PNG_KEPT:
            parts.append(data[at:end])
        if kind == b"IHDR" and orientation != UPRIGHT:
            parts.append(_png_chunk(b"eXIf", _exif(orientation)))
        if kind == b"IEND":
            break
        at = end
    return b"".join(parts)


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


# -- WebP --------------------------------------------------------------------------------------------------------

WEBP_KEPT = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
WEBP_EXIF, WEBP_XMP = 0x08, 0x04
"""Flags of VP8X that announce these chunks."""


def _strip_webp(data: bytes) -> bytes:
    orientation = _orientation(data)
    parts = []
    at, end = 12, min(len(data), 8 + struct.unpack_from("<I", data, 4)[0])
    while at < end:
        kind, length = struct.unpack_from("<4sI", data, at)
        chunk = data[at : at + 8 + length + length % 2]
        at += len(chunk)
        if kind == b"VP8X":
            flags = chunk[8] & ~(WEBP_EXIF | WEBP_XMP) | (WEBP_EXIF if orientation != UPRIGHT else 0)
            chunk = chunk[:8] + bytes([flags]) + chunk[9:]
        if kind in WEBP_KEPT:
            parts.append(chunk)
    if orientation != UPRIGHT:
        exif = _exif(orientation)
        parts.append(struct.pack("<4sI", b"EXIF", len(exif)) + exif)
    body = b"WEBP" + b"".join(parts)
    return struct.pack("<4sI", b"RIFF", len(body)) + body


# -- GIF ---------------------------------------------------------------------------------------------------------

GIF_IMAGE, GIF_EXTENSION, GIF_TRAILER = 0x2C, 0x21, 0x3B
GIF_CONTROL, GIF_APPLICATION = 0xF9, 0xFF
GIF_APPLICATIONS = frozenset({b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"})
"""Extensions that say how often an animation repeats, and the colour profile."""


def _strip_gif(data: bytes) -> bytes:
    at = 13 + _gif_table(data[10])
    parts = [data[:at]]
    while at < len(data) and data[at] != GIF_TRAILER:
        start, block = at, data[at]
        if block == GIF_IMAGE:
            at = _after_sub_blocks(data, at + 11 + _gif_table(data[at + 9]))
        elif block == GIF_EXTENSION:
            at = _after_sub_blocks(data, at + 2)
        else:
            raise ImageError("The GIF file is damaged.", remedy=DAMAGED)
        if block == GIF_IMAGE or _gif_extension_kept(data[start + 1 : start + 14]):
            parts.append(data[start:at])
    return b"".join([*parts, bytes([GIF_TRAILER])])


def _gif_table(packed: int) -> int:
    """Bytes of the colour table that this field announces."""
    return 3 << (packed & 7) + 1 if packed & 0x80 else 0


def _gif_extension_kept(head: bytes) -> bool:
    return head[0] == GIF_CONTROL or (head[0] == GIF_APPLICATION and head[2:13] in GIF_APPLICATIONS)


def _after_sub_blocks(data: bytes, at: int) -> int:
    """The place after a chain of sub-blocks, each led by its length; one of length 0 ends it."""
    while at < len(data) and data[at]:
        at += data[at] + 1
    return min(at + 1, len(data))


STRIPPERS: Mapping[str, Callable[[bytes], bytes]] = {
    "AVIF": without_items,
    "BMP": bytes,
    "GIF": _strip_gif,
    "HEIF": without_items,
    "JPEG": _strip_jpeg,
    "PNG": _strip_png,
    "WEBP": _strip_webp,
}
"""By format: what takes the metadata out. TIFF is not among them: its parts are found by absolute addresses, also
from within makers' notes.
"""
