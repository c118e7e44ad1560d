"""Large pictures are decoded one at a time."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from tests.pictures import noise

from cbir.errors import ImageError
from cbir.images import turns
from cbir.images.decode import decode
from cbir.settings import Settings
from cbir.uploads import Uploads


def picture():
    file = BytesIO()
    noise(1).save(file, "PNG")
    return file.getvalue()


class Crowd:
    """A decoder that notes how many are with it at once."""

    def __init__(self):
        self.lock = threading.Lock()
        self.inside, self.most = 0, 0

    def decode(self, data, limits):
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        time.sleep(0.05)
        with self.lock:
            self.inside -= 1
        return decode(data, limits)


@pytest.fixture
def crowd(monkeypatch):
    crowd = Crowd()
    monkeypatch.setattr(turns, "decode", crowd.decode)
    return crowd


def six_times(work):
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: work(), range(6)))


@pytest.mark.parametrize(("pixels", "most"), [(1, {1, turns.AT_ONCE}), (10**9, {3, 4, 5, 6})])
def test_large_pictures_wait_for_each_other_and_small_ones_do_not(crowd, monkeypatch, pixels, most):
    monkeypatch.setattr(turns, "LARGE_PIXELS", pixels)
    six_times(lambda: turns.examine(picture()))
    assert crowd.most in most


def test_uploads_are_decoded_in_their_turn(crowd, monkeypatch, tmp_path):
    monkeypatch.setattr(turns, "LARGE_PIXELS", 1)
    uploads = Uploads(Settings(data_dir=tmp_path))
    six_times(lambda: uploads.store("holiday", "a.png", picture()))
    assert 1 <= crowd.most <= turns.AT_ONCE


def test_a_turn_is_given_back_where_the_picture_cannot_be_decoded(monkeypatch):
    monkeypatch.setattr(turns, "LARGE_PIXELS", 1)
    for _ in range(turns.AT_ONCE + 1):
        with pytest.raises(ImageError):
            turns.examine(picture()[:-200])
    assert turns.examine(picture()).format == "PNG"
