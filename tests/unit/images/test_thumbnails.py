import numpy as np
import pytest
from skimage import data as photos
from skimage.transform import resize

from cbir.images.thumbnails import thumbnail


@pytest.mark.parametrize(
    ("shape", "box", "known"),
    [
        ((300, 400, 3), 100, (75, 100, 3)),
        ((400, 300, 3), 100, (100, 75, 3)),
        ((400, 300, 3), (90, 200), (120, 90, 3)),
        ((5000, 3, 3), 50, (50, 1, 3)),
        ((100, 100, 3), 100, (100, 100, 3)),
        ((20, 30, 3), 100, (20, 30, 3)),
        ((1, 1, 3), 1, (1, 1, 3)),
    ],
)
def test_a_thumbnail_fits_its_box_and_keeps_its_aspect(shape, box, known):
    assert thumbnail(np.zeros(shape, np.uint8), box).shape == known


def test_a_small_picture_is_not_enlarged():
    pixels = photos.astronaut()[:40, :30]
    assert np.array_equal(thumbnail(pixels, 64), pixels)


def test_a_thumbnail_looks_like_one_of_another_library():
    pixels = photos.astronaut()
    other = resize(pixels, (128, 128), anti_aliasing=True, preserve_range=True)
    assert np.abs(thumbnail(pixels, 128) - other).mean() < 4


def test_a_fine_pattern_becomes_grey_and_not_a_coarse_pattern():
    stripes = np.zeros((1000, 1000, 3), np.uint8)
    stripes[:, ::2] = 255
    small = thumbnail(stripes, 100)
    assert small.min() > 110
    assert small.max() < 145


def test_the_picture_is_left_alone():
    pixels = photos.astronaut()
    before = pixels.copy()
    thumbnail(pixels, 10)
    assert np.array_equal(pixels, before)
