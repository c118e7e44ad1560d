"""Every pixel layout that a file can have, to 8-bit RGB: channels, depth and transparency."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ImageFile import ImageFile

from cbir.errors import ImageError

Samples = NDArray[np.uint16]
"""16-bit values, shape (height, width) or (height, width, channels)."""

SIXTEEN_BITS = 65_535
BYTE = 8
GREY_WITH_ALPHA = "LA"
GREY_WITH_WIDE_ALPHA = "LA;16B"
BAND_ROWS = 64

BITS_PER_SAMPLE, PHOTOMETRIC, PLANAR_CONFIGURATION = 258, 262, 284
"""TIFF tags."""
WHITE_IS_ZERO, SEPARATE_PLANES = 0, 2

OTHER_BYTE = {"L": "B", "B": "L", "N": "B" if sys.byteorder == "little" else "L"}
"""Byte order of 16-bit samples, and the order under which a decoder that keeps the high byte keeps the low one."""

WIDE = tuple(f";16{order}" for order in OTHER_BYTE)
"""Ends of the names of several channels of 16 bits each; `BGR;16` is a pixel of 16 bits."""

NATIVE = {"F;32BF": "F;32NF", "I;32BS": "I;32NS", "I;16BS": "I;16NS"}
"""Big-endian samples that libtiff has already turned to this machine's order, and Pillow would turn again."""

PNG_SCALES = {"L;2": 85, "L;4": 17}
"""What Pillow multiplies grey PNG samples of fewer bits with, but not the transparent one among them."""

EXPORT_REMEDY = "Export it as an 8-bit or 16-bit RGB picture."


def to_rgb(image: ImageFile, reopen: Callable[[], ImageFile]) -> Image.Image:
    """Load ``image`` and bring it to mode `RGB`, not yet upright unless loading turned it.

    Args:
        image: as opened, its pixels not loaded.
        reopen: opens the same picture once more.

    Raises:
        ImageError: values whose range has no known meaning, or separate 16-bit planes.
    """
    _refuse_wide_planes(image)
    written = _raw_mode(image)
    raw = _loadable(written, _codec(image))
    _load(image, raw)
    if image.mode in SINGLE_CHANNEL:
        return _grey_to_rgb(SINGLE_CHANNEL[image.mode](image), image)
    if raw.endswith(WIDE):
        return _wide_to_rgb(image, raw, reopen, premultiplied="a" in written)
    if "a" in written:
        return _premultiplied_over_white(np.asarray(image))
    if raw in PNG_SCALES and "transparency" in image.info:
        image.info["transparency"] *= PNG_SCALES[raw]
    if image.has_transparency_data:
        return _over_white(image)
    return image if image.mode == "RGB" else image.convert("RGB")


def _raw_mode(image: ImageFile) -> str:
    """Pillow's name for the samples as they lie in the file: `RGB;16B`; empty where the decoder has none."""
    if not image.tile:
        return ""
    arguments = image.tile[0].args
    raw = arguments[0] if isinstance(arguments, tuple) and arguments else arguments
    return raw if isinstance(raw, str) else ""


def _loadable(raw: str, codec: str) -> str:
    """How to have samples loaded: in the order they come in, multiplied by their alpha as they may be."""
    return (NATIVE.get(raw, raw) if codec == "libtiff" else raw).replace("RGBa", "RGBA")


def _codec(image: ImageFile) -> str:
    return image.tile[0].codec_name if image.tile else ""


def _load(image: ImageFile, raw: str) -> ImageFile:
    """``image``, its pixels decoded, its samples taken for ``raw``."""
    if raw != _raw_mode(image):
        image.tile = [
            tile._replace(args=(raw, *tile.args[1:]) if isinstance(tile.args, tuple) else raw) for tile in image.tile
        ]
    image.load()
    return image


def _refuse_wide_planes(image: ImageFile) -> None:
    """Pillow reads such a file wrongly, without saying so."""
    if _tag(image, PLANAR_CONFIGURATION) == SEPARATE_PLANES and max(_tag(image, BITS_PER_SAMPLE) or (1,)) > BYTE:
        raise ImageError("Its colours are stored in separate planes of 16 bits.", remedy=EXPORT_REMEDY)


def _over_white(image: Image.Image) -> Image.Image:
    """Mode `RGB`: value·alpha + 255·(1 − alpha), alpha from 0 to 1, rounded."""
    layered = image.convert("RGBA")
    white = Image.new("RGB", image.size, "white")
    white.paste(layered, mask=layered)
    return white


def _premultiplied_over_white(pixels: NDArray[np.uint8]) -> Image.Image:
    """Mode `RGB` of colours (height, width, 2 or 4) that are already multiplied by the alpha behind them."""
    colours, alpha = pixels[..., :-1].astype(np.int16), pixels[..., -1:].astype(np.int16)
    flat = np.minimum(colours + 255 - alpha, 255).astype(np.uint8)
    return Image.fromarray(flat.squeeze(2) if flat.shape[2] == 1 else flat).convert("RGB")


# Several channels of 16 bits ------------------------------------------------------------------------------------


def _wide_to_rgb(image: ImageFile, raw: str, reopen: Callable[[], ImageFile], *, premultiplied: bool) -> Image.Image:
    """Mode `RGB`, made a band at a time: the largest picture's samples would take gigabytes in all their bits."""
    second = _load(reopen(), _raw_of_second(raw))
    narrow = Image.new("RGB", image.size)
    for top in range(0, image.height, BAND_ROWS):
        band = (0, top, image.width, min(top + BAND_ROWS, image.height))
        samples = _wide_samples(np.asarray(image.crop(band)), np.asarray(second.crop(band)), raw)
        narrow.paste(_band_to_rgb(samples, image, premultiplied=premultiplied), band)
    return narrow


def _band_to_rgb(samples: Samples, image: ImageFile, *, premultiplied: bool) -> Image.Image:
    """Mode `RGB` of samples (height, width, channels) of the picture ``image``."""
    narrow = _to_eight_bits(samples)
    if premultiplied:
        return _premultiplied_over_white(narrow)
    height, width, channels = samples.shape
    mode = GREY_WITH_ALPHA if channels == len(GREY_WITH_ALPHA) else image.mode
    plain = Image.frombytes(mode, (width, height), narrow.tobytes())
    if plain.has_transparency_data:
        return _over_white(plain)
    key = image.info.get("transparency")
    if key is not None:
        plain.paste("white", mask=Image.fromarray((samples == np.asarray(key)).all(axis=2)))
    return plain.convert("RGB")


def _raw_of_second(raw: str) -> str:
    """What the file is to be taken for at the second reading, which gives the bytes that the first one leaves out.

    Pillow keeps the high byte. Read as if its bytes were in the other order, the same file gives the low ones.
    """
    return "RGBA" if raw == GREY_WITH_WIDE_ALPHA else raw[:-1] + OTHER_BYTE[raw[-1]]


def _wide_samples(first: NDArray[np.uint8], second: NDArray[np.uint8], raw: str) -> Samples:
    """All 16 bits of each sample, shape (height, width, channels), of the same rows of both readings."""
    if raw == GREY_WITH_WIDE_ALPHA:
        return _joined(second[..., 0::2], second[..., 1::2])
    return _joined(first, second)


def _joined(high: NDArray[np.uint8], low: NDArray[np.uint8]) -> Samples:
    return np.asarray(high.astype(np.uint16) << 8 | low, np.uint16)


def _to_eight_bits(samples: Samples, full: int = SIXTEEN_BITS) -> NDArray[np.uint8]:
    """0 … ``full`` to 0 … 255, rounded: for 16 bits, divided by 257."""
    table = np.rint(np.arange(full + 1) * (255 / full)).astype(np.uint8)
    return np.take(table, samples)


# One channel of more than 8 bits --------------------------------------------------------------------------------


def _grey_to_rgb(grey: NDArray[np.uint8], image: ImageFile) -> Image.Image:
    """Mode `RGB` of grey values (height, width), inverted and made transparent as the file says."""
    if _tag(image, PHOTOMETRIC) == WHITE_IS_ZERO:
        grey = 255 - grey
    plain = Image.fromarray(grey)
    key = image.info.get("transparency")
    if key is not None:
        plain.paste("white", mask=Image.fromarray(np.asarray(image) == key))
    return plain.convert("RGB")


def _from_short(image: ImageFile) -> NDArray[np.uint8]:
    bits = _tag(image, BITS_PER_SAMPLE)
    full = SIXTEEN_BITS if bits is None else (1 << bits[0]) - 1
    return _to_eight_bits(np.asarray(image).astype(np.uint16), full)


def _from_integers(image: ImageFile) -> NDArray[np.uint8]:
    values = np.asarray(image)
    _require_range(values, SIXTEEN_BITS)
    return _to_eight_bits(values.astype(np.uint16))


def _from_floats(image: ImageFile) -> NDArray[np.uint8]:
    values = np.asarray(image)
    _require_range(values, 1)
    return np.asarray(np.rint(values * 255), np.uint8)


SINGLE_CHANNEL: Mapping[str, Callable[[ImageFile], NDArray[np.uint8]]] = {
    "I;16": _from_short,
    "I;16B": _from_short,
    "I;16L": _from_short,
    "I": _from_integers,
    "F": _from_floats,
}
"""Pillow's modes of more than 8 bits. 32-bit integers count as 16-bit values, floating point as 0 to 1."""


def _require_range(values: NDArray[Any], full: int) -> None:
    low, high = values.min(), values.max()
    if not (low >= 0 and high <= full):
        raise ImageError(
            f"Its values go from {low:g} to {high:g}; in such a file only 0 to {full:,} has a known meaning.",
            remedy=EXPORT_REMEDY,
        )


def _tag(image: ImageFile, number: int) -> Any:
    """A TIFF tag's value; None in other formats."""
    return getattr(image, "tag_v2", {}).get(number)
