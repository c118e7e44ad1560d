"""HEIC and AVIF files (ISO/IEC 14496-12 boxes, ISO/IEC 23008-12 items) with their metadata overwritten.

Pictures lie at absolute places that the file names in `iloc`, so nothing may move: metadata items and boxes that no
decoder needs are overwritten where they are.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from cbir.errors import ImageError

NEEDED_BOXES = frozenset({b"ftyp", b"meta", b"mdat"})
"""At the top level of a file with still pictures; any other (a video behind the picture, XMP) becomes free space."""
METADATA_ITEMS = frozenset({b"Exif", b"mime", b"uri "})
"""EXIF; XMP and other documents."""
EMPTY_EXIF = bytes([0, 0, 0, 6]) + b"Exif\0\0MM\0*\0\0\0\x08" + bytes(6)
"""An EXIF item (23008-12, A.2.1) without any tag."""
MOST_EXTENTS = 10_000
"""Stretches of all items together. They can be announced without a byte for each, so the file does not bound them."""
AT_FILE_OFFSET, IN_IDAT = 0, 1
"""How `iloc` says where an item lies."""

REMEDY = "Save a copy in another format."


@dataclass(frozen=True, slots=True)
class Box:
    """A box's type, where it begins, and where its content lies."""

    kind: bytes
    at: int
    start: int
    end: int


def without_items(data: bytes) -> bytes:
    """The file with EXIF, XMP and all boxes that a still picture does not need overwritten; of the same length.

    Raises:
        ImageError: an animation, or a file whose metadata lie where this does not look.
        struct.error: a file that is cut short.
    """
    stripped = bytearray(data)
    for box in boxes_in(data, 0, len(data)):
        if box.kind == b"moov":
            raise ImageError("Metadata cannot be taken out of animated pictures of this format.", remedy=REMEDY)
        if box.kind == b"meta":
            _blank_items(data, stripped, box)
        elif box.kind not in NEEDED_BOXES:
            _blank(stripped, box.start, box.end, b"")
            stripped[box.at + 4 : box.at + 8] = b"free"
    return bytes(stripped)


def _blank_items(data: bytes, stripped: bytearray, meta: Box) -> None:
    boxes = {box.kind: box for box in boxes_in(data, meta.start + 4, meta.end)}
    if b"iinf" not in boxes or b"iloc" not in boxes:
        raise ImageError("The file does not say where its pictures lie.", remedy=REMEDY)
    kinds = dict(_item_kinds(data, boxes[b"iinf"]))
    idat = boxes[b"idat"].start if b"idat" in boxes else None
    for item, method, extents in _locations(data, boxes[b"iloc"]):
        if kinds.get(item) not in METADATA_ITEMS:
            continue
        base = {AT_FILE_OFFSET: 0, IN_IDAT: idat}.get(method)
        if base is None:
            raise ImageError("The metadata lie where they cannot be taken out.", remedy=REMEDY)
        filling = EMPTY_EXIF if kinds[item] == b"Exif" else b""
        for offset, length in extents:
            _blank(stripped, base + offset, base + offset + length if length else len(data), filling)
            filling = b""


def _blank(stripped: bytearray, start: int, end: int, filling: bytes) -> None:
    """Overwrite a stretch with ``filling``, where that fits, and zeros."""
    if not 0 <= start <= end <= len(stripped):
        raise ImageError("The file is damaged or cut short.", remedy=REMEDY)
    fitting = filling if len(filling) <= end - start else b""
    stripped[start:end] = fitting + bytes(end - start - len(fitting))


def boxes_in(data: bytes, at: int, end: int) -> Iterator[Box]:
    """The boxes between two places: a length of 0 reaches to the end, 1 announces a long length."""
    while at + 8 <= end:
        length, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", data, at + 8)
            head = 16
        stop = at + length if length else end
        if not at + head <= stop <= end:
            raise ImageError("The file is damaged or cut short.", remedy=REMEDY)
        yield Box(kind, at, at + head, stop)
        at = stop


def _item_kinds(data: bytes, iinf: Box) -> Iterator[tuple[int, bytes]]:
    """Each item's id with its type (14496-12, 8.11.6)."""
    entries = iinf.start + (6 if data[iinf.start] == 0 else 8)
    for box in boxes_in(data, entries, iinf.end):
        version = data[box.start]
        if version < 2:  # noqa: PLR2004 — the versions before items had types hold documents alone
            yield struct.unpack_from(">H", data, box.start + 4)[0], b"mime"
        else:
            item, _, kind = struct.unpack_from(">HH4s" if version == 2 else ">IH4s", data, box.start + 4)  # noqa: PLR2004
            yield item, kind


class Reader:
    """Reads big-endian numbers of any size one after the other."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._at = at

    def number(self, size: int) -> int:
        """The next ``size`` bytes as a number; 0 for none."""
        if self._at + size > len(self._data):
            raise struct.error("past the end")
        value = int.from_bytes(self._data[self._at : self._at + size], "big")
        self._at += size
        return value


def _locations(data: bytes, iloc: Box) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """Each item's id, how it is addressed, and its stretches as (offset, length) (14496-12, 8.11.3)."""
    version, reader = data[iloc.start], Reader(data, iloc.start + 4)
    offset_size, length_size = divmod(reader.number(1), 16)
    base_size, index_size = divmod(reader.number(1), 16)
    wide = 4 if version == 2 else 2  # noqa: PLR2004 — version 2 has ids of 32 bits
    left = MOST_EXTENTS
    for _ in range(reader.number(wide)):
        item = reader.number(wide)
        method = reader.number(2) & 15 if version else AT_FILE_OFFSET
        reader.number(2)
        base = reader.number(base_size)
        extents = []
        count = reader.number(2)
        left -= count
        if left < 0:
            raise ImageError("Its pictures lie in too many pieces.", remedy=REMEDY)
        for _ in range(count):
            reader.number(index_size if version else 0)
            extents.append((base + reader.number(offset_size), reader.number(length_size)))
        yield item, method, extents
