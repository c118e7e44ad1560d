"""`hist-basic` against numpy's histogram over masks made pixel by pixel."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data as photos
from skimage import transform

from cbir.extractors.base import EXTRACTORS, Extraction
from cbir.extractors.hsv import BAND_PIXELS, HistBasic, ellipse_mask, hist_basic


def by_numpy(rgb):
    """The definition, word by word: cv2's 8-bit HSV and ellipse, numpy's histogram and regions, in float64."""
    height, width = rgb.shape[:2]
    hsv = cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV)
    ellipse = np.zeros((height, width), np.uint8)
    cv2.ellipse(
        ellipse, (width // 2, height // 2), (int(0.375 * width), int(0.375 * height)), 0, 0, 360, 255, thickness=-1
    )
    inside = ellipse == 255
    below, right = np.indices((height, width)) >= np.array([height // 2, width // 2])[:, None, None]
    quadrants = [~below & ~right, ~below & right, below & right, below & ~right]
    parts = []
    for region in [inside, *(quadrant & ~inside for quadrant in quadrants)]:
        counts, _ = np.histogramdd(hsv[region].astype(float), bins=(9, 3, 3), range=((0, 180), (0, 256), (0, 256)))
        parts.append(counts.ravel() / (5 * max(region.sum(), 1)))
    return np.concatenate(parts)


def random_picture(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


SIZES = [
    (1, 1),
    (1, 2),
    (2, 1),
    (2, 2),
    (1, 9),
    (9, 1),
    (3, 3),
    (5, 4),
    (17, 33),
    (64, 48),
    (101, 99),
    (2, 700),
    (700, 3),
]


@pytest.mark.parametrize("size", SIZES)
def test_random_pictures_of_any_size_agree_with_numpy(size):
    picture = random_picture(*size)
    np.testing.assert_allclose(hist_basic(picture), by_numpy(picture), rtol=1e-6, atol=0)


@settings(max_examples=60, deadline=None)
@given(height=st.integers(1, 60), width=st.integers(1, 60), seed=st.integers(0, 9))
def test_any_small_picture_agrees_with_numpy(height, width, seed):
    picture = random_picture(height, width, seed)
    np.testing.assert_allclose(hist_basic(picture), by_numpy(picture), rtol=1e-6, atol=0)


@pytest.mark.parametrize("name", ["astronaut", "coffee", "cat", "rocket", "retina", "hubble_deep_field"])
def test_photographs_agree_with_numpy(name):
    picture = getattr(photos, name)()
    np.testing.assert_allclose(hist_basic(picture), by_numpy(picture), rtol=1e-6, atol=0)


@pytest.mark.parametrize("size", [(1500, 2000), (2000, 1500), (3, BAND_PIXELS + 5), (801, 999)])
def test_pictures_of_more_than_one_band_agree_with_numpy(size):
    picture = np.ascontiguousarray(np.broadcast_to(random_picture(1, size[1]), (*size, 3)))
    picture[::7] //= 2
    np.testing.assert_allclose(hist_basic(picture), by_numpy(picture), rtol=1e-6, atol=0)


def test_every_colour_there_is_falls_into_the_bin_numpy_puts_it_in():
    """All 16.7 million RGB values, as one picture of 4096 x 4096."""
    values = np.arange(1 << 24, dtype=np.uint32)
    picture = (
        np.stack([values >> 16, values >> 8 & 255, values & 255], axis=1).astype(np.uint8).reshape(4096, 4096, 3)
    )
    hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV).astype(np.uint32)
    bins = hsv[..., 0] // 20 * 9 + hsv[..., 1] * 3 // 256 * 3 + hsv[..., 2] * 3 // 256
    inside = ellipse_mask(4096, 4096) > 0
    counts = np.bincount(bins[inside], minlength=81)
    np.testing.assert_allclose(hist_basic(picture)[:81], counts / (5 * inside.sum()), rtol=1e-6, atol=0)


@pytest.mark.parametrize(
    ("colour", "bin"),
    [
        ((255, 0, 0), (0, 2, 2)),  # hue 0
        ((0, 255, 0), (3, 2, 2)),  # hue 60 of 180
        ((0, 0, 255), (6, 2, 2)),  # hue 120
        ((255, 0, 8), (8, 2, 2)),  # hue 179
        ((0, 0, 0), (0, 0, 0)),
        ((255, 255, 255), (0, 0, 2)),
        ((85, 85, 85), (0, 0, 0)),  # 85 lies in the first third of 256
        ((86, 86, 86), (0, 0, 1)),
        ((170, 170, 170), (0, 0, 1)),
        ((171, 171, 171), (0, 0, 2)),
    ],
)
def test_a_picture_of_one_colour_has_a_fifth_in_one_bin_of_each_region(colour, bin):
    known = np.zeros((5, 9, 3, 3))
    known[(slice(None), *bin)] = 0.2
    picture = np.full((40, 60, 3), colour, np.uint8)
    np.testing.assert_allclose(hist_basic(picture).reshape(5, 9, 3, 3), known, rtol=1e-6)


def test_regions_follow_in_the_order_ellipse_then_clockwise_from_the_top_left():
    picture = np.zeros((80, 120, 3), np.uint8)
    colours = {
        "top left": (255, 0, 0),
        "top right": (0, 255, 0),
        "bottom right": (0, 0, 255),
        "bottom left": (255, 255, 255),
    }
    picture[:40, :60], picture[:40, 60:], picture[40:, 60:], picture[40:, :60] = colours.values()
    found = hist_basic(picture).reshape(5, 9, 3, 3)
    bins = [(0, 2, 2), (3, 2, 2), (6, 2, 2), (0, 0, 2)]
    for region, place in enumerate(bins, start=1):
        assert found[region][place] == pytest.approx(0.2)
    assert [found[0][place] for place in bins] == pytest.approx([0.05] * 4, abs=0.003)
    assert found.sum() == pytest.approx(1)


def test_a_picture_of_one_pixel_lies_wholly_in_the_ellipse():
    found = hist_basic(np.full((1, 1, 3), (255, 0, 0), np.uint8)).reshape(5, 81)
    assert found.sum(axis=1).tolist() == pytest.approx([0.2, 0, 0, 0, 0])


@pytest.mark.parametrize("size", [(8, 8), (31, 57), (300, 200)])
def test_each_region_weighs_a_fifth(size):
    found = hist_basic(random_picture(*size)).reshape(5, 81)
    np.testing.assert_allclose(found.sum(axis=1), 0.2, rtol=1e-6)


def test_a_crop_gives_what_its_copy_gives_and_neither_is_changed():
    picture = photos.astronaut()
    before = picture.copy()
    crop = picture[37:411, 5:300]
    assert not crop.flags["C_CONTIGUOUS"]
    assert np.array_equal(hist_basic(crop), hist_basic(crop.copy()))
    assert np.array_equal(picture, before)


def test_pixels_that_cannot_be_written_are_read():
    picture = photos.coffee()
    picture.flags.writeable = False
    assert np.array_equal(hist_basic(picture), hist_basic(photos.coffee()))


def test_a_smaller_copy_is_close_and_another_photograph_is_not():
    picture = photos.astronaut()
    smaller = (transform.resize(picture, (256, 256), anti_aliasing=True) * 255).astype(np.uint8)
    near = np.abs(hist_basic(picture) - hist_basic(smaller)).sum()
    far = np.abs(hist_basic(picture) - hist_basic(photos.coffee())).sum()
    assert near < 0.2
    assert far > 1


# As an extractor ------------------------------------------------------------------------------------------------


def test_it_is_registered_and_says_what_it_is():
    extractor = EXTRACTORS.get("hist-basic")
    assert isinstance(extractor, HistBasic)
    assert (extractor.name, extractor.dims, extractor.non_negative, extractor.weights) == (
        "hist-basic",
        405,
        True,
        "",
    )
    assert extractor.default_metric == "chi2"
    assert extractor.summary
    assert extractor.family == HistBasic().family
    assert len({extractor.family, HistBasic().family}) == 1


def test_its_identity_survives_json():
    import json

    from cbir.records import Identity

    identity = HistBasic().identity(None)
    assert Identity.from_json(json.loads(json.dumps(identity.to_json()))) == identity
    assert (identity.version, identity.weights) == (1, "")


def test_a_pass_gives_one_row_a_picture():
    extraction = Extraction([HistBasic()], None)
    pictures = [photos.astronaut(), photos.coffee(), photos.cat()]
    matrix = extraction.run([extraction.prepare(picture) for picture in pictures])["hist-basic"]
    assert matrix.shape == (3, 405)
    assert matrix.dtype == np.float32
    assert all(np.array_equal(row, hist_basic(picture)) for row, picture in zip(matrix, pictures, strict=True))


def test_no_pictures_give_no_rows():
    assert HistBasic().run([])["hist-basic"].shape == (0, 405)
