"""The whole pictures that mutations start from: every allowed format, in the layouts that are decoded apart."""

import io
import struct
import zlib

import numpy as np
import pillow_heif
import tifffile
from PIL import Image, ImageCms

from tests.unit.images.making import EXIF_ORIENTATION, bmp, encoded, png, random_pixels, smooth

XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject><rdf:Bag><rdf:li>sea</rdf:li>'
    b"</rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"
)
TIFF_COMPRESSIONS = ("tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits", "jpeg", "lzma", "zstd")
BILEVEL_COMPRESSIONS = ("group3", "group4", "tiff_ccitt")
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Adam7 (PNG 1.2, 8.2): first column, first row, and the steps between columns and rows."""


def seeds() -> dict[str, tuple[str, bytes]]:
    """Name → (Pillow's format, the file's bytes)."""
    found = {}
    for family, make in MAKERS.items():
        found |= {f"{family.lower()} {layout}": (family, data) for layout, data in make()}
    return found


def exif() -> bytes:
    """A camera's block: orientation, words, time and place."""
    block = Image.Exif()
    block[EXIF_ORIENTATION] = 6
    block[0x010E] = "a boat"
    block[0x9C9E] = "sea;sun".encode("utf-16-le")
    block.get_ifd(0x8769).update({0x9003: "2020:01:02 03:04:05", 0x9286: b"ASCII\0\0\0hello"})
    block.get_ifd(0x8825).update({1: "N", 2: (1.0, 2.0, 3.0), 3: "E", 4: (4.0, 5.0, 6.0)})
    return block.tobytes()


def _icc() -> bytes:
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = bytes(12)  # the time at which it was made
    return bytes(profile)


def _frames() -> tuple[Image.Image, list[Image.Image]]:
    first, *rest = (smooth(40, 30, seed) for seed in range(3))
    return first, rest


def _iptc() -> bytes:
    """An APP13 segment with a title, two keywords and a caption (IPTC-IIM in a Photoshop resource)."""
    fields = ((5, b"title"), (25, b"sea"), (25, b"sun"), (120, b"caption"))
    data = b"".join(b"\x1c\x02" + struct.pack(">BH", number, len(text)) + text for number, text in fields)
    body = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(data)) + data
    return b"\xff\xed" + struct.pack(">H", len(body) + 2) + body


def _jpeg():
    rgb, first_rest = smooth(), _frames()
    yield "baseline", encoded(rgb, "JPEG")
    yield "4:4:4", encoded(rgb, "JPEG", subsampling=0, quality=95)
    yield "progressive", encoded(rgb, "JPEG", progressive=True)
    yield "progressive grey", encoded(rgb.convert("L"), "JPEG", progressive=True)
    yield "restart markers", encoded(rgb, "JPEG", restart_marker_blocks=2)
    yield "grey", encoded(rgb.convert("L"), "JPEG")
    yield "cmyk", encoded(rgb.convert("CMYK"), "JPEG")
    yield "progressive cmyk", encoded(rgb.convert("CMYK"), "JPEG", progressive=True)
    tagged = encoded(rgb, "JPEG", exif=exif(), xmp=XMP, icc_profile=_icc(), comment=b"hello")
    yield "camera", tagged[:2] + _iptc() + tagged[2:]
    yield "exif alone", encoded(rgb, "JPEG", exif=exif())
    yield "several pictures", encoded(first_rest[0], "MPO", save_all=True, append_images=first_rest[1])
    yield "large", encoded(smooth(640, 480), "JPEG")


def _png():
    rgb = smooth()
    yield "rgb", encoded(rgb, "PNG")
    yield "rgba", encoded(rgb.convert("RGBA"), "PNG")
    yield "grey and alpha", encoded(rgb.convert("LA"), "PNG")
    yield "1 bit", encoded(rgb.convert("1"), "PNG")
    yield "palette", encoded(rgb.quantize(16), "PNG", transparency=bytes([0, 128, 255]))
    yield "8 bit palette", encoded(rgb.quantize(200), "PNG")
    yield "words", encoded(rgb, "PNG", exif=exif(), icc_profile=_icc(), dpi=(72, 72))
    first, rest = _frames()
    yield "animated", encoded(first, "PNG", save_all=True, append_images=rest)
    for name, depth, colour, row in (
        ("grey 2 bit", 2, 0, 5),
        ("grey 4 bit", 4, 0, 10),
        ("grey 16 bit", 16, 0, 40),
        ("grey alpha 16 bit", 16, 4, 80),
        ("rgb 16 bit", 16, 2, 120),
        ("rgba 16 bit", 16, 6, 160),
    ):
        rows = [line.tobytes() for line in random_pixels((12, row))]
        yield name, png(20, 12, depth, colour, rows)
    yield "key 16 bit", png(4, 3, 16, 2, [bytes(24)] * 3, bytes(6))
    yield "interlaced", interlaced_png(np.asarray(smooth(33, 21)))


def interlaced_png(pixels) -> bytes:
    """An Adam7 PNG of RGB pixels (height, width, 3), every row unfiltered."""
    rows = b"".join(b"\0" + line.tobytes() for x, y, dx, dy in PASSES for line in pixels[y::dy, x::dx] if line.size)
    header = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 8, 2, 0, 0, 1)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(kind, data) for kind, data in chunks)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """Length, name, data and checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _webp():
    rgb, (first, rest) = smooth(), _frames()
    yield "lossy", encoded(rgb, "WEBP")
    yield "lossless", encoded(rgb, "WEBP", lossless=True)
    yield "lossy and alpha", encoded(_see_through(), "WEBP")
    yield "lossless and alpha", encoded(_see_through(), "WEBP", lossless=True)
    yield "words", encoded(rgb, "WEBP", exif=exif(), xmp=XMP, icc_profile=_icc())
    yield "animated", encoded(first, "WEBP", save_all=True, append_images=rest)
    yield "animated lossless", encoded(first, "WEBP", save_all=True, append_images=rest, lossless=True)


def _see_through() -> Image.Image:
    return Image.fromarray(random_pixels((24, 32, 4)))


def _gif():
    first, rest = _frames()
    yield "interlaced", encoded(first, "GIF")
    yield "plain", encoded(first, "GIF", interlace=0)
    yield "animated", encoded(first, "GIF", save_all=True, append_images=rest, transparency=0, disposal=2, loop=0)
    yield "comment", encoded(first.convert("L"), "GIF", comment=b"hello")


def _bmp():
    rgb = smooth()
    yield "24 bit", encoded(rgb, "BMP")
    yield "32 bit", encoded(rgb.convert("RGBA"), "BMP")
    yield "8 bit", encoded(rgb.quantize(256), "BMP")
    yield "1 bit", encoded(rgb.convert("1"), "BMP")
    row = bytes(range(16))
    yield "4 bit", bmp(32, 4, 4, 0, row * 4, palette=bytes(64))
    yield "555", bmp(8, 4, 16, 0, row * 4)
    yield "565", bmp(8, 4, 16, 3, row * 4, palette=struct.pack("<III", 0xF800, 0x07E0, 0x001F))
    yield "top down", bmp(8, -4, 16, 0, row * 4)
    yield "masks", bmp(4, 4, 32, 3, row * 4, palette=struct.pack("<III", 0xFF0000, 0xFF00, 0xFF))
    yield "rle8", bmp(8, 3, 8, 1, b"\x08\x01\0\0\0\x03abc\0\x05\x02\0\0\0\2\1\1\4\3\0\1", palette=bytes(1024))
    yield "rle4", bmp(8, 3, 4, 2, b"\x08\x12\0\0\0\x04ab\4\x31\0\0\0\2\1\1\4\3\0\1", palette=bytes(64))
    core = struct.pack("<IHHHH", 12, 4, 2, 1, 24) + bytes(24)
    yield "os/2", struct.pack("<2sIHHI", b"BM", 14 + len(core), 0, 0, 26) + core


def _tiff():
    rgb, (first, rest) = smooth(), _frames()
    yield "raw", encoded(rgb, "TIFF", exif=exif())
    yield "words", encoded(rgb, "TIFF", description="a boat", icc_profile=_icc(), tiffinfo={700: XMP})
    yield "pages", encoded(first, "TIFF", save_all=True, append_images=rest)
    yield "palette", encoded(rgb.quantize(64), "TIFF")
    yield "cmyk", encoded(rgb.convert("CMYK"), "TIFF")
    yield "lab", encoded(Image.frombytes("LAB", rgb.size, rgb.tobytes()), "TIFF", compression="tiff_lzw")
    yield "ycbcr jpeg", encoded(rgb.convert("YCbCr"), "TIFF", compression="jpeg")
    yield "rgba lzw", encoded(_see_through(), "TIFF", compression="tiff_lzw")
    yield "one strip a row", encoded(rgb, "TIFF", compression="tiff_lzw", strip_size=96 * 3)
    for compression in TIFF_COMPRESSIONS:
        yield compression, encoded(rgb, "TIFF", compression=compression)
    for compression in (None, *BILEVEL_COMPRESSIONS):
        yield f"1 bit {compression}", encoded(rgb.convert("1"), "TIFF", compression=compression)
    yield from _layouts()


def _layouts():
    """What Pillow does not write: tiles, planes, byte orders, wide samples, BigTIFF."""
    rgb = np.asarray(smooth())
    wide = random_pixels((24, 32, 4), bits=16)
    zipped = {"compression": "zlib", "photometric": "rgb"}
    for name, samples, options in (
        ("tiles", rgb, {"tile": (16, 32), "photometric": "rgb"}),
        ("tiles zip", rgb, {"tile": (16, 32), **zipped}),
        ("predictor", rgb, {"predictor": True, **zipped}),
        ("big endian", rgb, {"byteorder": ">", "photometric": "rgb"}),
        ("bigtiff", rgb, {"bigtiff": True, **zipped}),
        ("planes", rgb.transpose(2, 0, 1), {"planarconfig": "separate", "photometric": "rgb"}),
        ("planes zip", rgb.transpose(2, 0, 1), {"planarconfig": "separate", **zipped}),
        ("16 bit", wide[..., :3], {"photometric": "rgb"}),
        ("16 bit zip", wide[..., :3], zipped),
        ("16 bit alpha", wide, {"extrasamples": ["unassalpha"], **zipped}),
        ("16 bit premultiplied", wide, {"extrasamples": ["assocalpha"], **zipped}),
        ("16 bit cmyk", wide, {"photometric": "separated"}),
        ("16 bit grey", wide[..., 0], {"photometric": "miniswhite"}),
        ("32 bit grey", wide[..., 0].astype(np.int32), {"photometric": "minisblack"}),
        ("float", (wide[..., 0] / 65535).astype(np.float32), {"photometric": "minisblack", "compression": "zlib"}),
    ):
        file = io.BytesIO()
        tifffile.imwrite(file, samples, metadata=None, **options)
        yield name, file.getvalue()


def _heif():
    rgb, (first, rest) = smooth(), _frames()
    yield "plain", encoded(rgb, "HEIF")
    yield "4:4:4", encoded(rgb, "HEIF", chroma=444)
    yield "grey", encoded(rgb.convert("L"), "HEIF")
    yield "alpha", encoded(_see_through(), "HEIF")
    yield "words", encoded(rgb, "HEIF", exif=exif(), xmp=XMP, icc_profile=_icc())
    yield "several", encoded(first, "HEIF", save_all=True, append_images=rest)
    wide = random_pixels((24, 32, 3), bits=16)
    file = io.BytesIO()
    pillow_heif.from_bytes("RGB;16", (32, 24), wide.tobytes()).save(file, quality=80)
    yield "12 bit", file.getvalue()


def _avif():
    rgb, (first, rest) = smooth(), _frames()
    yield "plain", encoded(rgb, "AVIF", speed=10)
    yield "4:4:4", encoded(rgb, "AVIF", subsampling="4:4:4", speed=10)
    yield "grey", encoded(rgb.convert("L"), "AVIF", subsampling="4:0:0", speed=10)
    yield "alpha", encoded(_see_through(), "AVIF", speed=10)
    yield "words", encoded(rgb, "AVIF", exif=exif(), xmp=XMP, icc_profile=_icc(), speed=10)
    yield "animated", _timeless(encoded(first, "AVIF", save_all=True, append_images=rest, speed=10))


def _timeless(data: bytes) -> bytes:
    """An ISO media file without the times at which it was made (ISO/IEC 14496-12, 8.2.2, 8.3.2, 8.4.2)."""
    changed = bytearray(data)
    for kind in (b"mvhd", b"tkhd", b"mdhd"):
        at = data.index(kind) + 4
        length = 16 if data[at] == 1 else 8
        changed[at + 4 : at + 4 + length] = bytes(length)
    return bytes(changed)


MAKERS = {
    "JPEG": _jpeg,
    "PNG": _png,
    "WEBP": _webp,
    "GIF": _gif,
    "BMP": _bmp,
    "TIFF": _tiff,
    "HEIF": _heif,
    "AVIF": _avif,
}
