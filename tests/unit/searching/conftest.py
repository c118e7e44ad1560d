"""Collections of the embedded engine to search in: descriptors from a random generator, and pictures on the disk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import pytest
from tests.pictures import save

from cbir.collection import Collection, Library
from cbir.engines.base import Engine
from cbir.extractors.hsv import HistBasic, hist_basic
from cbir.images.decode import file_id, read_image
from cbir.records import Identity, ImageEntry, ImageRecord, Location
from cbir.searching.examples import IndexedExample
from cbir.searching.search import Search, find
from cbir.settings import Settings

HISTOGRAM = Identity("histogram", 1, 12, non_negative=True)
"""Sums to 1."""
CODE = Identity("code", 1, 6, non_negative=False)


@dataclass
class Gallery:
    """A collection with what was put into it."""

    collection: Collection
    ids: list[str]
    vectors: dict[str, np.ndarray]
    """By extractor, a row an image."""

    def find(self, *positives, **wanted):
        """A search by rows of the gallery."""
        examples = tuple(IndexedExample(self.ids[row]) for row in positives)
        return find(self.collection, Search(positives=examples, **wanted))


def settings_in(folder):
    return Settings(data_dir=folder / "data", cache_dir=folder / "cache", weights_dir=folder / "weights")


def image_id(number):
    return hashlib.sha256(str(number).encode()).hexdigest()


def record(number):
    labels = ("even",) if number % 2 == 0 else ("odd", f"rest-{number % 3}")
    place = Location(f"/photos/{number % 3}/IMG_{number}.jpg", 1000, number, "/photos")
    return ImageRecord(image_id(number), 640, 480, "JPEG", (place,), labels)


def add(engine: Engine, name, numbers, vectors):
    """Store images with descriptors, a row each, by extractor."""
    with engine.open(name, write=True) as stored:
        stored.upsert(
            [
                ImageEntry(record(number), {extractor: rows[row] for extractor, rows in vectors.items()})
                for row, number in enumerate(numbers)
            ]
        )


def with_families(rng, count, dims):
    """Histograms (count, dims), each third of which has a copy and one that is nearly the same."""
    rows = rng.dirichlet(np.full(dims, 0.5), count)
    for row in range(0, count - 2, 3):
        rows[row + 1] = rows[row]
        if row % 2 == 0:
            rows[row + 2] = rows[row] * rng.uniform(0.99, 1.01, dims)
    rows /= rows.sum(axis=1, keepdims=True)
    return rows.astype(np.float32)


@contextmanager
def gallery_in(folder, vectors, identities=(HISTOGRAM, CODE)) -> Iterator[Gallery]:
    library = Library(settings_in(folder))
    library.engine.create("photos", identities)
    count = len(next(iter(vectors.values())))
    add(library.engine, "photos", range(count), vectors)
    with library.open("photos") as collection:
        yield Gallery(collection, [image_id(number) for number in range(count)], vectors)


def random_vectors(count=120, seed=20170617):
    rng = np.random.default_rng(seed)
    return {
        "histogram": with_families(rng, count, HISTOGRAM.dims),
        "code": rng.standard_normal((count, CODE.dims)).astype(np.float32),
    }


@pytest.fixture(scope="module")
def gallery(tmp_path_factory):
    """120 images with two descriptors; nothing in it is changed."""
    with gallery_in(tmp_path_factory.mktemp("gallery"), random_vectors()) as made:
        yield made


@pytest.fixture
def pictures(tmp_path):
    """Six pictures on the disk, described by hist-basic; the first one lies in two places."""
    library = Library(settings_in(tmp_path))
    folder = tmp_path / "photos"
    paths = [save(folder / f"{number}.png", number) for number in range(6)]
    library.engine.create("pictures", [HistBasic().identity(library.weights)])
    with library.engine.open("pictures", write=True) as stored:
        stored.upsert([described(path, str(folder)) for path in paths])
        (first,) = stored.get([id_of(paths[0])])
        again = Location(save(folder / "again.png", 0), 1, 1, str(folder))
        stored.update([replace(first, locations=(*first.locations, again))])
    with library.open("pictures") as collection:
        yield Pictures(collection, paths, [id_of(path) for path in paths])


@dataclass
class Pictures:
    collection: Collection
    paths: list[str]
    ids: list[str]


class Changing:
    """A stored collection to which something happens right after a call of one of its methods, once."""

    def __init__(self, stored, method, happens):
        self._stored, self._method, self._happens = stored, method, happens

    def __getattr__(self, name):
        found = getattr(self._stored, name)
        if name != self._method:
            return found

        def called(*arguments):
            answer = found(*arguments)
            happens, self._happens = self._happens, lambda: None
            happens()
            return answer

        return called


def id_of(path):
    with open(path, "rb") as file:
        return file_id(file.read())


def described(path, root):
    image = read_image(path)
    place = Location(path, 1, 1, root)
    found = ImageRecord(id_of(path), image.width, image.height, image.format, (place,))
    return ImageEntry(found, {"hist-basic": hist_basic(image.pixels)})
