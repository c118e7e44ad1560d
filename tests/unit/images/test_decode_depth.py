"""More than 8 bits a sample, against the same numbers divided in float64."""

import tracemalloc

import numpy as np
import pytest
import tifffile
from PIL import Image
from tests.unit.images.making import bmp, divided, encoded, over_white, png, random_pixels

from cbir.errors import ImageError
from cbir.images.decode import decode
from cbir.images.layouts import BAND_ROWS

ORDERS = pytest.mark.parametrize("order", ["<", ">"])
COMPRESSIONS = pytest.mark.parametrize("compression", [None, "zlib"])

EVERY_VALUE = np.arange(65536, dtype=np.uint16).reshape(256, 256)


def pixels(data):
    return decode(data).pixels.astype(int)


def tiff(tmp_path, samples, **options):
    tifffile.imwrite(tmp_path / "x.tif", samples, metadata=None, **options)
    return (tmp_path / "x.tif").read_bytes()


def wide_png(samples, colour):
    height, width = samples.shape[:2]
    return png(width, height, 16, colour, [row.astype(">u2").tobytes() for row in samples])


def repeated(grey):
    return np.repeat(grey[..., None], 3, axis=2)


def test_every_grey_value_of_a_png_is_divided_by_257():
    assert np.array_equal(pixels(wide_png(EVERY_VALUE, 0)), repeated(divided(EVERY_VALUE)))


@ORDERS
@COMPRESSIONS
def test_every_grey_value_of_a_tiff_is_divided_by_257(tmp_path, order, compression):
    data = tiff(tmp_path, EVERY_VALUE, byteorder=order, compression=compression, photometric="minisblack")
    assert np.array_equal(pixels(data), repeated(divided(EVERY_VALUE)))


@COMPRESSIONS
def test_white_can_be_zero(tmp_path, compression):
    data = tiff(tmp_path, EVERY_VALUE, compression=compression, photometric="miniswhite")
    assert np.array_equal(pixels(data), repeated(divided(65535 - EVERY_VALUE.astype(int))))


def test_a_png_with_16_bit_colours():
    samples = random_pixels((31, 57, 3), bits=16)
    assert np.array_equal(pixels(wide_png(samples, 2)), divided(samples))


def test_every_value_of_every_colour_channel_is_exact():
    samples = np.stack([EVERY_VALUE, EVERY_VALUE[::-1], EVERY_VALUE.T], axis=2)
    assert np.array_equal(pixels(wide_png(samples, 2)), divided(samples))


@pytest.mark.parametrize(("colour", "channels"), [(4, 2), (6, 4)])
def test_a_png_with_16_bit_alpha(colour, channels):
    samples = random_pixels((31, 57, channels), bits=16)
    narrow = divided(samples)
    known = over_white(narrow[..., :-1], narrow[..., -1:])
    assert np.array_equal(pixels(wide_png(samples, colour)), np.broadcast_to(known, (31, 57, 3)))


def test_a_picture_higher_than_the_bands_it_is_made_in_is_whole():
    samples = random_pixels((BAND_ROWS * 2 + 3, 5, 4), bits=16)
    narrow = divided(samples)
    assert np.array_equal(pixels(wide_png(samples, 6)), over_white(narrow[..., :-1], narrow[..., -1:]))


def test_16_bit_samples_take_little_more_memory_than_the_picture():
    """Pillow's own memory is not counted here: what is, is the result twice and a band of the samples."""
    data = wide_png(random_pixels((1500, 1000, 4), bits=16), 6)
    decode(data)
    tracemalloc.start()
    try:
        decode(data)
        assert tracemalloc.get_traced_memory()[1] < 8 * 1500 * 1000
    finally:
        tracemalloc.stop()


def test_a_transparent_16_bit_colour_is_compared_in_all_its_bits():
    samples = np.array([[[256, 512, 768], [256, 512, 769], [300, 512, 768]]], np.uint16)
    data = png(3, 1, 16, 2, [samples.astype(">u2").tobytes()], samples[0, 0].astype(">u2").tobytes())
    assert pixels(data)[0].tolist() == [[255, 255, 255], [1, 2, 3], [1, 2, 3]]


@ORDERS
@COMPRESSIONS
def test_a_tiff_with_16_bit_colours(tmp_path, order, compression):
    samples = random_pixels((31, 57, 3), bits=16)
    data = tiff(tmp_path, samples, byteorder=order, compression=compression, photometric="rgb")
    assert np.array_equal(pixels(data), divided(samples))


@ORDERS
@COMPRESSIONS
@pytest.mark.parametrize("extra", ["unassalpha", "assocalpha", "unspecified"])
def test_a_tiff_with_a_fourth_16_bit_channel(tmp_path, order, compression, extra):
    """The fourth channel is alpha, alpha that the colours are multiplied by already, or nothing."""
    samples = random_pixels((31, 57, 4), bits=16)
    if extra == "assocalpha":
        samples[..., :3] = np.minimum(samples[..., :3], samples[..., 3:])
    narrow = divided(samples)
    known = {
        "unassalpha": over_white(narrow[..., :3], narrow[..., 3:]),
        "assocalpha": narrow[..., :3] + 255 - narrow[..., 3:],
        "unspecified": narrow[..., :3],
    }[extra]
    options = {"byteorder": order, "compression": compression, "photometric": "rgb", "extrasamples": [extra]}
    assert np.array_equal(pixels(tiff(tmp_path, samples, **options)), known)


@ORDERS
@COMPRESSIONS
def test_16_bit_cmyk_is_divided_and_then_converted_as_pillow_does(tmp_path, order, compression):
    samples = random_pixels((31, 57, 4), bits=16)
    data = tiff(tmp_path, samples, byteorder=order, compression=compression, photometric="separated")
    narrow = Image.frombytes("CMYK", (57, 31), divided(samples).astype(np.uint8).tobytes())
    assert np.array_equal(pixels(data), np.asarray(narrow.convert("RGB")))


@COMPRESSIONS
def test_8_bit_colours_multiplied_by_their_alpha_are_laid_over_white(tmp_path, compression):
    samples = random_pixels((31, 57, 4))
    samples[..., :3] = np.minimum(samples[..., :3], samples[..., 3:])
    data = tiff(tmp_path, samples, compression=compression, photometric="rgb", extrasamples=["assocalpha"])
    assert np.array_equal(pixels(data), samples[..., :3].astype(int) + 255 - samples[..., 3:])


@ORDERS
@COMPRESSIONS
@pytest.mark.parametrize("kind", [np.int16, np.int32])
def test_signed_integers_from_zero_up_count_as_16_bit_values(tmp_path, order, compression, kind):
    samples = (EVERY_VALUE // 2).astype(kind)
    data = tiff(tmp_path, samples, byteorder=order, compression=compression, photometric="minisblack")
    assert np.array_equal(pixels(data), repeated(divided(samples)))


@ORDERS
@COMPRESSIONS
def test_floating_point_goes_from_zero_to_one(tmp_path, order, compression):
    samples = np.random.default_rng(0).random((31, 57), np.float32)
    samples[0, :2] = 0, 1
    data = tiff(tmp_path, samples, byteorder=order, compression=compression, photometric="minisblack")
    assert np.array_equal(pixels(data), repeated(np.rint(samples.astype(float) * 255)))


@pytest.mark.parametrize("value", [np.nan, np.inf, -0.1, 1.5, 255.0])
def test_floating_point_of_unknown_range_is_refused(value):
    samples = np.full((4, 4), 0.5, np.float32)
    samples[1, 1] = value
    with pytest.raises(ImageError, match="known meaning") as caught:
        decode(encoded(Image.fromarray(samples), "TIFF"))
    assert caught.value.remedy


@pytest.mark.parametrize("value", [-1, 65536])
def test_integers_beyond_16_bits_are_refused(value):
    with pytest.raises(ImageError, match="65,535"):
        decode(encoded(Image.fromarray(np.array([[0, value]], np.int32)), "TIFF"))


@COMPRESSIONS
def test_separate_planes_of_16_bits_are_refused_rather_than_misread(tmp_path, compression):
    data = tiff(
        tmp_path,
        random_pixels((3, 9, 9), bits=16),
        compression=compression,
        photometric="rgb",
        planarconfig="separate",
    )
    with pytest.raises(ImageError, match="planes"):
        decode(data)


@COMPRESSIONS
def test_separate_planes_of_8_bits_are_read(tmp_path, compression):
    samples = random_pixels((3, 9, 13))
    data = tiff(tmp_path, samples, compression=compression, photometric="rgb", planarconfig="separate")
    assert np.array_equal(pixels(data), np.moveaxis(samples, 0, 2))


@pytest.mark.parametrize(
    ("compression", "masks", "bits"), [(0, (), (5, 5, 5)), (3, (0xF800, 0x07E0, 0x1F), (5, 6, 5))]
)
def test_a_bmp_of_16_bits_a_pixel_has_five_or_six_of_each_colour(compression, masks, bits):
    values = np.arange(0, 65536, 257, dtype="<u2").reshape(16, 16)
    below = [sum(bits[1:]), bits[2], 0]
    known = [
        ((values >> shift) % (1 << count)) * 255 / ((1 << count) - 1)
        for shift, count in zip(below, bits, strict=True)
    ]
    palette = np.array(masks, "<u4").tobytes()
    data = bmp(16, 16, 16, compression, values[::-1].tobytes(), palette)
    assert np.abs(pixels(data) - np.stack(known, axis=2)).max() <= 1
