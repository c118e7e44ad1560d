"""From a file to what the extractors need of it, on a decoding thread; what goes wrong becomes a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2

from cbir.errors import ImageError
from cbir.images.decode import decode, file_id, read_bytes
from cbir.images.metadata import ImageMetadata, read_metadata
from cbir.ingest.walk import Failure
from cbir.records import RGB, Location


@dataclass(frozen=True, slots=True)
class Read:
    """A file whose bytes were hashed; ``prepared`` is None where they did not have to be decoded."""

    location: Location
    id: str
    width: int = 0
    height: int = 0
    format: str = ""
    metadata: ImageMetadata | None = None
    prepared: Any = None


def read_image_file(location: Location, prepare: Callable[[RGB], Any], skip: Callable[[str], bool]) -> Read | Failure:
    """Read, hash, decode and prepare one file; ids for which ``skip`` holds are not decoded.

    Thread-safe as far as ``prepare`` and ``skip`` are.
    """
    try:
        data = read_bytes(location.path)
        image_id = file_id(data)
        if skip(image_id):
            return Read(location, image_id)
        image = decode(data)
        prepared = prepare(image.pixels)
    except ImageError as error:
        return Failure(location.path, error.message, error.remedy, location.root)
    except (MemoryError, cv2.error):
        remedy = "Save it smaller, or free some memory."
        return Failure(location.path, "There is not enough memory for it.", remedy, location.root)
    return Read(
        location=location,
        id=image_id,
        width=image.width,
        height=image.height,
        format=image.format,
        metadata=read_metadata(location.path, data),
        prepared=prepared,
    )
