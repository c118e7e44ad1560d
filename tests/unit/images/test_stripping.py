"""Metadata is taken out of picture files and nothing else: pixels, colours and orientation stay."""

import io
import re
import struct
import zlib
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo
from tests.unit.images.making import EXIF_ORIENTATION, encoded, smooth

from cbir.errors import ImageError
from cbir.images.decode import decode, open_image
from cbir.images.formats import allowed_format
from cbir.images.stripping import strip

SECRET = b"My house at 59.3293 N"
GPS = {1: "N", 2: (59.0, 19.0, 45.0), 3: "E", 4: (18.0, 4.0, 7.0)}
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">' + SECRET + b"</x:xmpmeta>"
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
FORMATS = {"JPEG": {"quality": 90}, "PNG": {}, "WEBP": {"quality": 80}, "HEIF": {}, "AVIF": {}}


def exif(orientation=1):
    block = Image.Exif()
    block[0x010E] = SECRET.decode()
    block[0x010F] = "SecretCamera"
    block[EXIF_ORIENTATION] = orientation
    block.get_ifd(0x8825).update(GPS)
    return block


def photo(format, orientation=1, **more):
    return encoded(
        smooth(), format, exif=exif(orientation).tobytes(), xmp=XMP, icc_profile=PROFILE, **FORMATS[format], **more
    )


def tags(data):
    with Image.open(io.BytesIO(data)) as image:
        found = image.getexif()
        return set(found) | set(found.get_ifd(0x8825))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("orientation", [1, 6])
def test_place_camera_and_words_are_gone_and_the_picture_is_the_same(format, orientation):
    data = photo(format, orientation)
    assert SECRET in data
    stripped = strip(data)
    assert SECRET not in stripped
    assert b"SecretCamera" not in stripped
    assert tags(stripped) <= {EXIF_ORIENTATION}
    assert allowed_format(stripped) == format
    assert np.array_equal(decode(stripped).pixels, decode(data).pixels)


@pytest.mark.parametrize("format", FORMATS)
def test_the_colour_profile_stays(format):
    assert open_image(strip(photo(format))).info["icc_profile"] == PROFILE


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(2, 9))
def test_every_orientation_stays_as_a_tag_alone(format, orientation):
    with Image.open(io.BytesIO(strip(photo(format, orientation)))) as image:
        assert dict(image.getexif()) == {EXIF_ORIENTATION: orientation}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("orientation", [1, 3])
def test_stripping_twice_changes_nothing_more(format, orientation):
    once = strip(photo(format, orientation))
    assert strip(once) == once


@pytest.mark.parametrize(
    ("format", "options"),
    [
        ("JPEG", {"progressive": True, "restart_marker_blocks": 2}),
        ("JPEG", {"subsampling": 0, "optimize": True}),
        ("PNG", {"compress_level": 1}),
        ("WEBP", {"lossless": True}),
        ("GIF", {}),
        ("BMP", {}),
    ],
)
def test_a_file_without_metadata_stays_as_it_is(format, options):
    data = encoded(smooth(), format, **options)
    assert strip(data) == data


def test_a_four_channel_jpeg_keeps_the_marker_that_says_how_its_colours_are_meant():
    data = encoded(smooth().convert("CMYK"), "JPEG", comment=SECRET)
    assert SECRET not in strip(data)
    assert np.array_equal(decode(strip(data)).pixels, decode(data).pixels)


def jpeg_segment(marker, body):
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


@pytest.mark.parametrize("marker", [*range(0xE0, 0xF0), 0xFE])
def test_an_unknown_jpeg_segment_is_left_out(marker):
    plain = encoded(smooth(), "JPEG")
    assert strip(plain[:2] + jpeg_segment(marker, SECRET) + plain[2:]) == plain


def test_a_segment_between_the_scans_of_a_progressive_jpeg_is_left_out():
    plain = encoded(smooth(), "JPEG", progressive=True)
    last_scan = [found.start() for found in re.finditer(rb"\xff\xda", plain)][-1]
    assert last_scan > plain.index(b"\xff\xda")
    assert strip(plain[:last_scan] + jpeg_segment(0xFE, SECRET) + plain[last_scan:]) == plain


def test_the_small_picture_inside_a_jfif_header_is_left_out():
    plain = encoded(smooth(), "JPEG")
    header = jpeg_segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\1\1" + b"abc")
    stripped = strip(plain[:2] + header + plain[20:])
    assert stripped == plain[:2] + jpeg_segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0") + plain[20:]


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF"])
def test_what_follows_the_picture_is_left_out(format):
    plain = encoded(smooth(), format)
    assert strip(plain + photo("JPEG")) == plain


@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME", b"vpAg", b"caBX"])
def test_a_png_chunk_that_is_no_picture_is_left_out(kind):
    plain = encoded(smooth(), "PNG")
    chunk = struct.pack(">I", len(SECRET)) + kind + SECRET + struct.pack(">I", zlib.crc32(kind + SECRET))
    assert strip(plain[:33] + chunk + plain[33:]) == plain


def test_png_texts_as_a_program_writes_them_are_gone():
    words = PngInfo()
    words.add_text("Author", SECRET.decode())
    words.add_itxt("XML:com.adobe.xmp", XMP.decode())
    assert SECRET not in strip(encoded(smooth(), "PNG", pnginfo=words))


def test_an_animation_keeps_its_frames_and_repeats_and_loses_its_comment():
    frames = [smooth(seed=seed) for seed in range(3)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=80, loop=2, comment=SECRET)
    assert SECRET in data
    with Image.open(io.BytesIO(strip(data))) as image, Image.open(io.BytesIO(data)) as before:
        assert (image.n_frames, image.info["loop"], image.info["duration"]) == (3, 2, 80)
        for number in range(3):
            image.seek(number)
            before.seek(number)
            assert image.convert("RGB").tobytes() == before.convert("RGB").tobytes()
    assert SECRET not in strip(data)


def test_an_animated_webp_keeps_its_frames():
    frames = [smooth(seed=seed) for seed in range(3)]
    options = {"save_all": True, "append_images": frames[1:], "duration": 80, "loop": 2}
    data = encoded(frames[0], "WEBP", exif=exif().tobytes(), **options)
    assert strip(data) == encoded(frames[0], "WEBP", **options)


@pytest.mark.parametrize("format", ["HEIF", "AVIF"])
def test_a_video_behind_a_picture_becomes_free_space(format):
    data = photo(format)
    video = struct.pack(">I4s", 8 + len(SECRET), b"mpvd") + SECRET
    assert strip(data + video) == strip(data) + struct.pack(">I4s", len(video), b"free") + bytes(len(SECRET))


def test_an_animated_avif_is_refused():
    frames = [smooth(seed=seed) for seed in range(2)]
    data = encoded(frames[0], "AVIF", save_all=True, append_images=frames[1:], xmp=XMP)
    with pytest.raises(ImageError, match="animated"):
        strip(data)


@pytest.mark.parametrize("data", [encoded(smooth(), "TIFF"), b"<svg/>", b""], ids=["TIFF", "SVG", "empty"])
def test_a_file_that_cannot_be_stripped_is_refused(data):
    with pytest.raises(ImageError):
        strip(data)


@pytest.mark.parametrize("format", [*FORMATS, "GIF"])
def test_a_file_that_is_cut_short_shows_nothing_either(format):
    data = photo(format) if format in FORMATS else encoded(smooth(), "GIF", comment=SECRET)
    for end in range(0, len(data), max(1, len(data) // 150)):
        with suppress(ImageError):
            assert SECRET not in strip(data[:end])


@pytest.mark.parametrize("format", [*FORMATS, "GIF"])
def test_damage_raises_no_other_error(format):
    data = photo(format) if format in FORMATS else encoded(smooth(), "GIF", comment=SECRET)
    rng = np.random.default_rng(0)
    for place in rng.integers(4, len(data), 200):
        damaged = bytearray(data)
        damaged[place] ^= int(rng.integers(1, 256))
        with suppress(ImageError):
            assert len(strip(bytes(damaged))) <= len(data) + 64


def test_pieces_that_are_announced_without_a_byte_for_each_are_refused_at_once():
    """A file of two kilobytes could otherwise have thirteen million of them gone through."""

    def box(kind, data):
        return struct.pack(">I4s", len(data) + 8, kind) + data

    items = b"".join(struct.pack(">HHH", item, 0, 65535) for item in range(200))
    iloc = box(b"iloc", bytes(4) + struct.pack(">BBH", 0, 0, 200) + items)
    meta = box(b"meta", bytes(4) + box(b"iinf", bytes(6)) + iloc)
    with pytest.raises(ImageError, match="too many pieces"):
        strip(box(b"ftyp", b"heic\0\0\0\0mif1heic") + meta)
