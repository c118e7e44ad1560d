"""From a file's bytes to upright 8-bit RGB: the one border where foreign image data enter the program."""

from __future__ import annotations

import os
import struct
import warnings
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from io import BytesIO
from math import ceil

import numpy as np
from PIL import ExifTags, Image
from PIL.ImageFile import ImageFile

from cbir.errors import ImageError
from cbir.images.derived import require_bounded_parts
from cbir.images.files import DEFAULT_LIMITS, Limits, file_id, hash_file, read_bytes, require_size
from cbir.images.formats import allowed_format, foreign_kind
from cbir.images.layouts import to_rgb
from cbir.images.scans import require_few_scans
from cbir.records import RGB

__all__ = [
    "DecodedImage",
    "Limits",
    "decode",
    "decode_reduced",
    "file_id",
    "hash_file",
    "open_image",
    "read_bytes",
    "read_image",
]

HOSTILE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    Image.DecompressionBombError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    Warning,
    struct.error,
    zlib.error,
)
"""What decoders raise on damaged or hostile bytes. Warning: where the caller has made warnings errors."""

PLUGINS = {
    "AVIF": "PIL.AvifImagePlugin",
    "BMP": "PIL.BmpImagePlugin",
    "GIF": "PIL.GifImagePlugin",
    "JPEG": "PIL.JpegImagePlugin",
    "PNG": "PIL.PngImagePlugin",
    "TIFF": "PIL.TiffImagePlugin",
    "WEBP": "PIL.WebPImagePlugin",
}
"""The module whose import makes Pillow know a format. HEIF, which is not Pillow's own, registers itself."""

PRECAUTIONS: Mapping[str, Callable[[bytes, Limits], None]] = {
    "HEIF": lambda data, limits: require_bounded_parts(data, limits.pixels),
    "JPEG": lambda data, _limits: require_few_scans(data),
}
"""What is looked at before a decoder is let loose on a file: work that its size and its pixels do not bound."""

TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation (tag 0x0112) and what makes the picture upright."""

DAMAGED_REMEDY = "Restore it from a backup, or open it in an image editor and save it again."


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """A picture as every extractor sees it."""

    pixels: RGB
    """Upright, sRGB assumed, shape (height, width, 3); read-only."""
    format: str
    """Pillow's name of the file format: `JPEG`, `PNG`, …"""

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return int(self.pixels.shape[0])


def read_image(path: str | os.PathLike[str], limits: Limits = DEFAULT_LIMITS) -> DecodedImage:
    """The picture in a file; see `decode`.

    Raises:
        ImageError: no regular file that can be read, or no picture that `decode` takes.
    """
    return decode(read_bytes(path, limits), limits)


def decode(data: bytes, limits: Limits = DEFAULT_LIMITS) -> DecodedImage:
    """The picture in a file's bytes: first frame, full resolution, 8-bit RGB, upright. Thread-safe.

    Embedded colour profiles are ignored; transparency is laid over white.

    Raises:
        ImageError: not an allowed format, damaged, cut short, or over ``limits``.
    """
    return _decode(data, limits, lambda _image: None)


def decode_reduced(data: bytes, side: int, limits: Limits = DEFAULT_LIMITS) -> DecodedImage:
    """As `decode`, for a picture that is to be made small: a JPEG, whose format allows that, may come at a half, a
    quarter or an eighth of its size, its longer side still of at least ``side`` pixels. Many times as fast.

    Raises:
        ImageError: see `decode`.
    """

    def reduce(image: ImageFile) -> None:
        longer = max(image.size)
        image.draft(None, (ceil(side * image.width / longer), ceil(side * image.height / longer)))

    return _decode(data, limits, reduce)


def _decode(data: bytes, limits: Limits, prepare: Callable[[ImageFile], object]) -> DecodedImage:
    name = _require_format(data, limits)
    with _open(name, data) as image:
        _require_pixels(image, limits)
        try:
            prepare(image)
            upright = _upright(to_rgb(image, lambda: _open(name, data)), _orientation(image))
            return DecodedImage(np.asarray(upright), name)
        except MemoryError:
            raise _too_large(image) from None
        except HOSTILE as error:
            raise ImageError(f"The {name} data are damaged or cut short.", remedy=DAMAGED_REMEDY) from error


def open_image(data: bytes, limits: Limits = DEFAULT_LIMITS) -> ImageFile:
    """A picture whose header has been read and whose pixels have not, for those who want what stands beside them.

    Raises:
        ImageError: see `decode`.
    """
    image = _open(_require_format(data, limits), data)
    _require_pixels(image, limits)
    return image


def _require_format(data: bytes, limits: Limits) -> str:
    require_size(len(data), limits)
    if not data:
        raise ImageError("The file is empty.", remedy="Restore it from a backup, or delete it.")
    if name := allowed_format(data):
        if name in PRECAUTIONS:
            PRECAUTIONS[name](data, limits)
        return name
    raise ImageError(
        f"It is {foreign_kind(data) or 'not a picture'}, whatever its name says.",
        remedy="JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC and AVIF are read; save it as one of them.",
    )


def _open(name: str, data: bytes) -> ImageFile:
    """Pillow's image of this format, nothing decoded yet.

    `Image.open` would do the same and then warn of large pictures through state that all threads share.
    """
    _load_plugin(name)
    factory, _ = Image.OPEN[name]
    try:
        image = factory(BytesIO(data), "")
    except (MemoryError, Image.DecompressionBombError):
        raise ImageError("The picture has too many pixels to be decoded.", remedy="Make a smaller copy.") from None
    except HOSTILE as error:
        raise ImageError(
            f"The {name} file is damaged, cut short, or of a variant that cannot be read.",
            remedy=DAMAGED_REMEDY,
        ) from error
    assert isinstance(image, ImageFile)
    return image


@cache
def _load_plugin(name: str) -> None:
    """Make Pillow know a format, and no others: what is not allowed stays out of the process."""
    if name in PLUGINS:
        import_module(PLUGINS[name])
    else:
        from pillow_heif import register_heif_opener

        register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
    # Pillow remarks on odd metadata in pictures that decode well, and on sizes that `Limits` are for.
    for category in (UserWarning, Image.DecompressionBombWarning):
        warnings.filterwarnings("ignore", category=category, module=r"PIL\.")


def _require_pixels(image: ImageFile, limits: Limits) -> None:
    pixels = image.width * image.height
    if pixels == 0:
        raise ImageError("The picture has no pixels.", remedy=DAMAGED_REMEDY)
    if pixels > limits.pixels:
        raise ImageError(
            f"The picture has {image.width:,} x {image.height:,} pixels; at most {limits.pixels:,} are decoded.",
            remedy="Make a smaller copy.",
        )


def _too_large(image: ImageFile) -> ImageError:
    return ImageError(
        f"A picture of {image.width:,} x {image.height:,} pixels needs more memory than there is.",
        remedy="Make a smaller copy, or free memory.",
    )


def _orientation(image: ImageFile) -> int:
    """EXIF orientation still to be applied, read after loading: some decoders have turned the picture by then."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except HOSTILE:
        return 1
    return orientation if isinstance(orientation, int) else 1


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    method = TRANSPOSITIONS.get(orientation)
    return image if method is None else image.transpose(method)
