"""Damaged, hostile and foreign bytes: an ImageError with a remedy comes out, and nothing else."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
from PIL import Image
from tests.unit.images.making import encoded, png, random_pixels, smooth

from cbir.errors import ImageError
from cbir.images.decode import Limits, decode, read_image

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # as the program has it

FILES = {
    "jpeg": lambda: encoded(smooth(), "JPEG"),
    "progressive jpeg": lambda: encoded(smooth(), "JPEG", progressive=True),
    "png": lambda: encoded(smooth(), "PNG"),
    "png, 16 bits": lambda: png(8, 8, 16, 2, [row.tobytes() for row in random_pixels((8, 24), bits=16)]),
    "webp": lambda: encoded(smooth(), "WEBP"),
    "gif": lambda: encoded(smooth(), "GIF"),
    "bmp": lambda: encoded(smooth(), "BMP"),
    "tiff": lambda: encoded(smooth(), "TIFF"),
    "tiff, lzw": lambda: encoded(smooth(), "TIFF", compression="tiff_lzw"),
    "heif": lambda: encoded(smooth(), "HEIF"),
    "avif": lambda: encoded(smooth(), "AVIF"),
}


def refused(data, *limits):
    with pytest.raises(ImageError) as caught:
        decode(data, *limits)
    assert caught.value.remedy
    assert "Error" not in caught.value.message
    return caught.value.message


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("share", [0.02, 0.2, 0.5, 0.9])
def test_a_file_that_was_cut_short_is_a_failure(kind, share):
    data = FILES[kind]()
    assert "cut short" in refused(data[: max(16, int(share * len(data)))])


def test_an_empty_file_is_called_empty():
    assert "empty" in refused(b"")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7\n", "a PDF document"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "a PostScript drawing"),
        (b"<?xml version='1.0'?>\n<!-- -->\n<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
        (b"\xef\xbb\xbf  <SVG>", "an SVG drawing"),
        (b"\n<!DOCTYPE html><title>404</title>", "a web page"),
        (b"8BPS\0\1", "a Photoshop document"),
        (b"\0\0\1\0\1\0", "an icon file"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", "a video"),
        (b"P6 2 2 255 ............", "not a picture"),
        (b"\0" * 64, "not a picture"),
        (b"\xff", "not a picture"),
        (b"just text", "not a picture"),
    ],
)
def test_what_is_not_an_allowed_format_is_named(data, kind):
    assert kind in refused(data)


def test_formats_that_pillow_knows_and_the_allow_list_does_not_are_refused():
    for kind in ("PPM", "TGA", "ICO", "PCX", "SGI", "EPS", "PDF", "JPEG2000", "DDS"):
        refused(encoded(smooth(), kind))


def test_a_small_file_that_declares_a_giant_picture_is_refused_unread():
    data = png(50_000, 50_000, 8, 2, [b"\0" * 1000])
    assert len(data) < 1000
    assert "50,000 x 50,000" in refused(data)


def test_a_picture_at_the_size_where_pillow_only_warns_is_refused_in_silence():
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        assert "10,000 x 9,000" in refused(png(10_000, 9_000, 8, 2, [b"\0"]))
    assert not heard


def test_a_giant_webp_canvas_is_refused_before_it_is_allocated():
    data = bytearray(encoded(Image.new("RGBA", (4, 4), (1, 2, 3, 4)), "WEBP", lossless=True, xmp=b"<x/>"))
    assert data[12:16] == b"VP8X"
    data[24:30] = b"\xfe\x3f\0\xfe\x3f\0"
    refused(bytes(data))


def test_pixels_are_limited_exactly():
    data = encoded(smooth(10, 7), "PNG")
    assert decode(data, Limits(pixels=70)).width == 10
    assert "at most 69" in refused(data, Limits(pixels=69))


def test_more_pixels_than_pillow_likes_are_decoded_where_the_limits_say_so(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert decode(encoded(smooth(20, 20), "PNG")).width == 20


def test_bytes_are_limited_exactly():
    data = encoded(smooth(10, 7), "PNG")
    decode(data, Limits(bytes=len(data)))
    refused(data, Limits(bytes=len(data) - 1))


def test_a_picture_without_pixels_is_refused():
    refused(png(0, 5, 8, 2, [b""] * 5))
    refused(b"GIF89a" + bytes(7) + b";")


def test_random_bytes_behind_a_true_signature_are_refused():
    noise = np.random.default_rng(0).bytes(2000)
    for kind, make in FILES.items():
        data = make()[:16] + noise
        with pytest.raises(ImageError):
            decode(data)
        assert kind


@pytest.mark.parametrize("kind", FILES)
def test_mutated_files_decode_or_are_refused(kind):
    """Sixty mutations a format: bits turned, bytes overwritten, taken out or put in; only ImageError may come out."""
    rng = np.random.default_rng(len(kind))
    original = FILES[kind]()
    decoded = 0
    for _ in range(60):
        try:
            image = decode(mutated(original, rng), Limits(pixels=1 << 22))
        except ImageError:
            continue
        else:
            decoded += 1
            assert image.pixels.dtype == np.uint8
            assert image.pixels.ndim == 3
    assert decoded < 60


def mutated(data, rng):
    changed = bytearray(data)
    header = min(len(data), 200)
    for _ in range(rng.integers(1, 6)):
        reach = header if rng.random() < 0.6 else len(changed)
        at = int(rng.integers(reach))
        match rng.integers(5):
            case 0:
                changed[at] ^= 1 << int(rng.integers(8))
            case 1:
                changed[at] = int(rng.choice([0, 1, 127, 128, 255]))
            case 2:
                del changed[at : at + int(rng.integers(1, 9))]
            case 3:
                changed[at:at] = rng.bytes(int(rng.integers(1, 9)))
            case _:
                changed[at : at + 4] = b"\xff\xff\xff\xff"
    return bytes(changed)


def test_a_folder_that_is_named_like_a_picture_is_refused(tmp_path):
    (tmp_path / "x.jpg").mkdir()
    with pytest.raises(ImageError, match="folder"):
        read_image(tmp_path / "x.jpg")


def test_nothing_is_printed_about_odd_or_damaged_files(tmp_path):
    """Neither Pillow's warnings nor messages of the C libraries reach the terminal."""
    (tmp_path / "odd.jpg").write_bytes(encoded(smooth(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff"))
    for number, make in enumerate(FILES.values()):
        data = make()
        (tmp_path / f"cut{number}").write_bytes(data[: len(data) * 2 // 3])
    program = (
        "import sys, pathlib\n"
        "from cbir.errors import ImageError\n"
        "from cbir.images.decode import read_image\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):\n"
        "    try:\n"
        "        read_image(path)\n"
        "        print('decoded', path.name)\n"
        "    except ImageError:\n"
        "        pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
    )
    assert (done.stdout, done.stderr) == ("decoded odd.jpg\n", "")
