"""How often a JPEG file makes a decoder go over its picture."""

import pytest
from PIL import Image
from tests.unit.images.making import encoded, random_pixels, smooth

from cbir.errors import ImageError
from cbir.images.decode import decode, open_image
from cbir.images.scans import MAX_SCANS, count_scans

END = b"\xff\xd9"


def with_more_scans(count):
    """A grey progressive picture whose last scan is there so many times more."""
    data = encoded(smooth().convert("L"), "JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -len(END)]
    return data[: -len(END)] + count * last + END, data.count(b"\xff\xda") + count


@pytest.mark.parametrize(
    ("mode", "options", "scans"),
    [
        ("L", {}, 1),
        ("RGB", {}, 1),
        ("RGB", {"progressive": True}, 10),  # libjpeg's standard scripts: jcparam.c, jpeg_simple_progression
        ("L", {"progressive": True}, 6),
        ("CMYK", {"progressive": True}, 18),
        ("RGB", {"restart_marker_blocks": 1}, 1),
    ],
)
def test_scans_are_counted(mode, options, scans):
    image = Image.fromarray(random_pixels((70, 90, 3))).convert(mode)
    assert count_scans(encoded(image, "JPEG", quality=95, **options)) == scans


def test_what_stands_in_metadata_and_behind_the_picture_does_not_count():
    thumbnail = encoded(smooth(16, 16), "JPEG", progressive=True)
    data = encoded(smooth(), "JPEG", comment=thumbnail, exif=b"Exif\0\0" + thumbnail)
    assert count_scans(data + thumbnail * 10) == 1


def test_a_file_that_is_cut_anywhere_has_no_more():
    data = encoded(smooth(), "JPEG", progressive=True)
    counts = [count_scans(data[:end]) for end in range(len(data))]
    assert counts == sorted(counts)
    assert counts[-1] == 10


def test_as_many_scans_as_allowed_are_decoded_and_one_more_is_refused():
    data, scans = with_more_scans(MAX_SCANS - 6)
    assert scans == MAX_SCANS
    assert decode(data).width == 96
    data, _ = with_more_scans(MAX_SCANS - 5)
    for read in (decode, open_image):
        with pytest.raises(ImageError, match="41 times") as caught:
            read(data)
        assert caught.value.remedy


def test_a_small_file_of_thousands_of_scans_is_refused():
    """Decoding it would take minutes or, at the size that is allowed, hours."""
    data, scans = with_more_scans(20_000)
    assert count_scans(data) == scans
    with pytest.raises(ImageError, match="20,006 times"):
        decode(data)
