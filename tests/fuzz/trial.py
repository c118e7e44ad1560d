"""What an upload goes through, once, on one picture: the outcome has to be a picture or an ImageError."""

import io
import time
import traceback
from dataclasses import dataclass

import numpy as np
from PIL import Image

from cbir.errors import ImageError
from cbir.images.decode import DecodedImage, Limits, decode
from cbir.images.metadata import read_metadata
from cbir.images.thumbnails import thumbnail

DECODED, REFUSED = "decoded", "refused"
EXCEPTION, WRONG, MEMORY, CRASH, HANG = "exception", "wrong", "memory", "crash", "hang"
FINDINGS = (EXCEPTION, WRONG, MEMORY, CRASH, HANG)

THUMBNAIL_SIZES = (160, 320, 640)
NOWHERE = "/nonexistent/picture"
"""No XMP file lies beside it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one picture."""

    kind: str
    """One of the names above."""
    detail: str = ""
    """The message of a refusal; for a finding, what is wrong, and where."""
    seconds: float = 0.0
    peak: int = 0
    """Bytes of memory that this picture took at most, beyond what the process had before."""


def attempt(data: bytes, limits: Limits) -> Outcome:
    """Decode, read the metadata, make thumbnails."""
    before, start = _reset_peak(), time.perf_counter()
    try:
        kind, detail = _through(data, limits)
    except Exception:  # noqa: BLE001 - any other exception than ImageError is what is being looked for
        kind, detail = EXCEPTION, traceback.format_exc()
    return Outcome(kind, detail, time.perf_counter() - start, max(0, _peak() - before))


def _through(data: bytes, limits: Limits) -> tuple[str, str]:
    try:
        image = decode(data, limits)
    except ImageError as error:
        read_metadata(NOWHERE, data)
        return (REFUSED, error.message) if error.message and error.remedy else (WRONG, f"no remedy: {error!r}")
    if fault := fault_of(image, limits):
        return WRONG, fault
    read_metadata(NOWHERE, data)
    for size in THUMBNAIL_SIZES:
        small = thumbnail(image.pixels, size)
        if max(small.shape[:2]) > size:
            return WRONG, f"a thumbnail of {small.shape}"
    Image.fromarray(small).save(io.BytesIO(), "JPEG")
    Image.fromarray(small).save(io.BytesIO(), "WEBP")
    return DECODED, ""


def fault_of(image: DecodedImage, limits: Limits) -> str:
    """Why this is no picture that an extractor may be given; empty where nothing is wrong."""
    pixels = image.pixels
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        return f"pixels of {pixels.dtype} {pixels.shape}"
    if not 0 < image.width * image.height <= limits.pixels:
        return f"{image.width} x {image.height} pixels, beyond the limits"
    return "writable pixels" if pixels.flags.writeable else ""


def _reset_peak() -> int:
    """Start the system's count of this process's largest memory anew; bytes that it has now."""
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    return _peak()


def _peak() -> int:
    with open("/proc/self/status") as file:
        line = next(line for line in file if line.startswith("VmHWM:"))
    return int(line.split()[1]) << 10
