"""HEIF pictures that are put together from others (ISO/IEC 23008-12, 6.6: grids, overlays), and the work they make.

An item names the pictures that it is made of, each as often as it likes, and the decoder decodes each of them as
often, even where nothing of it shows. So a file of a few hundred bytes could keep it busy for hours.
"""

from __future__ import annotations

import itertools
import struct
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from cbir.errors import ImageError
from cbir.images.boxes import Box, Reader, boxes_in

MOST = 2
"""Times the pixels that a picture may have: tiles reach over its edge, and it can have a second layer."""
DEPTH = 4
"""A picture put together from such that are put together themselves counts as the largest from here on."""
MOST_BOXES, MOST_PARTS, META_BYTES = 1_000, 10_000, 4 << 20
"""What a camera's file does not come near, so that looking takes no time either."""
MADE_OF = b"dimg"
META, REFERENCES, PROPERTIES = b"meta", b"iref", b"iprp"

DAMAGED = "Restore the file from a backup, or open it in an image editor and save it again."


def require_bounded_parts(data: bytes, pixels: int) -> None:
    """Raise ImageError for a HEIF file that has more than `MOST` times ``pixels`` decoded for one of its pictures."""
    try:
        parts, areas = _described(data)
    except (struct.error, IndexError):
        raise ImageError("The HEIF file is damaged or cut short.", remedy=DAMAGED) from None
    work = {item: area for item, area in areas.items() if item not in parts}
    for _ in range(DEPTH):
        work |= {item: sum(work.get(part, pixels) for part in made_of) for item, made_of in parts.items()}
    if max((work[item] for item in parts), default=0) > MOST * pixels:
        raise _too_many()


def _described(data: bytes) -> tuple[Mapping[int, Sequence[int]], Mapping[int, int]]:
    """What each derived item is made of, and the area of each item."""
    parts: dict[int, list[int]] = defaultdict(list)
    areas: dict[int, int] = {}
    for meta in _readable(data):
        if meta.kind != META:
            continue
        if meta.end - meta.start > META_BYTES:
            raise _too_many()
        for box in boxes_in(data, meta.start + 4, meta.end):
            if box.kind == REFERENCES:
                for item, others in _references(data, box):
                    parts[item] += others
            elif box.kind == PROPERTIES:
                for item, area in _areas(data, box):
                    areas[item] = max(area, areas.get(item, 0))
    return parts, areas


def _readable(data: bytes) -> Iterator[Box]:
    """The boxes at the top level, up to what is none: some cameras put something else behind the last one."""
    boxes = boxes_in(data, 0, len(data))
    for count in itertools.count():
        try:
            box = next(boxes, None)
        except ImageError:
            return
        if box is None:
            return
        if count >= MOST_BOXES:
            raise _too_many()
        yield box


def _too_many() -> ImageError:
    return ImageError(
        "The HEIF file puts its picture together from too many parts.",
        remedy="Open it in an image editor and save it again.",
    )


def _references(data: bytes, iref: Box) -> Iterator[tuple[int, list[int]]]:
    """Items with those that they are made of (14496-12, 8.11.12)."""
    wide, left = 4 if data[iref.start] else 2, MOST_PARTS
    for box in boxes_in(data, iref.start + 4, iref.end):
        if box.kind == MADE_OF:
            reader = Reader(data, box.start)
            item, count = reader.number(wide), reader.number(2)
            left -= count
            if left < 0:
                raise _too_many()
            yield item, [reader.number(wide) for _ in range(count)]


def _areas(data: bytes, iprp: Box) -> Iterator[tuple[int, int]]:
    """Items with the area that each extent of theirs states (14496-12, 8.11.14; 23008-12, 6.5.3)."""
    boxes = list(boxes_in(data, iprp.start, iprp.end))
    properties = [one for box in boxes if box.kind == b"ipco" for one in boxes_in(data, box.start, box.end)]
    for box in boxes:
        if box.kind == b"ipma":
            for item, places in _associations(data, box):
                named = [properties[place - 1] for place in places if 0 < place <= len(properties)]
                for one in named:
                    if one.kind == b"ispe":
                        width, height = struct.unpack_from(">II", data, one.start + 4)
                        yield item, width * height


def _associations(data: bytes, ipma: Box) -> Iterator[tuple[int, list[int]]]:
    """Items with the places of their properties, from 1."""
    long_ids, long_places = data[ipma.start] > 0, data[ipma.start + 3] & 1
    reader = Reader(data, ipma.start + 4)
    for _ in range(reader.number(4)):
        item = reader.number(4 if long_ids else 2)
        count = reader.number(1)
        places = [reader.number(2) & 0x7FFF if long_places else reader.number(1) & 0x7F for _ in range(count)]
        yield item, places
