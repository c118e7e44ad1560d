"""Large pictures are decoded one at a time in a process, so that many at once do not fill the memory."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from cbir.images.decode import decode, open_image
from cbir.images.files import DEFAULT_LIMITS, Limits

LARGE_PIXELS = 24_000_000
AT_ONCE = 1
"""Large pictures that are decoded at the same time. The largest takes up to 1.5 GB meanwhile, and there are several
web processes.
"""

_LARGE = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Examined:
    """What a picture is, once all of it could be decoded."""

    format: str
    """Pillow's name of the file format."""
    width: int
    """Pixels, upright."""
    height: int


def turn(data: bytes, limits: Limits = DEFAULT_LIMITS) -> AbstractContextManager[object]:
    """Hold it while a picture's pixels are in memory. Threads of one process wait for each other; no thread may hold
    two.

    Raises:
        ImageError: the file's header is not one of a picture that `decode` takes.
    """
    with open_image(data, limits) as header:
        return _LARGE if header.width * header.height > LARGE_PIXELS else nullcontext()


def examine(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Examined:
    """Decode a picture in its turn, and keep nothing of it.

    Raises:
        ImageError: see `decode`.
    """
    with turn(data, limits):
        return _seen(data, limits)


def _seen(data: bytes, limits: Limits) -> Examined:
    picture = decode(data, limits)
    return Examined(picture.format, picture.width, picture.height)
