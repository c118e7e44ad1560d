"""A picture of a query with its hits, to be looked at, printed or sent."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from PIL import Image, ImageDraw

from cbir.errors import ImageError
from cbir.images.decode import DecodedImage, read_image
from cbir.images.lettering import Style, fitted, wrapped, write
from cbir.images.thumbnails import thumbnail
from cbir.records import RGB, shown_path

MAX_HITS = 200

TILE_WIDTH, PICTURE_HEIGHT, TEXT_HEIGHT = 232, 174, 72
TILE_HEIGHT = PICTURE_HEIGHT + TEXT_HEIGHT
GAP, MARGIN, HEADER_HEIGHT, PADDING = 16, 28, 76, 12

PAPER, CARD, EDGE, WELL = "#f4f4f2", "#ffffff", "#dededb", "#ececea"
INK, MUTED, ACCENT = "#1c1c1a", "#6f6f6a", "#2457c5"
TITLE, SUBTITLE, BODY, SMALL = Style(24, INK), Style(16, MUTED), Style(16, INK), Style(13, MUTED)
QUERY = Style(16, ACCENT)
FRAME, QUERY_TEXT_HEIGHT = 4, 40


@dataclass(frozen=True, slots=True)
class SheetHit:
    """A hit as it is shown."""

    rank: int
    score: float
    path: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above the pictures, and under the query."""

    title: str = ""
    """How similarity was measured: extractor, metric."""
    subtitle: str = ""
    """Where was searched, how long it took."""
    query: str = ""
    """Path or name of the query."""


@dataclass(frozen=True, slots=True)
class _Box:
    """A rectangle on the sheet, in pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def corners(self) -> tuple[int, int, int, int]:
        return self.left, self.top, self.left + self.width - 1, self.top + self.height - 1

    def inset(self, by: int) -> _Box:
        return _Box(self.left + by, self.top + by, self.width - 2 * by, self.height - 2 * by)


def contact_sheet(
    query: RGB,
    hits: Sequence[SheetHit],
    heading: Heading = Heading(),
    *,
    columns: int = 5,
    read: Callable[[str], DecodedImage] = read_image,
) -> Image.Image:
    """The query, framed, at the top left, and its hits in reading order around and below it.

    Args:
        query: the query's pixels (H, W, 3).
        hits: best first; the first `MAX_HITS` are shown.
        heading: the words above and below the query.
        columns: tiles in a row; the query takes the place of two by two where there are that many.
        read: gives the picture of a path; what raises ImageError becomes a tile that says so.
    """
    shown = hits[:MAX_HITS]
    span = min(2, columns)
    cells = _cells(len(shown), columns, span)
    rows = max([span, *(row + 1 for row, _ in cells)])
    sheet = Image.new("RGB", _sheet_size(rows, columns), PAPER)
    draw = ImageDraw.Draw(sheet)
    _heading(draw, heading, sheet.width - 2 * MARGIN)
    _query(sheet, _box(0, 0, span), query, heading.query)
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        pictures = pool.map(lambda hit: _picture(hit.path, read), shown)
        for hit, (row, column), picture in zip(shown, cells, pictures, strict=True):
            _tile(sheet, _box(row, column), hit, picture)
    return sheet


def _cells(count: int, columns: int, span: int) -> list[tuple[int, int]]:
    """Row and column of each hit: reading order, the query's square left out."""
    cells: list[tuple[int, int]] = []
    row = 0
    while len(cells) < count:
        cells += [(row, column) for column in range(span if row < span else 0, columns)]
        row += 1
    return cells[:count]


def _sheet_size(rows: int, columns: int) -> tuple[int, int]:
    last = _box(rows - 1, columns - 1)
    return last.left + last.width + MARGIN, last.top + last.height + MARGIN


def _box(row: int, column: int, span: int = 1) -> _Box:
    """The place of the tile at ``row`` and ``column``, ``span`` tiles wide and high."""
    return _Box(
        MARGIN + column * (TILE_WIDTH + GAP),
        MARGIN + HEADER_HEIGHT + row * (TILE_HEIGHT + GAP),
        span * TILE_WIDTH + (span - 1) * GAP,
        span * TILE_HEIGHT + (span - 1) * GAP,
    )


def _heading(draw: ImageDraw.ImageDraw, heading: Heading, width: int) -> None:
    write(draw, (MARGIN, MARGIN + 24), fitted(heading.title, width, TITLE), TITLE)
    write(draw, (MARGIN, MARGIN + 50), fitted(heading.subtitle, width, SUBTITLE), SUBTITLE)


def _query(sheet: Image.Image, box: _Box, pixels: RGB, name: str) -> None:
    draw = ImageDraw.Draw(sheet)
    draw.rectangle(box.corners, fill=CARD, outline=ACCENT, width=FRAME)
    inner = box.inset(FRAME)
    _paste(sheet, _Box(inner.left, inner.top, inner.width, inner.height - QUERY_TEXT_HEIGHT), pixels)
    left, base = inner.left + PADDING, inner.top + inner.height - 14
    write(draw, (left, base), "Query", QUERY)
    start = left + 60
    room = inner.left + inner.width - PADDING - start
    write(draw, (start, base), fitted(_short(name), room, SMALL), SMALL)


def _tile(sheet: Image.Image, box: _Box, hit: SheetHit, picture: RGB | str) -> None:
    draw = ImageDraw.Draw(sheet)
    draw.rectangle(box.corners, fill=CARD, outline=EDGE)
    inner = box.inset(1)
    well = _Box(inner.left, inner.top, inner.width, PICTURE_HEIGHT)
    if isinstance(picture, str):
        _placeholder(draw, well, picture)
    else:
        _paste(sheet, well, picture)
    left, width, top = inner.left + PADDING, inner.width - 2 * PADDING, inner.top + PICTURE_HEIGHT
    write(draw, (left, top + 23), str(hit.rank), BODY)
    write(draw, (left + width, top + 23), _shown_score(hit.score), BODY, "rs")
    lines = [line for line in (", ".join(hit.labels), _short(hit.path)) if line]
    for number, line in enumerate(lines):
        write(draw, (left, top + 43 + 17 * number), fitted(line, width, SMALL), SMALL)


def _paste(sheet: Image.Image, well: _Box, pixels: RGB) -> None:
    """A picture in the middle of its well."""
    sheet.paste(WELL, (well.left, well.top, well.left + well.width, well.top + well.height))
    small = Image.fromarray(thumbnail(pixels, (well.width, well.height)))
    sheet.paste(small, (well.left + (well.width - small.width) // 2, well.top + (well.height - small.height) // 2))


def _placeholder(draw: ImageDraw.ImageDraw, well: _Box, reason: str) -> None:
    draw.rectangle(well.corners, fill=WELL)
    lines = list(wrapped(reason, well.width - 2 * PADDING, SMALL))
    middle = well.top + well.height / 2 - 9 * (len(lines) - 1)
    for number, line in enumerate(lines):
        write(draw, (well.left + well.width / 2, middle + 18 * number), line, SMALL, "mm")


def _shown_score(score: float) -> str:
    """Four decimals where they say enough, else four digits."""
    return f"{score:.4f}" if score == 0 or 0.01 <= abs(score) < 10_000 else f"{score:.4g}"  # noqa: PLR2004


def _picture(path: str, read: Callable[[str], DecodedImage]) -> RGB | str:
    """The picture, small, or why there is none."""
    try:
        return thumbnail(read(path).pixels, (TILE_WIDTH, PICTURE_HEIGHT))
    except ImageError as error:
        return error.message


def _short(path: str) -> str:
    return shown_path(os.path.basename(path))
