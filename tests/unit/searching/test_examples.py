"""What is searched with: images of the collection and pictures from outside, whole or cropped."""

import gc
import os
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from cbir.describing.local import LocalQueries
from cbir.errors import ImageError, InvalidRequestError, NotFoundError
from cbir.extractors.hsv import hist_basic
from cbir.images.decode import decode as read_decoded
from cbir.images.decode import read_image
from cbir.searching.crops import Crop
from cbir.searching.examples import IndexedExample, PictureExample, descriptor_key
from cbir.searching.steps import Steps

CROP = Crop(5, 3, 20, 17)


class Counting:
    """A describer that counts."""

    def __init__(self):
        self.described = 0

    def describe(self, image, extractor):
        self.described += 1
        return hist_basic(image)


def of_file(path, crop=None):
    pixels = read_image(path).pixels
    return hist_basic(crop.of(pixels) if crop else pixels)


def bytes_of(path):
    with open(path, "rb") as file:
        return file.read()


def descriptor(example, collection):
    return example.descriptor(collection, "hist-basic", Steps())


def test_an_indexed_image_has_its_stored_descriptor(gallery):
    found = IndexedExample(gallery.ids[7]).descriptor(gallery.collection, "code", Steps())
    assert found.tobytes() == gallery.vectors["code"][7].tobytes()


def test_a_part_of_an_indexed_image_is_described_from_its_file(pictures):
    found = descriptor(IndexedExample(pictures.ids[2], CROP), pictures.collection)
    assert np.array_equal(found, of_file(pictures.paths[2], CROP))
    assert not np.array_equal(found, of_file(pictures.paths[2]))


@pytest.mark.parametrize("change", [os.remove, lambda path: open(path, "wb").close()])
def test_a_part_is_taken_from_another_file_of_the_image_where_the_first_is_gone_or_changed(pictures, change):
    expected = of_file(pictures.paths[0], CROP)
    change(pictures.paths[0])
    assert np.array_equal(descriptor(IndexedExample(pictures.ids[0], CROP), pictures.collection), expected)


def test_a_part_of_an_image_without_its_file_is_refused_without_naming_paths(pictures, tmp_path):
    os.replace(pictures.paths[2], pictures.paths[1])
    for image in pictures.ids[1:3]:
        with pytest.raises(ImageError, match=image) as caught:
            descriptor(IndexedExample(image, CROP), pictures.collection)
        assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize("crop", [None, CROP])
def test_an_image_that_is_not_there_is_not_found(pictures, crop):
    with pytest.raises(NotFoundError, match="ab" * 32):
        descriptor(IndexedExample("ab" * 32, crop), pictures.collection)


def test_a_picture_from_outside_has_the_id_that_its_bytes_would_have(pictures):
    queries = LocalQueries()
    assert PictureExample(queries.put(bytes_of(pictures.paths[3])), queries).id == pictures.ids[3]


def test_a_picture_is_described_once_however_often_it_is_searched_with(pictures):
    queries, describer = LocalQueries(), Counting()
    token = queries.put(bytes_of(pictures.paths[3]))
    found = [descriptor(PictureExample(token, queries, describer=describer), pictures.collection) for _ in range(3)]
    assert describer.described == 1
    assert all(np.array_equal(one, of_file(pictures.paths[3])) for one in found)


def test_each_crop_of_a_picture_has_its_own_descriptor(pictures):
    queries, describer = LocalQueries(), Counting()
    token = queries.put(bytes_of(pictures.paths[3]))
    for crop in (CROP, None, Crop(0, 0, 9, 9), CROP):
        found = descriptor(PictureExample(token, queries, crop, describer), pictures.collection)
        assert np.array_equal(found, of_file(pictures.paths[3], crop))
    assert describer.described == 3


def test_descriptors_of_another_identity_are_kept_apart(pictures, gallery):
    identities = [pictures.collection.identity("hist-basic"), gallery.collection.identity("code")]
    keys = {descriptor_key(one, crop) for one in identities for crop in (None, CROP)}
    assert len(keys) == 4


def test_by_default_the_collection_describes_a_picture(pictures):
    queries = LocalQueries()
    example = PictureExample(queries.put(bytes_of(pictures.paths[4])), queries)
    assert np.array_equal(descriptor(example, pictures.collection), of_file(pictures.paths[4]))


def test_decoding_and_extraction_are_measured_only_where_they_happen(pictures):
    queries = LocalQueries()
    token = queries.put(bytes_of(pictures.paths[4]))
    for decoded in (True, False):
        steps = Steps()
        PictureExample(token, queries).descriptor(pictures.collection, "hist-basic", steps)
        taken = steps.milliseconds()
        assert (taken["decode"] > 0, taken["extract"] > 0) == (decoded, decoded)


class Forgetful(LocalQueries):
    """A picture expires while it is described."""

    def keep(self, token, key, descriptor):
        raise NotFoundError("This query is not known any more.")


def test_a_picture_that_expires_while_it_is_described_is_answered_all_the_same(pictures):
    queries = Forgetful()
    example = PictureExample(queries.put(bytes_of(pictures.paths[4])), queries)
    assert np.array_equal(descriptor(example, pictures.collection), of_file(pictures.paths[4]))


def test_a_token_that_is_unknown_is_not_found(pictures):
    with pytest.raises(NotFoundError):
        descriptor(PictureExample("unknown", LocalQueries()), pictures.collection)


def test_what_is_no_picture_and_a_crop_beyond_the_picture_are_refused(pictures):
    queries = LocalQueries()
    with pytest.raises(ImageError):
        descriptor(PictureExample(queries.put(b"no picture"), queries), pictures.collection)
    token = queries.put(bytes_of(pictures.paths[4]))
    with pytest.raises(InvalidRequestError, match="48 x 32"):
        descriptor(PictureExample(token, queries, Crop(0, 0, 49, 32)), pictures.collection)


class Crowded(Counting):
    """A describer that notes how many are with it at once."""

    def __init__(self):
        super().__init__()
        self.inside, self.most = 0, 0
        self.lock = threading.Lock()

    def describe(self, image, extractor):
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        time.sleep(0.05)
        with self.lock:
            self.inside -= 1
        return super().describe(image, extractor)


@pytest.mark.parametrize(("pixels", "most"), [(1, {1, 2}), (10**9, {3, 4, 5, 6})])
def test_large_pictures_wait_for_each_other(pictures, monkeypatch, pixels, most):
    monkeypatch.setattr("cbir.images.turns.LARGE_PIXELS", pixels)
    queries, describer = LocalQueries(max_bytes=1 << 24, lifetime_s=60), Crowded()
    tokens = [queries.put(bytes_of(path)) for path in pictures.paths[:6]]
    with ThreadPoolExecutor(6) as pool:
        list(
            pool.map(
                lambda token: descriptor(PictureExample(token, queries, describer=describer), pictures.collection),
                tokens,
            )
        )
    assert describer.described == 6
    assert describer.most in most


def test_a_large_picture_is_not_kept_decoded_while_others_of_the_search_are(pictures, monkeypatch):
    queries, held = LocalQueries(), []
    examples = [PictureExample(queries.put(bytes_of(path)), queries) for path in pictures.paths[:6]]

    def noted(data):
        image = read_decoded(data)
        held.append(weakref.ref(image.pixels))
        return image

    monkeypatch.setattr("cbir.searching.examples.decode", noted)
    monkeypatch.setattr("cbir.searching.examples.KEPT_PIXELS", 48 * 32 - 1)
    for example in examples:
        descriptor(example, pictures.collection)
    gc.collect()
    assert len(held) == 6
    assert [pixels() for pixels in held] == [None] * 6
