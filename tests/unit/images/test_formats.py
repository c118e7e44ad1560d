import pytest

from cbir.images.formats import allowed_format, is_image_name


@pytest.mark.parametrize(
    "name",
    [
        "a.jpg",
        "a.JPG",
        "b/c.jpeg",
        "x.PnG",
        "x.webp",
        "x.gif",
        "x.bmp",
        "x.tif",
        "x.TIFF",
        "IMG_1.HEIC",
        "x.avif",
        "a.b.jpg",
    ],
)
def test_names_of_allowed_formats_are_taken_in_any_case(name):
    assert is_image_name(name)


@pytest.mark.parametrize(
    "name", ["a.svg", "a.pdf", "a.eps", "a.ico", "a.cr2", "a.mp4", "jpg", ".jpg", "a.jpg.txt", "a.jpg~", "", "a.psd"]
)
def test_other_names_are_not(name):
    assert not is_image_name(name)


def test_a_name_that_is_not_utf8_is_judged_by_its_extension():
    assert is_image_name(b"/photos/caf\xe9.jpg".decode("utf-8", "surrogateescape"))


def test_an_avif_file_under_the_general_brand_is_told_from_a_heif_file():
    assert allowed_format(b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf") == "AVIF"
    assert allowed_format(b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic") == "HEIF"
    assert allowed_format(b"\0\0\0\x18ftypmp42\0\0\0\0isommp42") is None


def test_too_few_bytes_announce_nothing():
    assert allowed_format(b"") is None
    assert allowed_format(b"\x89PN") is None
    assert allowed_format(b"\0\0\0\x18ftyp") is None
