"""IPTC-IIM (version 4): title, caption and keywords."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PIL.ImageFile import ImageFile
from PIL.IptcImagePlugin import getiptcinfo

from cbir.images.words import Words, decoded

CHARACTER_SET, TITLE, KEYWORDS, CAPTION = (1, 90), (2, 5), (2, 25), (2, 120)
"""Record and data set."""
UTF8 = b"\x1b%G"


def from_iptc(image: ImageFile) -> Words:
    """Title, caption and keywords of a JPEG or TIFF picture."""
    found = getiptcinfo(image) or {}
    utf8 = UTF8 in _values(found.get(CHARACTER_SET))
    text: Callable[[bytes], str] = partial(str, encoding="utf-8", errors="replace") if utf8 else decoded
    title, caption, keywords = (
        [text(value) for value in _values(found.get(key))] for key in (TITLE, CAPTION, KEYWORDS)
    )
    return Words(" ".join(title), " ".join(caption), tuple(keywords))


def _values(value: bytes | list[bytes] | None) -> list[bytes]:
    """A data set's values; Pillow gives a list only where there are several."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
