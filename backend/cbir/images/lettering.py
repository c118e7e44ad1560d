"""Text on pictures with the one font that Pillow carries inside, and that knows little more than ASCII."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from PIL import ImageDraw, ImageFont
from PIL.ImageFont import FreeTypeFont

from cbir.errors import CbirError

NO_CHARACTER = "\uffff"
"""A code point that no font draws: it shows the box that stands for missing ones."""
ELLIPSIS = "..."


@dataclass(frozen=True, slots=True)
class Style:
    """How a line of text looks."""

    size: int
    """Pixels."""
    colour: str


@cache
def font(size: int) -> FreeTypeFont:
    """The built-in font in a size in pixels."""
    found = ImageFont.load_default(size)
    if not isinstance(found, FreeTypeFont):
        raise CbirError("This build of Pillow cannot draw text.", remedy="Install Pillow from its official wheel.")
    return found


def drawable(text: str) -> str:
    """``text`` with the characters that the font lacks without their accents, or else escaped."""
    return "".join(_drawable(character) for character in text)


@cache
def _drawable(character: str) -> str:
    if _drawn(character):
        return character
    base = "".join(part for part in unicodedata.normalize("NFKD", character) if _drawn(part))
    return base or character.encode("unicode_escape").decode("ascii")


def _drawn(character: str) -> bool:
    box = font(16).getmask(NO_CHARACTER)
    mask = font(16).getmask(character)
    return character.isspace() or (mask.size, bytes(mask)) != (box.size, bytes(box))


def fitted(text: str, width: float, style: Style) -> str:
    """``text`` as the font draws it, its middle left out where it is wider than ``width`` pixels."""
    text = drawable(text)
    if font(style.size).getlength(text) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        keep = (low + high + 1) // 2
        low, high = (keep, high) if font(style.size).getlength(_shortened(text, keep)) <= width else (low, keep - 1)
    return _shortened(text, low)


def wrapped(text: str, width: float, style: Style) -> Iterator[str]:
    """``text`` in lines of at most ``width`` pixels, as far as its words allow."""
    line = ""
    for word in drawable(text).split():
        longer = f"{line} {word}".strip()
        if line and font(style.size).getlength(longer) > width:
            yield line
            longer = word
        line = longer
    if line:
        yield line


def write(draw: ImageDraw.ImageDraw, at: tuple[float, float], text: str, style: Style, anchor: str = "ls") -> None:
    """Draw text that `fitted` or `wrapped` gave; ``anchor`` as in Pillow: `ls` begins on the base line."""
    draw.text(at, text, fill=style.colour, font=font(style.size), anchor=anchor)


def _shortened(text: str, keep: int) -> str:
    """The first and last characters, ``keep`` in all, the end favoured: names differ there."""
    head = keep // 2
    return text[:head] + ELLIPSIS + text[len(text) - (keep - head) :]
