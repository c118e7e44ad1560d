"""Each variant does what its name says, measured on the pixels."""

import math
from random import Random

import numpy as np
import pytest
from PIL import Image

from cbir.demo.variants import VARIANTS, cropped, rotated
from cbir.images.decode import read_image

SIZES = [(400, 300), (300, 400), (256, 256), (448, 172)]


@pytest.fixture
def pixels(gallery):
    """Upright pixels (height, width, 3) of a variant of a scene, as float."""

    def read(scene, variant):
        (path,) = (gallery / "images" / scene).glob(f"{variant}.*")
        return read_image(str(path)).pixels.astype(float)

    return read


@pytest.mark.parametrize("size", SIZES)
def test_a_rotated_picture_has_no_empty_corner(size):
    """A white picture stays white: any corner that rotation left empty would be black."""
    for seed in range(20):
        turned = np.asarray(rotated(Image.new("L", size, 255), Random(seed)))
        assert turned.min() == 255


@pytest.mark.parametrize("size", SIZES)
def test_a_rotated_picture_keeps_as_much_as_its_angle_allows(size):
    """At 12 degrees at most, cos + longer/shorter·sin bounds what is cut away."""
    bound = 1 / (math.cos(math.radians(12)) + max(size) / min(size) * math.sin(math.radians(12)))
    for seed in range(20):
        width, height = rotated(Image.new("L", size), Random(seed)).size
        assert width >= size[0] * bound - 3
        assert height >= size[1] * bound - 3


def test_a_cropped_picture_is_a_part_of_the_picture():
    image = Image.effect_noise((120, 90), 80)
    part = np.asarray(cropped(image, Random(1)))
    windows = np.lib.stride_tricks.sliding_window_view(np.asarray(image), part.shape)
    assert (windows == part).all(axis=(2, 3)).any()


def test_a_quarter_turn_exchanges_width_and_height(pixels):
    original, turned = pixels("pagoda", "original"), pixels("pagoda", "quarter-turn")
    assert turned.shape[:2] == original.shape[1::-1]
    errors = [np.abs(np.rot90(original, k) - turned).mean() for k in (1, 3)]
    assert min(errors) < 5 < max(errors)


def test_a_file_stored_sideways_is_seen_upright(gallery, pixels):
    """The raw pixels lie on their side; decoding turns them as the EXIF orientation says."""
    with Image.open(gallery / "images/pagoda/exif-turned.jpg") as raw:
        assert raw.size == pixels("pagoda", "original").shape[:2]
    assert np.abs(pixels("pagoda", "exif-turned") - pixels("pagoda", "original")).mean() < 5


def test_a_mirrored_picture_is_the_original_from_right_to_left(pixels):
    assert np.abs(pixels("pagoda", "mirrored")[:, ::-1] - pixels("pagoda", "original")).mean() < 8


@pytest.mark.parametrize("variant", ["phone", "recompressed"])
def test_another_format_or_quality_shows_the_same_picture(pixels, variant):
    assert 0 < np.abs(pixels("chelsea", variant) - pixels("chelsea", "original")).mean() < 6


def test_recompression_leaves_a_much_smaller_file(gallery):
    scene = gallery / "images/chelsea"
    assert (scene / "recompressed.jpg").stat().st_size < (scene / "exif-turned.jpg").stat().st_size / 3


def test_warm_and_cold_move_the_balance_of_red_and_blue(pixels):
    def red_minus_blue(variant):
        mean = pixels("chelsea", variant).mean(axis=(0, 1))
        return mean[0] - mean[2]

    assert red_minus_blue("warmer") > red_minus_blue("original") + 10
    assert red_minus_blue("colder") < red_minus_blue("original") - 10


def test_brighter_is_brighter_and_greyscale_without_colour(pixels):
    assert pixels("chelsea", "brighter").mean() > pixels("chelsea", "original").mean() + 20
    assert np.ptp(pixels("chelsea", "greyscale"), axis=2).max() == 0


def test_a_blurred_picture_has_weaker_edges(pixels):
    def edges(variant):
        return np.abs(np.diff(pixels("chelsea", variant), axis=1)).mean()

    assert edges("blurred") < edges("original") / 2


def test_a_small_picture_has_at_most_128_pixels_a_side(pixels):
    assert max(pixels("chelsea", "small").shape[:2]) == 128


@pytest.mark.parametrize("scene", ["page", "rocket"])
def test_a_watermark_marks_a_light_picture_and_a_dark_one(pixels, scene):
    """A part of the pixels in the middle changes visibly, and next to nothing does in the upper left."""
    changed = np.abs(pixels(scene, "watermarked") - pixels(scene, "original")).max(axis=2) > 40
    height, width = changed.shape
    assert 0.01 < changed[height // 4 : -height // 4, width // 4 : -width // 4].mean() < 0.3
    assert changed[: height // 5, : width // 5].mean() < 0.01


def test_no_variant_changes_the_picture_that_it_is_made_from():
    image = Image.effect_noise((200, 150), 80).convert("RGB")
    before = image.tobytes()
    for variant in VARIANTS:
        variant.encoded(image, Random(0))
        assert image.tobytes() == before
