"""Files for the tests of decoding, made by other means than the ones under test."""

import io
import struct
import zlib

import numpy as np
import pillow_heif
from PIL import Image

EXIF_ORIENTATION = 0x0112


def encoded(image, format, **options):
    """A picture as the bytes of a file."""
    if format == "HEIF":
        pillow_heif.register_heif_opener()
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def smooth(width=96, height=64, seed=0):
    """A picture that lossy formats keep well and in which no two corners are alike."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (3, 4, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


def random_pixels(shape, *, bits=8, seed=0):
    """Integers of that many bits, all of them equally likely."""
    kind = np.uint8 if bits == 8 else np.uint16
    return np.random.default_rng(seed).integers(0, 1 << bits, shape, dtype=kind)


def png(width, height, depth, colour, rows, transparent=None):  # noqa: PLR0913, PLR0917 - the fields of a header
    """A PNG file by the specification: `rows` are the bytes of each row, `transparent` those of a tRNS chunk."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    keyed = _chunk(b"tRNS", transparent) if transparent else b""
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + keyed + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bmp(width, height, depth, compression, rows, palette=b""):  # noqa: PLR0913, PLR0917 - header fields
    """A BMP file with the 40-byte header of Windows 3; `palette` may be three masks."""
    at = 54 + len(palette)
    colours = len(palette) // 4 if depth <= 8 else 0
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, depth, compression, len(rows), 2835, 2835, colours, 0)
    return struct.pack("<2sIHHI", b"BM", at + len(rows), 0, 0, at) + info + palette + rows


def over_white(colours, alpha):
    """8-bit colours (…, 3 or 1) over white by the formula, in float64."""
    share = alpha.astype(float) / 255
    return np.rint(colours * share + 255 * (1 - share)).astype(int)


def divided(samples):
    """16-bit samples divided by 257 and rounded, in float64."""
    return np.rint(samples / 257).astype(int)
