import numpy as np
import pytest
from PIL import Image

from cbir.images.contact_sheet import MAX_HITS, Heading, SheetHit, contact_sheet
from cbir.images.lettering import Style, drawable, fitted, font, wrapped

QUERY = np.full((60, 80, 3), (200, 30, 40), np.uint8)
COLOURS = [(10, 90, 170), (20, 160, 60), (150, 20, 160), (250, 170, 10)]


@pytest.fixture
def hits(tmp_path):
    for number, colour in enumerate(COLOURS):
        Image.new("RGB", (400, 300), colour).save(tmp_path / f"{number}.png")
    return [
        SheetHit(number + 1, number / 7, str(tmp_path / f"{number}.png"), ("a",)) for number in range(len(COLOURS))
    ]


def extents(sheet, colour):
    """Left, top, right and bottom of all pixels of exactly this colour."""
    rows, columns = np.nonzero((np.asarray(sheet) == colour).all(axis=2))
    return columns.min(), rows.min(), columns.max(), rows.max()


def test_the_query_is_larger_than_a_hit_and_stands_at_the_top_left(hits):
    sheet = contact_sheet(QUERY, hits)
    left, top, right, bottom = extents(sheet, (200, 30, 40))
    assert (right - left, bottom - top) == (79, 59)  # never enlarged
    large = contact_sheet(np.full((600, 800, 3), (200, 30, 40), np.uint8), hits)
    left, top, right, bottom = extents(large, (200, 30, 40))
    first = extents(large, COLOURS[0])
    assert right - left > 1.9 * (first[2] - first[0])
    assert right < first[0]
    assert top < first[3]


def test_hits_stand_in_reading_order_around_the_query(hits):
    sheet = contact_sheet(QUERY, hits, columns=4)
    places = [extents(sheet, colour)[:2] for colour in COLOURS]
    assert places[0][1] == places[1][1] < places[2][1] == places[3][1]
    assert places[0][0] == places[2][0] < places[1][0] == places[3][0]


@pytest.mark.parametrize("columns", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("count", [0, 1, 4])
def test_every_hit_is_shown_for_any_number_of_columns(hits, columns, count):
    sheet = contact_sheet(QUERY, hits[:count], columns=columns)
    for colour in [(200, 30, 40), *COLOURS[:count]]:
        left, top, right, bottom = extents(sheet, colour)
        assert 0 < left < right < sheet.width - 1
        assert 0 < top < bottom < sheet.height - 1


def test_a_file_that_is_gone_becomes_a_tile_with_words(hits):
    missing = SheetHit(1, 0.5, "/nowhere/gone.jpg")
    blank = SheetHit(1, 0.5, hits[0].path)
    with_words, with_picture = (np.asarray(contact_sheet(QUERY, [hit])) for hit in (missing, blank))
    assert with_words.shape == with_picture.shape
    middle = with_words[150:260, 530:750]
    assert middle.min() < 130  # letters
    assert np.median(middle) > 200  # on a light ground


def test_the_heading_and_the_names_are_written(hits):
    plain = np.asarray(contact_sheet(QUERY, hits))
    titled = np.asarray(contact_sheet(QUERY, hits, Heading("cnn-conv, cosine", "default", "q.jpg")))
    assert (plain[:90] != titled[:90]).any()
    assert (plain[90:] != titled[90:]).any()


def test_a_sheet_has_a_largest_size():
    def read(_):
        from cbir.images.decode import DecodedImage

        return DecodedImage(QUERY, "PNG")

    def height(count):
        return contact_sheet(QUERY, [SheetHit(1, 0, "x.png")] * count, read=read).height

    assert height(MAX_HITS + 100) == height(MAX_HITS) > height(MAX_HITS - 20)


# Lettering ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain_1.jpg", "plain_1.jpg"),
        ("Käse", "Kase"),
        ("日本", r"\u65e5\u672c"),
        ("a 🚀", r"a \U0001f680"),
        ("", ""),
    ],
)
def test_characters_that_the_font_lacks_are_simplified_or_escaped(text, shown):
    assert drawable(text) == shown


def test_long_text_is_shortened_in_its_middle_to_the_width():
    style = Style(13, "black")
    shown = fitted("a_very_long_name_of_a_photograph_from_the_summer_0001.jpg", 120, style)
    assert "..." in shown
    assert shown.startswith("a_")
    assert shown.endswith("1.jpg")
    assert 100 < font(13).getlength(shown) <= 120


def test_short_text_is_left_alone():
    assert fitted("short.jpg", 120, Style(13, "black")) == "short.jpg"


def test_wrapped_lines_hold_all_words_and_fit():
    text = "The link leads nowhere and this goes on for a while."
    lines = list(wrapped(text, 100, Style(13, "black")))
    assert " ".join(lines) == text
    assert len(lines) > 2
    assert all(font(13).getlength(line) <= 100 for line in lines)
