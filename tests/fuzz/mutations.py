"""Changes to a picture's bytes that reach deep into decoders: blind ones, and ones that know a format's structure."""

import struct
import zlib
from collections.abc import Callable, Iterator, Sequence

from numpy.random import Generator

from tests.fuzz.seeds import png_chunk

Mutation = Callable[[bytearray, Generator], None]
"""Changes the bytes in place."""

NUMBERS = (0, 1, 2, 3, 7, 8, 15, 16, 127, 128, 255, 256, 257, 4096, 32767, 32768, 65535, 65536, 1 << 24)
NUMBERS += ((1 << 31) - 1, 1 << 31, (1 << 32) - 1, (1 << 32) - 2, (1 << 32) - 16)
SIZES = (0, 1, 2, 3, 16, 63, 64, 65, 97, 255, 1000, 1024, 8191, 9459, 16383, 20000, 32767, 65535)
"""Widths and heights: 9,459 squared is just below the limit on pixels."""
SMALL_SIZES = 300
"""Three of four are below this: large pictures take seconds that thousands of small ones could have."""

TOKENS = (
    b"\xff\xd8\xff\xe0", b"\xff\xd9", b"\xff\xda", b"\xff\xc2", b"\xff\xc9", b"\xff\xdd\0\4\0\1", b"\xff\xd0",
    b"IHDR", b"IDAT", b"IEND", b"PLTE", b"tRNS", b"iCCP", b"eXIf", b"acTL", b"fcTL", b"fdAT", b"zTXt", b"iTXt",
    b"RIFF", b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"EXIF", b"XMP ",
    b"GIF89a", b"\x21\xf9\x04", b"\x21\xff\x0b", b"\x2c\0\0\0\0", b"II*\0", b"MM\0*", b"Exif\0\0",
    b"ftyp", b"meta", b"iloc", b"iinf", b"infe", b"iprp", b"ipco", b"ipma", b"ispe", b"pixi", b"irot", b"imir",
    b"clap", b"hvcC", b"av1C", b"grid", b"iovl", b"iden", b"iref", b"dimg", b"auxl", b"mdat", b"idat", b"moov",
    b"stsz", b"stco", b"stts", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"<rdf:li>", b"8BIM\x04\x04", b"\x1c\x02\x19",
)  # fmt: skip


def mutated(format: str, original: bytes, others: Sequence[bytes], rng: Generator) -> bytes:
    """``original`` after one to six changes, now and then joined with a part of another picture."""
    data = bytearray(original)
    aware = AWARE[format]
    for _ in range(int(rng.choice([1, 1, 1, 1, 2, 2, 3, 6]))):
        mutations = aware if rng.random() < 0.5 else BLIND
        if data:
            mutations[rng.integers(len(mutations))](data, rng)
    if rng.random() < 0.08:
        data = _splice(data, others[rng.integers(len(others))], rng)
    if format == "PNG" and rng.random() < 0.8:
        return _with_checksums(data)
    return bytes(data)


def _at(data: bytearray, rng: Generator) -> int:
    """A place, in the header as often as behind it."""
    return int(rng.integers(min(len(data), 256) if rng.random() < 0.5 else len(data)))


def _span(data: bytearray, rng: Generator) -> slice:
    start = _at(data, rng)
    return slice(start, start + int(rng.integers(1, rng.choice([5, 33, 513]))))


def _splice(data: bytearray, other: bytes, rng: Generator) -> bytearray:
    return bytearray(data[: rng.integers(len(data) + 1)] + other[rng.integers(len(other)) :])


# Blind ----------------------------------------------------------------------------------------------------------


def flip_bits(data: bytearray, rng: Generator) -> None:
    for _ in range(int(rng.choice([1, 1, 2, 8, 64]))):
        data[_at(data, rng)] ^= 1 << int(rng.integers(8))


def set_bytes(data: bytearray, rng: Generator) -> None:
    where = _span(data, rng)
    value = int(rng.choice([0, 1, 127, 128, 255, rng.integers(256)]))
    data[where] = bytes([value]) * len(data[where])


def cut_off(data: bytearray, rng: Generator) -> None:
    del data[int(rng.integers(len(data))) :]


def take_out(data: bytearray, rng: Generator) -> None:
    del data[_span(data, rng)]


def put_in(data: bytearray, rng: Generator) -> None:
    at = _at(data, rng)
    data[at:at] = rng.bytes(int(rng.integers(1, 33)))


def repeat(data: bytearray, rng: Generator) -> None:
    where = _span(data, rng)
    data[where.start : where.start] = data[where] * int(rng.choice([1, 2, 50]))


def move(data: bytearray, rng: Generator) -> None:
    where = _span(data, rng)
    part = data[where]
    del data[where]
    at = int(rng.integers(len(data) + 1))
    data[at:at] = part


def put_token(data: bytearray, rng: Generator) -> None:
    token, at = TOKENS[rng.integers(len(TOKENS))], _at(data, rng)
    data[at : at + (len(token) if rng.random() < 0.7 else 0)] = token


def put_number(data: bytearray, rng: Generator) -> None:
    width, order = int(rng.choice([1, 2, 4])), "little" if rng.random() < 0.5 else "big"
    at, most = _at(data, rng), (1 << 8 * width) - 1
    data[at : at + width] = (int(rng.choice(NUMBERS)) & most).to_bytes(width, order)


def add_to_number(data: bytearray, rng: Generator) -> None:
    width, order = int(rng.choice([1, 2, 4])), "little" if rng.random() < 0.5 else "big"
    at = _at(data, rng)
    value = int.from_bytes(data[at : at + width], order) + int(rng.integers(-16, 17))
    data[at : at + width] = (value & ((1 << 8 * width) - 1)).to_bytes(width, order)


BLIND: tuple[Mutation, ...] = (
    flip_bits,
    flip_bits,
    set_bytes,
    cut_off,
    take_out,
    put_in,
    repeat,
    move,
    put_token,
    put_number,
    put_number,
    add_to_number,
)

# Parts that many formats have: a list of slices, to be repeated, dropped, swapped or changed inside -----------------


def _on_parts(find: Callable[[bytearray], list[slice]]) -> Mutation:
    def mutate(data: bytearray, rng: Generator) -> None:
        parts = find(data)
        if not parts:
            return
        where = parts[rng.integers(len(parts))]
        part = data[where]
        match rng.integers(4):
            case 0:
                data[where] = part * int(rng.choice([2, 3, 40]))
            case 1:
                del data[where]
            case 2:
                at = parts[rng.integers(len(parts))].start
                data[at:at] = part
            case _ if part:
                inner = bytearray(part)
                BLIND[rng.integers(len(BLIND))](inner, rng)
                data[where] = inner

    return mutate


def _sizes(places: Callable[[bytearray], list[int]], form: str) -> Mutation:
    """Writes a width, a height or both where ``places`` says they stand, in the form that `struct` knows."""

    def mutate(data: bytearray, rng: Generator) -> None:
        step = struct.calcsize(form)
        for at in places(data):
            if rng.random() < 0.7 and at + step <= len(data):
                data[at : at + step] = struct.pack(form.upper(), _size(rng) & ((1 << 8 * step) - 1))

    return mutate


def _size(rng: Generator) -> int:
    return int(rng.choice(SIZES) if rng.random() < 0.25 else rng.integers(SMALL_SIZES))


# JPEG -----------------------------------------------------------------------------------------------------------


def jpeg_segments(data: bytearray) -> list[slice]:
    """Marker segments up to the first scan."""
    found, at = [], 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        found.append(slice(at, min(end, len(data))))
        if data[at + 1] == 0xDA:
            break
        at = end
    return found


def _frame_header(data: bytearray) -> list[int]:
    """Where height and width stand in the frame header (ITU T.81, B.2.2)."""
    starts = (part.start for part in jpeg_segments(data) if data[part.start + 1] in {0xC0, 0xC1, 0xC2})
    return [start + offset for start in starts for offset in (5, 7)]


def jpeg_sampling(data: bytearray, rng: Generator) -> None:
    for at in _frame_header(data)[:1]:
        place = at + 4 + int(rng.integers(12))  # number of components; of each its name, sampling and table
        if place < len(data):
            data[place] = int(rng.choice([0, 1, 2, 3, 4, 0x11, 0x14, 0x41, 0x44, 0x22, 0xFF]))


# PNG ------------------------------------------------------------------------------------------------------------


def png_chunks(data: bytearray) -> list[slice]:
    """Chunks, checksums included."""
    found, at = [], 8
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        found.append(slice(at, min(end, len(data))))
        at = end
    return found


def _with_checksums(data: bytearray) -> bytes:
    """Lengths as written, checksums right: without them a mutation is refused before it does anything."""
    for part in png_chunks(data):
        body = data[part.start + 4 : part.stop - 4]
        data[part.stop - 4 : part.stop] = zlib.crc32(body).to_bytes(4, "big")
    return bytes(data)


def png_kind(data: bytearray, rng: Generator) -> None:
    """Depth, colour type, compression, filter or interlace method."""
    if len(data) > 28:
        data[24 + int(rng.integers(5))] = int(rng.choice([0, 1, 2, 3, 4, 6, 8, 16, 255]))


def png_rows(data: bytearray, rng: Generator) -> None:
    """Changes the rows behind the compression: filters, and rows missing or too many."""
    for part in png_chunks(data):
        if data[part.start + 4 : part.start + 8] == b"IDAT":
            try:
                rows = bytearray(zlib.decompress(bytes(data[part.start + 8 : part.stop - 4])))
            except zlib.error:
                return
            if rows:
                BLIND[rng.integers(len(BLIND))](rows, rng)
            data[part] = png_chunk(b"IDAT", zlib.compress(bytes(rows)))
            return


# RIFF, GIF, BMP ---------------------------------------------------------------------------------------------------


def riff_chunks(data: bytearray) -> list[slice]:
    found, at = [], 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + size + size % 2
        found.append(slice(at, min(end, len(data))))
        at = end
    return found


def riff_length(data: bytearray, rng: Generator) -> None:
    """The container's length made right, so that libwebp looks further."""
    data[4:8] = struct.pack("<I", max(len(data) - 8, 0))


def webp_canvas(data: bytearray, rng: Generator) -> None:
    at = 24 + 3 * int(rng.integers(2)) if data[12:16] == b"VP8X" else 26
    data[at : at + 2] = struct.pack("<H", _size(rng))


def gif_blocks(data: bytearray) -> list[slice]:
    """Extensions and picture descriptors, found by their first byte."""
    starts = [at for at, byte in enumerate(data) if byte in b"\x21\x2c" and at >= 13]
    return [slice(at, min(at + 24, len(data))) for at in starts[:60]]


def gif_descriptor(data: bytearray) -> list[int]:
    """Places of left, top, width and height in the first picture descriptor."""
    at = data.find(b"\x2c\0\0")
    return [at + 1, at + 3, at + 5, at + 7] if at >= 0 else []


def bmp_field(data: bytearray, rng: Generator) -> None:
    at, width = ((10, 4), (14, 4), (18, 4), (22, 4), (26, 2), (28, 2), (30, 4), (34, 4), (46, 4))[rng.integers(9)]
    value = int(rng.choice([*NUMBERS, 12, 24, 32, 40, 64, 108, 124]))
    data[at : at + width] = (value & ((1 << 8 * width) - 1)).to_bytes(width, "little")


# TIFF -----------------------------------------------------------------------------------------------------------

TIFF_TAGS = (254, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 284, 317, 320, 322, 323, 324, 325, 338)
TIFF_TAGS += (339, 347, 512, 513, 530, 700, 34377, 34665, 34675, 34853, 37724)
TIFF_VALUES = (*NUMBERS, 5, 6, 32773, 34676, 34677, 34925, 50000, 50001)


def tiff_entries(data: bytearray) -> list[slice]:
    """The 12-byte entries of the first directory (TIFF 6.0, section 2)."""
    order = _tiff_order(data)
    start = int.from_bytes(data[4:8], order)
    count = int.from_bytes(data[start : start + 2], order)
    places = (start + 2 + 12 * number for number in range(min(count, 64)))
    return [slice(at, at + 12) for at in places if at + 12 <= len(data)]


def _tiff_order(data: bytearray) -> str:
    return "big" if data[:1] == b"M" else "little"


def tiff_entry(data: bytearray, rng: Generator) -> None:
    """Changes one field of one entry: tag, type, count or value."""
    entries, order = tiff_entries(data), _tiff_order(data)
    if not entries:
        return
    at = entries[rng.integers(len(entries))].start
    offset, width, values = (
        (0, 2, TIFF_TAGS),
        (2, 2, tuple(range(20))),
        (4, 4, TIFF_VALUES),
        (8, 4, TIFF_VALUES),
        (8, 2, TIFF_VALUES),
    )[rng.choice([0, 1, 2, 3, 3, 3, 4, 4])]
    value = int(rng.choice(values)) & ((1 << 8 * width) - 1)
    data[at + offset : at + offset + width] = value.to_bytes(width, order)


def tiff_size(data: bytearray, rng: Generator) -> None:
    """Width, height, tile or strip size."""
    order = _tiff_order(data)
    for part in tiff_entries(data):
        if int.from_bytes(data[part][:2], order) in {256, 257, 278, 322, 323} and rng.random() < 0.5:
            size = struct.pack("<I" if order == "little" else ">I", _size(rng))
            kind = struct.pack("<H" if order == "little" else ">H", 4)
            data[part.start + 2 : part.start + 4] = kind
            data[part.start + 8 : part.stop] = size


# ISO media (HEIF, AVIF) -------------------------------------------------------------------------------------------

CONTAINERS = {b"meta": 4, b"iprp": 0, b"ipco": 0, b"iinf": 6, b"iref": 4, b"moov": 0, b"trak": 0}
CONTAINERS |= {b"mdia": 0, b"minf": 0, b"stbl": 0, b"dinf": 0}
"""Boxes that hold boxes, and the bytes before the first of them."""


def boxes(data: bytearray) -> list[slice]:
    return list(_boxes(data, 0, len(data)))


def _boxes(data: bytearray, start: int, stop: int) -> Iterator[slice]:
    while start + 8 <= stop:
        size, kind = int.from_bytes(data[start : start + 4], "big"), bytes(data[start + 4 : start + 8])
        end = min(start + size if size >= 8 else stop, stop)
        yield slice(start, end)
        if kind in CONTAINERS:
            yield from _boxes(data, start + 8 + CONTAINERS[kind], end)
        start = end


def box_inside(data: bytearray, rng: Generator) -> None:
    """Changes bytes of one box, none of them its length or name: the boxes around it stay readable."""
    found = [part for part in boxes(data) if part.stop - part.start > 8]
    if not found:
        return
    part = found[rng.integers(len(found))]
    inner = data[part.start + 8 : part.stop]
    for _ in range(int(rng.integers(1, 4))):
        at = int(rng.integers(min(len(inner), 64)))
        inner[at] = int(rng.choice([0, 1, 2, 3, 0x40, 0x80, 0xFF, inner[at] ^ (1 << int(rng.integers(8)))]))
    data[part.start + 8 : part.stop] = inner


def box_name(data: bytearray, rng: Generator) -> None:
    """Calls a box, or an item, by the name of another kind: a grid, an overlay, a rotation."""
    names = [token for token in TOKENS if len(token) == 4 and token.isalnum()]
    found = boxes(data)
    if found:
        at = found[rng.integers(len(found))].start + 4
        data[at : at + 4] = names[rng.integers(len(names))]


def item_kind(data: bytearray, rng: Generator) -> None:
    """Makes the coded picture a derived one: grid, overlay, or the identity of another."""
    for kind in (b"hvc1", b"av01", b"grid"):
        at = data.find(kind)
        if at >= 0:
            data[at : at + 4] = (b"grid", b"iovl", b"iden", b"Exif", b"mime")[rng.integers(5)]
            return


def _extents(data: bytearray) -> list[int]:
    """Where width and height stand in every `ispe` box."""
    places = (part.start for part in boxes(data) if data[part.start + 4 : part.start + 8] == b"ispe")
    return [start + offset for start in places for offset in (12, 16)]


MEDIA: tuple[Mutation, ...] = (
    _on_parts(boxes),
    box_inside,
    box_inside,
    box_inside,
    box_name,
    item_kind,
    _sizes(_extents, ">i"),
)

AWARE: dict[str, tuple[Mutation, ...]] = {
    "JPEG": (_on_parts(jpeg_segments), _on_parts(jpeg_segments), _sizes(_frame_header, ">h"), jpeg_sampling),
    "PNG": (_on_parts(png_chunks), _sizes(lambda _: [16, 20], ">i"), png_kind, png_rows, png_rows),
    "WEBP": (_on_parts(riff_chunks), _on_parts(riff_chunks), riff_length, webp_canvas),
    "GIF": (_on_parts(gif_blocks), _sizes(lambda _: [6, 8], "<h"), _sizes(gif_descriptor, "<h")),
    "BMP": (bmp_field, bmp_field, _sizes(lambda _: [18, 22], "<i")),
    "TIFF": (_on_parts(tiff_entries), tiff_entry, tiff_entry, tiff_entry, tiff_size),
    "HEIF": MEDIA,
    "AVIF": MEDIA,
}
