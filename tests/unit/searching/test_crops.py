"""Rectangles of pictures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbir.errors import InvalidRequestError
from cbir.searching.crops import Crop

PICTURE = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3)


def test_a_crop_is_read_as_it_is_written():
    assert Crop.parse("1, 2,3 ,4") == Crop(1, 2, 3, 4)
    assert str(Crop(1, 2, 3, 4)) == "1,2,3,4"


@pytest.mark.parametrize(
    "text",
    ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "-1,0,3,3", "1.5,0,3,3", "0,0,0,3", "0,0,3,0", "0,0,٣,3", "1e9,0,1,1"],
)
def test_what_is_no_crop_is_refused(text):
    with pytest.raises(InvalidRequestError, match="crop"):
        Crop.parse(text)


def test_a_crop_cannot_be_made_that_is_empty_or_begins_before_the_picture():
    for values in [(-1, 0, 1, 1), (0, -1, 1, 1), (0, 0, 0, 1), (0, 0, 1, -1)]:
        with pytest.raises(InvalidRequestError, match="crop"):
            Crop(*values)


@given(st.data())
def test_a_crop_holds_the_pixels_that_lie_in_it(data):
    x, y = data.draw(st.integers(0, 6)), data.draw(st.integers(0, 4))
    width, height = data.draw(st.integers(1, 7 - x)), data.draw(st.integers(1, 5 - y))
    part = Crop(x, y, width, height).of(PICTURE)
    assert part.shape == (height, width, 3)
    for row in range(height):
        for column in range(width):
            assert part[row, column].tolist() == PICTURE[y + row, x + column].tolist()


def test_a_crop_is_an_array_of_its_own():
    part = Crop(0, 0, 2, 2).of(PICTURE)
    assert part.flags.c_contiguous
    assert not np.shares_memory(part, PICTURE)


@pytest.mark.parametrize("crop", [Crop(0, 0, 8, 5), Crop(0, 0, 7, 6), Crop(7, 0, 1, 1), Crop(0, 5, 1, 1)])
def test_a_crop_beyond_the_picture_is_refused_with_the_pictures_size(crop):
    with pytest.raises(InvalidRequestError, match="7 x 5"):
        crop.of(PICTURE)
