"""The scans of a JPEG file: how often a decoder goes over the whole picture (ITU-T T.81, B.1 and B.2)."""

from __future__ import annotations

import re

from cbir.errors import ImageError

MAX_SCANS = 40
"""A progressive picture has ten, with four inks eighteen. A scan of a few bytes makes a decoder go over all pixels
once more, so that a small file with thousands of them would keep it busy for hours."""

START_OF_IMAGE, END_OF_IMAGE, START_OF_SCAN = 0xD8, 0xD9, 0xDA
ALONE = frozenset({0x01, START_OF_IMAGE})
"""Markers without a segment, besides those that restart, which are passed over with the coded data."""
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)


def count_scans(data: bytes) -> int:
    """The scans of the first picture in a JPEG file; thumbnails in its metadata and what follows it do not count."""
    scans, at = 0, 2
    while found := _MARKER.search(data, at):
        marker, at = found[0][1], found.end()
        if marker == END_OF_IMAGE:
            break
        if marker not in ALONE:
            scans += marker == START_OF_SCAN
            at += max(2, int.from_bytes(data[at : at + 2], "big"))
    return scans


def require_few_scans(data: bytes) -> None:
    """Raise ImageError for a JPEG file of more than `MAX_SCANS` scans."""
    scans = count_scans(data)
    if scans > MAX_SCANS:
        raise ImageError(
            f"The JPEG file goes over its picture {scans:,} times; at most {MAX_SCANS} are decoded.",
            remedy="Open it in an image editor and save it again.",
        )
