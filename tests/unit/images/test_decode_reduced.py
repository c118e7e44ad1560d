"""A picture that is to be made small is decoded at less than its size, and looks the same."""

import numpy as np
import pytest
from PIL import Image
from tests.unit.images.making import EXIF_ORIENTATION, encoded, smooth

from cbir.errors import ImageError
from cbir.images.decode import decode, decode_reduced


@pytest.mark.parametrize(
    ("side", "height"), [(2000, 1200), (801, 1200), (800, 600), (401, 600), (400, 300), (200, 150), (1, 150)]
)
def test_a_jpeg_comes_at_the_smallest_share_whose_longer_side_is_at_least_that(side, height):
    for size in ((1600, 1200), (1200, 1600)):
        pixels = decode_reduced(encoded(smooth(*size), "JPEG"), side).pixels
        assert sorted(pixels.shape[:2]) == [height, height * 4 // 3]


@pytest.mark.parametrize("size", [(1600, 9), (9, 1600)])
def test_a_narrow_picture_is_reduced_less_so_that_its_shorter_side_is_not_rounded_away(size):
    """400 of 1,600 leave 2.25 of 9 pixels, for which 3 are asked; a quarter has only 2 whole ones."""
    pixels = decode_reduced(encoded(smooth(*size), "JPEG"), 400).pixels
    assert sorted(pixels.shape[:2]) == [5, 800]


def test_it_shows_the_same_picture():
    data = encoded(smooth(1600, 1200), "JPEG", quality=95)
    reduced = decode_reduced(data, 400).pixels.astype(int)
    known = np.asarray(Image.fromarray(decode(data).pixels).reduce(1200 // reduced.shape[0])).astype(int)
    assert np.abs(reduced - known).max() <= 3


def test_it_is_upright():
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = 6
    assert decode_reduced(encoded(smooth(1600, 1200), "JPEG", exif=exif), 400).pixels.shape[:2] == (400, 300)


@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF", "HEIF", "AVIF", "GIF", "BMP"])
def test_other_formats_come_in_full(format):
    data = encoded(smooth(160, 120), format)
    assert np.array_equal(decode_reduced(data, 10).pixels, decode(data).pixels)


def test_damage_is_told_as_ever():
    with pytest.raises(ImageError):
        decode_reduced(encoded(smooth(160, 120), "JPEG")[:200], 10)
