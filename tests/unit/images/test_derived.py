"""HEIF pictures that are put together from others, made by the standards, ISO/IEC 14496-12 and 23008-12."""

import contextlib
import struct

import numpy as np
import pytest
from PIL import Image
from tests.unit.images.making import encoded

from cbir.errors import ImageError
from cbir.images.decode import Limits, decode
from cbir.images.derived import META_BYTES, MOST_BOXES, require_bounded_parts

SIDE = 64
TILE, GRID = 1, 2
"""Ids of the items."""


def box(kind, *parts):
    data = b"".join(parts)
    return struct.pack(">I4s", len(data) + 8, kind) + data


def full(kind, version, *parts):
    return box(kind, struct.pack(">I", version << 24), *parts)


def found(data, kind):
    """The first box of this type in a file that has only one."""
    at = data.index(kind) - 4
    return data[at : at + int.from_bytes(data[at : at + 4], "big")]


def grid(rows, columns, width, height, references=None):
    """A file whose picture is a grid of one red tile, named once for each place, or these references."""
    tile = encoded(Image.new("RGB", (SIDE, SIDE), "red"), "HEIF")
    coded = found(tile, b"mdat")[8:]
    description = struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, width, height)
    extent = full(b"ispe", 0, struct.pack(">II", width, height))
    properties = box(b"ipco", *(found(tile, kind) for kind in (b"hvcC", b"ispe", b"pixi")), extent)
    places = struct.pack(">IHB3BHB2B", 2, TILE, 3, 0x81, 2, 3, GRID, 2, 4, 3)
    references = references or {GRID: [TILE] * (rows * columns)}
    made_of = [
        box(b"dimg", struct.pack(f">HH{len(others)}H", item, len(others), *others))
        for item, others in references.items()
    ]
    kinds = [
        full(b"infe", 2, struct.pack(">HH4sx", item, 0, kind)) for item, kind in ((TILE, b"hvc1"), (GRID, b"grid"))
    ]

    def meta(at):
        where = [(TILE, at, len(coded)), (GRID, at + len(coded), len(description))]
        entries = b"".join(struct.pack(">HHHII", item, 0, 1, start, size) for item, start, size in where)
        return full(
            b"meta",
            0,
            full(b"hdlr", 0, struct.pack(">I4s13x", 0, b"pict")),
            full(b"pitm", 0, struct.pack(">H", GRID)),
            full(b"iloc", 0, struct.pack(">BBH", 0x44, 0, 2), entries),
            full(b"iinf", 0, struct.pack(">H", 2), *kinds),
            full(b"iref", 0, *made_of),
            box(b"iprp", properties, full(b"ipma", 0, places)),
        )

    kind = box(b"ftyp", b"heic\0\0\0\0mif1heic")
    start = len(kind) + len(meta(0)) + 8
    return kind + meta(start) + box(b"mdat", coded, description)


def refused(data, limits):
    with pytest.raises(ImageError, match="too many parts") as caught:
        decode(data, limits)
    assert caught.value.remedy


def test_a_grid_as_cameras_write_it_is_decoded():
    image = decode(grid(3, 4, 4 * SIDE - 10, 3 * SIDE - 20), Limits(pixels=4 * SIDE * 3 * SIDE))
    assert (image.width, image.height) == (4 * SIDE - 10, 3 * SIDE - 20)
    assert np.abs(image.pixels.astype(int) - [255, 0, 0]).max() < 8


def test_tiles_that_nobody_sees_count():
    """The picture is one tile large and the file names so many more, which are all decoded."""
    limits = Limits(pixels=8 * SIDE * SIDE)
    assert decode(grid(4, 4, SIDE, SIDE), limits).width == SIDE
    refused(grid(1, 17, SIDE, SIDE), limits)
    refused(grid(255, 39, SIDE, SIDE), limits)


def test_tiles_made_of_tiles_count_as_often_as_they_are_decoded():
    nested = {GRID: [3] * 6, 3: [4] * 6, 4: [TILE] * 6}  # 216 in all
    require_bounded_parts(grid(1, 6, SIDE, SIDE, nested), 216 * SIDE * SIDE // 2)
    with pytest.raises(ImageError, match="too many parts"):
        require_bounded_parts(grid(1, 6, SIDE, SIDE, nested), 215 * SIDE * SIDE // 2)


@pytest.mark.parametrize("references", [{GRID: [GRID, GRID]}, {item: [item + 1] * 2 for item in range(2, 500)}])
def test_circles_and_deep_nests_come_to_an_end(references):
    refused(grid(1, 2, SIDE, SIDE, references), Limits(pixels=1 << 20))


def test_looking_is_bounded_too():
    data = grid(1, 1, SIDE, SIDE)
    limits = Limits(pixels=1 << 20)
    refused(data + box(b"free") * MOST_BOXES, limits)
    refused(data + full(b"meta", 0, bytes(META_BYTES)), limits)
    refused(grid(1, 2, SIDE, SIDE, {item: [TILE] * 6000 for item in (2, 3)}), Limits(pixels=1 << 30))


def test_what_stands_behind_the_last_box_costs_nothing():
    assert decode(grid(1, 1, SIDE, SIDE) + b"\xff" * 100, Limits(pixels=1 << 20)).width == SIDE


def test_a_cut_or_damaged_description_is_refused_or_left_to_the_decoder():
    data = grid(2, 2, 2 * SIDE, 2 * SIDE)
    rng = np.random.default_rng(0)
    for _ in range(300):
        changed = bytearray(data)
        for at in rng.integers(8, len(data) - 100, 2):
            changed[at] = rng.integers(256)
        with contextlib.suppress(ImageError):
            require_bounded_parts(bytes(changed[: rng.integers(100, len(data))]), 1 << 20)
