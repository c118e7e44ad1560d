"""What an upload goes through, once, on one picture: the outcome has to be a picture or an ImageError."""

import io
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from cbir.errors import ImageError
from cbir.images.decode import DecodedImage, Limits, decode, decode_reduced
from cbir.images.metadata import ImageMetadata, read_metadata
from cbir.images.stripping import strip
from cbir.images.thumbnails import thumbnail

DECODED, REFUSED = "decoded", "refused"
EXCEPTION, WRONG, MEMORY, CRASH, HANG = "exception", "wrong", "memory", "crash", "hang"
FINDINGS = (EXCEPTION, WRONG, MEMORY, CRASH, HANG)

THUMBNAIL_SIDE, DISPLAY_SIDE = 320, 2048
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
    """Processor time of the step that took longest."""
    peak: int = 0
    """Bytes of memory that this picture took at most, beyond what the process had before."""
    resident: int = 0
    """Bytes that the process had at most, with all that it had kept from pictures before."""


class WrongError(Exception):
    """A step's result that is neither what it should be nor a refusal."""


def attempt(data: bytes, limits: Limits, begin: Callable[[], None] = lambda: None) -> Outcome:
    """Decode the picture, read its metadata, make renditions, take the metadata out.

    Args:
        data: the picture's bytes.
        limits: those of the server.
        begin: called as each step begins.
    """
    before, longest = _reset_peak(), 0.0
    kind, detail = DECODED, ""
    for number, step in enumerate(STEPS):
        begin()
        start = time.process_time()
        try:
            step(data, limits)
        except ImageError as error:
            if not (error.message and error.remedy):
                kind, detail = WRONG, f"{step.__name__}: no remedy: {error!r}"
            elif number == 0:
                kind, detail = REFUSED, error.message
        except WrongError as error:
            kind, detail = WRONG, f"{step.__name__}: {error}"
        except Exception:  # noqa: BLE001 - any other exception than ImageError is what is being looked for
            kind, detail = EXCEPTION, traceback.format_exc()
        longest = max(longest, time.process_time() - start)
    peak = _peak()
    return Outcome(kind, detail, longest, max(0, peak - before), peak)


def decode_step(data: bytes, limits: Limits) -> None:
    """What is described and stored."""
    if fault := fault_of(decode(data, limits), limits):
        raise WrongError(fault)


def metadata_step(data: bytes, limits: Limits) -> None:
    """What is shown and searched beside the picture."""
    read_metadata(NOWHERE, data)


def thumbnail_step(data: bytes, limits: Limits) -> None:
    """A small rendition."""
    _render(decode_reduced(data, 2 * THUMBNAIL_SIDE, limits), THUMBNAIL_SIDE, "JPEG")


def display_step(data: bytes, limits: Limits) -> None:
    """A large rendition."""
    _render(decode(data, limits), DISPLAY_SIDE, "WEBP")


def strip_step(data: bytes, limits: Limits) -> None:
    """The original as it is served: nothing that the person did not mean to tell may be left in it."""
    left = read_metadata(NOWHERE, strip(data))
    if left != ImageMetadata():
        raise WrongError(f"metadata left: {left}")


STEPS = (decode_step, metadata_step, thumbnail_step, display_step, strip_step)


def _render(image: DecodedImage, side: int, form: str) -> None:
    small = thumbnail(image.pixels, side)
    if max(small.shape[:2]) > side:
        raise WrongError(f"{small.shape} where {side} pixels were asked for")
    Image.fromarray(small).save(io.BytesIO(), form)


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
