"""Metadata written by hand, by the specifications, and read back."""

import io
import os
import struct
import tracemalloc
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
import tifffile
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base
from tests.unit.images.making import encoded, smooth

from cbir.images.metadata import ImageMetadata, read_metadata
from cbir.images.words import MAX_CAPTION_LENGTH, MAX_KEYWORDS
from cbir.images.xmp import from_xmp

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # as the program has it

NOWHERE = "/nowhere/photo.jpg"

XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:lr="http://ns.adobe.com/lightroom/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
  photoshop:DateCreated="2021-05-06T07:08:09+02:00">
<dc:title><rdf:Alt><rdf:li xml:lang="de">Hafen</rdf:li>
<rdf:li xml:lang="x-default">Harbour</rdf:li></rdf:Alt></dc:title>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">Boats at dusk</rdf:li></rdf:Alt></dc:description>
<dc:subject><rdf:Bag><rdf:li>boat</rdf:li><rdf:li>Götheborg</rdf:li><rdf:li>boat</rdf:li></rdf:Bag></dc:subject>
<lr:hierarchicalSubject><rdf:Bag><rdf:li>Places|Europe|Sweden</rdf:li></rdf:Bag></lr:hierarchicalSubject>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""

FOUND_IN_XMP = ImageMetadata(
    keywords=("boat", "Götheborg", "Places", "Europe", "Sweden"),
    caption="Harbour\nBoats at dusk",
    taken_at=datetime(2021, 5, 6, 7, 8, 9, tzinfo=timezone(timedelta(hours=2))),
)


def with_exif(tags, inner=None, gps=None, format="JPEG"):
    exif = Image.Exif()
    for tag, value in tags.items():
        exif[tag] = value
    for ifd, values in ((IFD.Exif, inner), (IFD.GPSInfo, gps)):
        if values:
            exif.get_ifd(ifd).update(values)
    return encoded(smooth(), format, exif=exif.tobytes())


def with_iptc(*sets):
    """A JPEG file with IPTC data sets (record, number, value) in a Photoshop block (APP13)."""
    iim = b"".join(struct.pack(">BBBH", 0x1C, record, number, len(value)) + value for record, number, value in sets)
    block = b"8BIM" + struct.pack(">HHI", 0x0404, 0, len(iim)) + iim + b"\0" * (len(iim) % 2)
    body = b"Photoshop 3.0\0" + block
    plain = encoded(smooth(), "JPEG")
    return plain[:2] + b"\xff\xed" + struct.pack(">H", len(body) + 2) + body + plain[2:]


def found(data):
    return read_metadata(NOWHERE, data)


def test_a_picture_without_metadata_has_none():
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF", "AVIF"):
        assert found(encoded(smooth(), kind)) == ImageMetadata()


# XMP ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["JPEG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_embedded_xmp_is_read(format):
    packet = XMP.encode()
    options = {"tiffinfo": {700: packet}} if format == "TIFF" else {"xmp": packet}
    assert found(encoded(smooth(), format, **options)) == FOUND_IN_XMP


def test_xmp_in_png_is_read():
    from PIL.PngImagePlugin import PngInfo

    text = PngInfo()
    text.add_itxt("XML:com.adobe.xmp", XMP)
    assert found(encoded(smooth(), "PNG", pnginfo=text)) == FOUND_IN_XMP


@pytest.mark.parametrize("name", ["photo.xmp", "photo.jpg.xmp", "photo.XMP", "photo.jpg.XMP"])
def test_an_xmp_file_beside_the_picture_is_read(tmp_path, name):
    (tmp_path / name).write_text(XMP, "utf-8")
    assert read_metadata(tmp_path / "photo.jpg", encoded(smooth(), "JPEG")) == FOUND_IN_XMP


def test_the_xmp_file_goes_before_what_is_inside_and_keywords_are_united(tmp_path):
    (tmp_path / "photo.xmp").write_text(XMP, "utf-8")
    data = with_iptc((2, 25, b"inside"), (2, 120, b"inside"), (2, 5, b"inside"))
    united = read_metadata(tmp_path / "photo.jpg", data)
    assert united.keywords == (*FOUND_IN_XMP.keywords, "inside")
    assert united.caption == FOUND_IN_XMP.caption


def test_what_is_no_file_beside_the_picture_is_passed_over(tmp_path):
    os.mkfifo(tmp_path / "photo.xmp")
    (tmp_path / "photo.jpg.xmp").mkdir()
    assert read_metadata(tmp_path / "photo.jpg", encoded(smooth(), "JPEG")) == ImageMetadata()


BOMB = """<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>"""


@pytest.mark.parametrize(
    "packet",
    [
        BOMB.encode(),
        BOMB.encode("utf-16"),
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        b"<x><y></x>",
        b"not XML",
        b"",
        b"<x>" * 100_000,
        b"<x/>" + b" " * (5 << 20) + b"<!-- -->",
    ],
)
def test_hostile_xml_is_refused_and_costs_nothing_else(packet):
    with pytest.raises(ValueError, match=r".+"):
        from_xmp(packet)


def test_damaged_xmp_leaves_the_other_metadata(tmp_path):
    (tmp_path / "photo.xmp").write_text(BOMB)
    assert read_metadata(tmp_path / "photo.jpg", with_iptc((2, 25, b"kept"))).keywords == ("kept",)


def test_simple_values_and_deep_nests_are_understood():
    simple = (
        b'<r xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject>one</dc:subject><dc:title>T</dc:title>'
        + b"<n>" * 5000
        + b"</n>" * 5000
        + b"</r>"
    )
    words = from_xmp(simple)
    assert (words.keywords, words.title, words.description) == (("one",), "T", "")


# IPTC -----------------------------------------------------------------------------------------------------------


def test_iptc_title_caption_and_keywords_are_read():
    words = found(with_iptc((2, 5, b"Title"), (2, 25, b"one"), (2, 25, b"two"), (2, 120, b"What is seen")))
    assert words == ImageMetadata(keywords=("one", "two"), caption="Title\nWhat is seen")


@pytest.mark.parametrize(
    ("data", "text"),
    [("Zürich".encode(), "Zürich"), ("Zürich".encode("latin-1"), "Zürich"), (b"plain", "plain")],
)
def test_iptc_text_is_utf8_where_it_can_be_and_latin1_else(data, text):
    assert found(with_iptc((2, 25, data))).keywords == (text,)


def test_iptc_that_says_it_is_utf8_is_read_as_that():
    assert found(with_iptc((1, 90, b"\x1b%G"), (2, 25, "東京".encode()))).keywords == ("東京",)
    assert found(with_iptc((1, 90, b"\x1b%G"), (2, 25, b"a\xe9b"))).keywords == ("a\ufffdb",)


# EXIF -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_an_exif_description_is_the_caption(format):
    assert found(with_exif({Base.ImageDescription: "A red boat"}, format=format)).caption == "A red boat"


def test_an_exif_description_in_utf8_is_not_garbled():
    assert found(with_exif({Base.ImageDescription: "Zürich, 東京".encode()})).caption == "Zürich, 東京"


@pytest.mark.parametrize("text", ["OLYMPUS DIGITAL CAMERA         ", "SONY DSC", "  "])
def test_what_cameras_write_by_themselves_is_no_caption(text):
    assert found(with_exif({Base.ImageDescription: text})).caption == ""


def test_windows_titles_comments_and_keywords_are_read():
    def wide(text):
        return (text + "\0").encode("utf-16-le")

    data = with_exif({0x9C9B: wide("Übung"), 0x9C9C: wide("Comment"), 0x9C9E: wide("eins; zwei;;東京")})
    assert found(data) == ImageMetadata(keywords=("eins", "zwei", "東京"), caption="Übung\nComment")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"ASCII\0\0\0A comment", "A comment"),
        (b"UNICODE\0" + b"\xff\xfe" + "Zürich".encode("utf-16-le"), "Zürich"),
        (b"JIS\0\0\0\0\0" + "東京".encode("iso2022_jp"), "東京"),
        (b"\0\0\0\0\0\0\0\0Z\xc3\xbcrich\0\0", "Zürich"),
        (b"ASCII\0\0\0   ", ""),
        (b"", ""),
    ],
)
def test_a_user_comment_is_read_in_its_character_set(value, text):
    assert found(with_exif({}, {Base.UserComment: value})).caption == text


def test_a_unicode_comment_without_a_mark_follows_the_byte_order_of_the_block():
    exif = Image.Exif()
    exif.endian = ">"
    exif.get_ifd(IFD.Exif)[Base.UserComment] = b"UNICODE\0" + "Zürich".encode("utf-16-be")
    assert found(encoded(smooth(), "JPEG", exif=exif.tobytes())).caption == "Zürich"


@pytest.mark.parametrize(
    ("tags", "inner", "taken_at"),
    [
        ({}, {Base.DateTimeOriginal: "2020:01:02 03:04:05"}, datetime(2020, 1, 2, 3, 4, 5)),  # noqa: DTZ001
        (
            {},
            {Base.DateTimeOriginal: "2020:01:02 03:04:05", Base.OffsetTimeOriginal: "+00:00"},
            datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC),
        ),
        ({Base.DateTime: "2019:12:31 23:59:59"}, {}, datetime(2019, 12, 31, 23, 59, 59)),  # noqa: DTZ001
        (
            {Base.DateTime: "2019:12:31 23:59:59"},
            {Base.DateTimeOriginal: "0000:00:00 00:00:00"},
            datetime(2019, 12, 31, 23, 59, 59),  # noqa: DTZ001
        ),
        ({Base.DateTime: "    :  :     :  :  "}, {}, None),
        ({Base.DateTime: "yesterday"}, {}, None),
    ],
)
def test_the_best_readable_time_counts(tags, inner, taken_at):
    assert found(with_exif(tags, inner)).taken_at == taken_at


def place(latitude, south, longitude, west):
    return {
        GPS.GPSLatitudeRef: south,
        GPS.GPSLatitude: latitude,
        GPS.GPSLongitudeRef: west,
        GPS.GPSLongitude: longitude,
    }


def test_a_place_is_given_in_degrees():
    gps = place((33.0, 51.0, 36.0), "S", (151.0, 12.0, 18.0), "E")
    assert found(with_exif({}, gps=gps)).gps == pytest.approx((-33.86, 151.205))


@pytest.mark.parametrize(
    "gps",
    [
        place((91.0, 0.0, 0.0), "N", (0.0, 0.0, 0.0), "E"),
        place((10.0, 0.0), "N", (0.0, 0.0, 0.0), "E"),
        {GPS.GPSLatitude: (1.0, 2.0, 3.0), GPS.GPSLatitudeRef: "N"},
    ],
)
def test_an_impossible_place_is_none(gps):
    assert found(with_exif({}, gps=gps)).gps is None


# Text -----------------------------------------------------------------------------------------------------------


def test_text_is_one_clean_line_and_composed():
    """A decomposed ü (u and a combining diaeresis) becomes one character; control characters become blanks."""
    data = with_iptc((2, 120, b"  a\0b\r\n\tc\x1b[31m  d "), (2, 25, "Zu\u0308rich".encode()), (2, 25, b" \0 "))
    assert found(data) == ImageMetadata(keywords=("Zürich",), caption="a b c [31m d")


def test_text_is_bounded():
    many = [(2, 25, f"word{number}".encode()) for number in range(MAX_KEYWORDS + 50)]
    words = found(with_iptc(*many, (2, 120, b"x" * 30_000)))
    assert len(words.keywords) == MAX_KEYWORDS
    assert len(words.caption) == MAX_CAPTION_LENGTH


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", b"II*\0", b"text"])
def test_what_is_no_picture_has_no_metadata(data):
    assert found(data) == ImageMetadata()


@pytest.mark.parametrize(("kind", "value"), [("I", 100_000_000), ("2I", (1, 3)), ("d", 0.5)])
def test_a_number_where_xmp_belongs_is_left_out_and_allocates_nothing(kind, value):
    file = io.BytesIO()
    tifffile.imwrite(file, np.asarray(smooth()), photometric="rgb", extratags=[(700, kind, 1, value, True)])
    tracemalloc.start()
    try:
        assert found(file.getvalue()).keywords == ()
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_damaged_exif_is_left_out():
    assert found(encoded(smooth(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")) == ImageMetadata()
