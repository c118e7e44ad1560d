"""What a picture looks like after decoding, against pixels that were known before it was written."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data as photos
from tests.unit.images.making import EXIF_ORIENTATION, encoded, over_white, png, random_pixels, smooth

from cbir.images.decode import decode, read_image

LOSSLESS = {"PNG": {}, "BMP": {}, "TIFF": {}, "WEBP": {"lossless": True}}
LOSSY = {"JPEG": {"quality": 95}, "HEIF": {"quality": 90}, "AVIF": {"quality": 90}, "WEBP": {"quality": 95}}


def pixels(data):
    return decode(data).pixels.astype(int)


@pytest.mark.parametrize("format", LOSSLESS)
@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (2, 2), (33, 21)])
def test_lossless_formats_come_back_bit_for_bit(format, size):
    width, height = size
    known = random_pixels((height, width, 3))
    image = decode(encoded(Image.fromarray(known), format, **LOSSLESS[format]))
    assert np.array_equal(image.pixels, known)
    assert (image.width, image.height, image.format) == (width, height, format)
    assert image.pixels.dtype == np.uint8


@pytest.mark.parametrize("format", LOSSY)
def test_lossy_formats_come_back_nearly(format):
    known = smooth()
    image = decode(encoded(known, format, **LOSSY[format]))
    assert image.format == format
    assert np.abs(image.pixels.astype(int) - np.asarray(known)).mean() < 4


@pytest.mark.parametrize(
    "options", [{}, {"subsampling": 0}, {"progressive": True}, {"quality": 30}, {"subsampling": 1}]
)
def test_jpeg_agrees_bit_for_bit_with_another_decoder(options):
    data = encoded(Image.fromarray(photos.astronaut()), "JPEG", **options)
    other = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    assert np.array_equal(decode(data).pixels, other)


def test_a_jpeg_is_never_decoded_at_a_reduced_size():
    assert decode(encoded(smooth(1600, 1200), "JPEG")).pixels.shape == (1200, 1600, 3)


def test_decoded_pixels_cannot_be_changed_by_accident():
    with pytest.raises(ValueError, match="read-only"):
        decode(encoded(smooth(), "PNG")).pixels[0, 0] = 0


def test_a_picture_is_read_from_its_file(tmp_path):
    smooth().save(tmp_path / "x.png")
    assert np.array_equal(read_image(tmp_path / "x.png").pixels, np.asarray(smooth()))


# Orientation ----------------------------------------------------------------------------------------------------

STORED = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.swapaxes(0, 1),
    6: lambda upright: np.rot90(upright, 1),
    7: lambda upright: upright[::-1, ::-1].swapaxes(0, 1),
    8: lambda upright: np.rot90(upright, -1),
}
"""How the rows of an upright picture lie in a file of each orientation (EXIF 2.32, 4.6.4)."""


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_every_orientation_comes_out_upright_exactly_once(format, orientation):
    upright = np.asarray(smooth())
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](upright)))
    options = {**LOSSLESS, **LOSSY}[format]
    image = decode(encoded(stored, format, exif=exif.tobytes(), **options))
    assert (image.width, image.height) == smooth().size
    assert np.abs(image.pixels.astype(int) - upright).mean() < 4


def test_orientation_is_applied_to_compressed_sixteen_bit_tiff(tmp_path):
    import tifffile

    samples = random_pixels((5, 9, 3), bits=16)
    turn = [(EXIF_ORIENTATION, "H", 1, 6, True)]
    tifffile.imwrite(
        tmp_path / "x.tif", samples, photometric="rgb", compression="zlib", extratags=turn, metadata=None
    )
    known = np.rot90(np.rint(samples / 257), -1)
    assert np.array_equal(read_image(tmp_path / "x.tif").pixels, known)


@pytest.mark.parametrize("orientation", [0, 9, 255])
def test_an_orientation_that_does_not_exist_changes_nothing(orientation):
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    assert np.array_equal(pixels(encoded(smooth(), "PNG", exif=exif.tobytes())), np.asarray(smooth()))


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # as the program has it
@pytest.mark.parametrize(
    "exif", [b"Exif\0\0", b"Exif\0\0garbage that is no TIFF header", b"Exif\0\0II*\0\xff\xff\xff\xff"]
)
def test_damaged_exif_does_not_cost_the_picture(exif):
    assert decode(encoded(smooth(), "JPEG", exif=exif)).pixels.shape == (64, 96, 3)


# Channels and transparency --------------------------------------------------------------------------------------


def test_grey_is_repeated():
    grey = random_pixels((4, 6))
    assert np.array_equal(pixels(encoded(Image.fromarray(grey), "PNG")), np.repeat(grey[..., None], 3, axis=2))


def test_one_bit_is_black_and_white():
    bits = random_pixels((5, 11)) > 127
    for kind in ("PNG", "BMP", "TIFF"):
        assert np.array_equal(pixels(encoded(Image.fromarray(bits), kind))[..., 1], 255 * bits)


@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF"])
def test_alpha_is_laid_over_white(format):
    rgba = random_pixels((16, 24, 4))
    options = {"lossless": True, "exact": True} if format == "WEBP" else {}
    known = over_white(rgba[..., :3], rgba[..., 3:])
    assert np.array_equal(pixels(encoded(Image.fromarray(rgba), format, **options)), known)


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_grey_with_alpha_is_laid_over_white(format):
    grey = random_pixels((16, 24, 2))
    image = Image.frombytes("LA", (24, 16), grey.tobytes())
    known = np.repeat(over_white(grey[..., :1], grey[..., 1:]), 3, axis=2)
    assert np.array_equal(pixels(encoded(image, format)), known)


def test_wholly_transparent_is_white_whatever_its_colour():
    assert (pixels(encoded(Image.new("RGBA", (3, 3), (10, 20, 30, 0)), "PNG")) == 255).all()


PALETTE = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (10, 20, 30)]


def indexed():
    image = Image.new("P", (4, 1))
    image.putpalette([value for colour in PALETTE for value in colour])
    image.putdata([0, 1, 2, 3])
    return image


@pytest.mark.parametrize("format", ["PNG", "GIF", "BMP", "TIFF"])
def test_a_palette_is_looked_up(format):
    assert pixels(encoded(indexed(), format))[0].tolist() == [list(colour) for colour in PALETTE]


def test_a_transparent_palette_entry_is_white():
    for kind in ("PNG", "GIF"):
        found = pixels(encoded(indexed(), kind, transparency=2))[0].tolist()
        assert found == [[255, 0, 0], [0, 255, 0], [255, 255, 255], [10, 20, 30]]


def test_palette_entries_can_be_half_transparent():
    found = pixels(encoded(indexed(), "PNG", transparency=bytes([255, 128, 0])))[0].tolist()
    assert found == [[255, 0, 0], [127, 255, 127], [255, 255, 255], [10, 20, 30]]


@pytest.mark.parametrize(
    ("depth", "row", "key", "known"),
    [
        (1, [0b01010000], 0, [255, 255, 255, 255]),
        (2, [0b00011011], 2, [0, 85, 255, 255]),
        (4, [0x12, 0x34], 2, [17, 255, 51, 68]),
        (8, [1, 2, 3, 4], 2, [1, 255, 3, 4]),
        (16, [0, 1, 0, 2, 1, 1, 255, 255], 2, [0, 255, 1, 255]),
    ],
)
def test_a_transparent_grey_value_is_white_at_every_depth(depth, row, key, known):
    data = png(4, 1, depth, 0, [bytes(row)], key.to_bytes(2, "big"))
    assert pixels(data)[0, :, 0].tolist() == known


def test_a_transparent_colour_is_white():
    data = png(2, 1, 8, 2, [bytes([1, 2, 3, 1, 2, 4])], b"\0\1\0\2\0\3")
    assert pixels(data)[0].tolist() == [[255, 255, 255], [1, 2, 4]]


# Other colour models --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["JPEG", "TIFF"])
def test_cmyk_is_converted_as_pillow_does(format):
    ink = Image.frombytes("CMYK", (24, 16), np.asarray(smooth(24, 16).convert("CMYK")).tobytes())
    options = {"quality": 100, "subsampling": 0} if format == "JPEG" else {}
    known = np.asarray(ink.convert("RGB")).astype(int)
    assert np.abs(pixels(encoded(ink, format, **options)) - known).max() <= (8 if format == "JPEG" else 0)


def test_full_ink_is_black_and_no_ink_is_white():
    for ink, known in (((0, 0, 0, 255), 0), ((0, 0, 0, 0), 255)):
        assert (pixels(encoded(Image.new("CMYK", (8, 8), ink), "JPEG")) == known).all()


@pytest.mark.parametrize("mode", ["YCbCr", "LAB"])
def test_other_models_come_back_to_nearly_the_same_colours(mode):
    known = Image.new("RGB", (6, 4), (180, 120, 60)).convert(mode)
    assert np.abs(pixels(encoded(known, "TIFF")) - [180, 120, 60]).max() <= 3


def test_an_embedded_profile_changes_nothing():
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    plain, tagged = encoded(smooth(), "PNG"), encoded(smooth(), "PNG", icc_profile=profile)
    assert len(tagged) > len(plain)
    assert np.array_equal(pixels(tagged), pixels(plain))


# Animations -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "AVIF", "TIFF", "HEIF"])
def test_the_first_frame_counts(format):
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "lime", "blue")]
    data = encoded(frames[0], format, save_all=True, append_images=frames[1:])
    assert np.abs(pixels(data) - [255, 0, 0]).max() <= 4


def test_the_first_page_counts_even_where_later_ones_are_damaged():
    frames = [Image.fromarray(random_pixels((40, 50, 3), seed=seed)) for seed in range(3)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert np.array_equal(pixels(data[: len(data) * 2 // 3]), pixels(data))


def test_a_jpeg_with_further_pictures_inside_is_a_jpeg():
    """Phones put depth maps and small copies behind the photograph (CIPA DC-007, Pillow's MPO)."""
    first, second = smooth(), smooth(seed=1)
    image = decode(encoded(first, "MPO", save_all=True, append_images=[second]))
    assert image.format == "JPEG"
    assert np.abs(image.pixels.astype(int) - np.asarray(first)).mean() < 8


# Threads --------------------------------------------------------------------------------------------------------


def test_threads_decode_the_same_as_one():
    files = [
        encoded(smooth(seed=seed), kind)
        for seed in range(6)
        for kind in ("JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF")
    ]
    alone = [decode(data).pixels for data in files]
    with ThreadPoolExecutor(8) as pool:
        together = [image.pixels for image in pool.map(decode, files)]
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))
