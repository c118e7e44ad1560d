"""Names: those that the program gives to files, and those that people gave them, made fit to be shown."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cbir.images.words import MAX_KEYWORD_LENGTH, clean
from cbir.records import shown_text

EXTENSIONS: Mapping[str, str] = {
    "JPEG": "jpg",
    "PNG": "png",
    "WEBP": "webp",
    "GIF": "gif",
    "BMP": "bmp",
    "TIFF": "tif",
    "HEIF": "heic",
    "AVIF": "avif",
}
"""By Pillow's name of a format, how its files are called here."""

_GENERATED = re.compile(rf"[0-9a-f]{{64}}\.(?:{'|'.join(EXTENSIONS.values())})")


def generated(image_id: str, format: str) -> str:
    """The name under which a picture is kept."""
    return f"{image_id}.{EXTENSIONS[format]}"


def is_generated(name: str) -> bool:
    """Whether a file can have got its name from `generated`."""
    return _GENERATED.fullmatch(name) is not None


def shown_name(name: str) -> str:
    """What a client called its file, as a keyword: one line of at most 200 characters, odd ones escaped."""
    return shown_text(clean(name, MAX_KEYWORD_LENGTH))[:MAX_KEYWORD_LENGTH]
