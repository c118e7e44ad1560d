"""A copy equals its source in every bit, whatever interrupts it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from tests.contents import contents

from cbir.collection import UNFINISHED_COPY, Library
from cbir.engines.base import Capabilities
from cbir.engines.embedded.engine import EmbeddedEngine
from cbir.engines.embedded.store import EmbeddedCollection
from cbir.errors import AlreadyExistsError, ConflictError, InvalidRequestError, UnfinishedCopyError
from cbir.records import Identity, ImageEntry, ImageRecord, Location
from cbir.settings import Settings
from cbir.transfer import copying
from cbir.transfer.copying import copy

from .conftest import COLOURS

CODE = Identity("code:fc2", 1, 3, non_negative=False, parameters={"layer": "fc2"})
IMAGES = 11
ODD = np.array([-0.0, 1e-45, -3.4e38], np.float32)
"""Values whose bits are lost by anything but copying."""


def image_id(number):
    return f"{number:064x}"


def entry(number, **fields):
    places = tuple(Location(f"/p/{number}-{n}-\udcff.png", n, -number, "/p") for n in range(1 + number % 3))
    given = {
        "locations": places,
        "labels": ("cat", "two words") if number % 2 else (),
        "keywords": ("b", "a"),
        "caption": "ü;\n" * (number % 4),
        "added_at": datetime(2020, 1, number + 1, 3, 4, 5, number, timezone(timedelta(hours=number - 5))),
    }
    record = ImageRecord(image_id(number), number + 1, 7, "PNG", **(given | fields))
    return ImageEntry(record, {"colours": np.full(4, number / 3, np.float32), "code:fc2": ODD * (number % 2)})


class Broken:
    """A collection whose n-th write is interrupted; all others are its engine's own."""

    def __init__(self, stored, calls, fails_at=0):
        self._stored, self._calls, self._fails_at = stored, calls, fails_at

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stored.close()

    def __getattr__(self, name):
        found = getattr(self._stored, name)
        if name not in {"upsert", "update", "delete", "fill", "add_extractor", "set_metadata"}:
            return found

        def write(*arguments):
            self._calls.append(name)
            if len(self._calls) == self._fails_at:
                raise KeyboardInterrupt
            return found(*arguments)

        return write


class BrokenEngine:
    """An engine that notes every write, and is interrupted at the n-th."""

    name = "embedded"
    capabilities = Capabilities()

    def __init__(self, engine, fails_at=0):
        self.engine, self.calls = engine, []
        self._broken = lambda stored: Broken(stored, self.calls, fails_at)

    def collections(self):
        return self.engine.collections()

    def create(self, name, extractors):
        self.engine.create(name, extractors)

    def open(self, name, *, write=False):
        return self._broken(self.engine.open(name, write=write))


@pytest.fixture(autouse=True)
def small_pages(monkeypatch):
    monkeypatch.setattr(copying, "PAGE", 4)


@pytest.fixture
def target(tmp_path):
    return EmbeddedEngine(tmp_path / "other" / "collections")


@pytest.fixture
def photos(engine):
    engine.create("photos", [COLOURS, CODE])
    with engine.open("photos", write=True) as stored:
        stored.upsert([entry(number) for number in range(IMAGES)])
        stored.set_metadata("note", {"a": [1, None, "ü"]})
    return engine


def copied(engine, target, told, name="photos", new_name=None):
    with engine.open(name) as source:
        return copy(source, target, new_name or name, told, origin="embedded")


def test_a_copy_equals_its_source_in_every_bit(photos, target, told):
    assert copied(photos, target, told) == IMAGES
    assert contents(target, "photos") == contents(photos, "photos")
    assert contents(target, "photos").metadata == {"note": {"a": [1, None, "ü"]}}
    assert contents(target, "photos").records[3].added_at.astimezone(UTC) == datetime(2020, 1, 4, 5, 4, 5, 3, UTC)


def test_a_copy_within_one_engine_under_another_name(photos, told):
    assert copied(photos, photos, told, new_name="again") == IMAGES
    assert contents(photos, "again") == contents(photos, "photos")


def test_an_empty_collection(engine, target, told):
    engine.create("empty", [CODE, COLOURS])
    assert copied(engine, target, told, "empty") == 0
    assert contents(target, "empty") == contents(engine, "empty")


@pytest.fixture
def incomplete(engine):
    """Extractors in the order: complete, lacking some, complete, lacking all."""
    engine.create("photos", [COLOURS])
    with engine.open("photos", write=True) as stored:
        stored.upsert([entry(number) for number in range(IMAGES)])
        for name in ("some", "all", "none"):
            stored.add_extractor(replace(CODE, name=name))
        described = {image_id(number): ODD * (number % 2) for number in range(IMAGES)}
        stored.fill("some", {image: row for image, row in described.items() if image != image_id(6)})
        stored.fill("all", described)
    return engine


def test_extractors_that_images_lack_are_copied_with_what_there_is(incomplete, target, told):
    copied(incomplete, target, told)
    assert contents(target, "photos") == contents(incomplete, "photos")
    extractors = contents(target, "photos").extractors
    assert [(one.identity.name, one.missing) for one in extractors] == [
        ("colours", 0), ("some", 1), ("all", 0), ("none", IMAGES),
    ]  # fmt: skip


def test_a_copy_that_is_interrupted_at_any_write_goes_on(incomplete, tmp_path, told):
    with incomplete.open("photos", write=True) as stored:
        stored.set_metadata("note", 1)
    whole = BrokenEngine(EmbeddedEngine(tmp_path / "whole"))
    copied(incomplete, whole, told)
    assert set(whole.calls) == {"set_metadata", "upsert", "add_extractor", "fill"}
    for number in range(1, len(whole.calls) + 1):
        settings = Settings(data_dir=tmp_path / str(number))
        target = EmbeddedEngine(settings.collections_dir)
        with pytest.raises(KeyboardInterrupt):
            copied(incomplete, BrokenEngine(target, number), told)
        if number > 1:
            with pytest.raises(UnfinishedCopyError, match="copy photos --engine embedded --to embedded"):
                Library(settings).open("photos").__enter__()
        again = BrokenEngine(target)
        copied(incomplete, again, told)
        assert contents(target, "photos") == contents(incomplete, "photos")
        assert again.calls.count("upsert") <= whole.calls.count("upsert")
        Library(settings).open("photos").__enter__()


def test_going_on_stores_no_image_twice(photos, target, told):
    with pytest.raises(KeyboardInterrupt):
        copied(photos, BrokenEngine(target, 4), told)
    with target.open("photos") as stored:
        before = stored.count()
    assert 0 < before < IMAGES
    stored_again = []

    class Noting(Broken):
        def __getattr__(self, name):
            if name == "upsert":
                return lambda entries: stored_again.extend(entries) or self._stored.upsert(entries)
            return super().__getattr__(name)

    engine = BrokenEngine(target)
    engine._broken = lambda stored: Noting(stored, [])
    copied(photos, engine, told)
    assert len(stored_again) == IMAGES - before


def test_a_finished_copy_is_compared_and_nothing_is_written(photos, target, told):
    copied(photos, target, told)
    assert told.lines == []
    again = BrokenEngine(target)
    assert copied(photos, again, told) == IMAGES
    assert again.calls == []
    assert told.lines == ["'photos' is there and equals 'photos' already, bit for bit."]


def flip(stored):
    (vector,) = stored.vectors("code:fc2", [image_id(4)])
    vector[0] = 0.0 if np.signbit(vector[0]) else -0.0
    entry = ImageEntry(stored.get([image_id(4)])[0], {"code:fc2": vector, "colours": np.full(4, 4 / 3, np.float32)})
    assert stored.upsert([entry])[0].done


@pytest.mark.parametrize(
    "change",
    [
        lambda stored: stored.delete([image_id(3)]),
        lambda stored: stored.upsert([entry(20)]),
        lambda stored: stored.update([replace(entry(3).record, caption="mine")]),
        lambda stored: stored.drop_extractor("code:fc2"),
        lambda stored: stored.add_extractor(replace(CODE, name="more")),
        flip,
    ],
)
def test_a_collection_in_the_way_that_is_no_copy_stays_as_it_is(photos, target, told, change):
    copied(photos, target, told)
    with target.open("photos", write=True) as stored:
        change(stored)
    before = contents(target, "photos")
    with pytest.raises(AlreadyExistsError, match="something else and no copy of 'photos'") as caught:
        copied(photos, target, told)
    assert "--as NEWNAME" in caught.value.remedy
    assert contents(target, "photos") == before


def test_an_unfinished_copy_of_another_collection_stays_as_it_is(photos, target, told):
    with pytest.raises(KeyboardInterrupt):
        copied(photos, BrokenEngine(target, 4), told, new_name="copy")
    copied(photos, photos, told, new_name="twin")
    before = contents(target, "copy")
    with pytest.raises(AlreadyExistsError, match="an unfinished copy of 'photos' and no copy of 'twin'"):
        copied(photos, target, told, "twin", "copy")
    assert contents(target, "copy") == before


def test_what_changed_in_the_source_since_an_interrupted_copy_changes_in_the_copy(photos, target, told):
    with pytest.raises(KeyboardInterrupt):
        copied(photos, BrokenEngine(target, 4), told)
    with photos.open("photos", write=True) as stored:
        (moved,) = entry(2).record.locations[:1]
        stored.delete([image_id(0), image_id(9)])
        stored.update([replace(entry(1).record, labels=("dog",), keywords=(), caption="")])
        stored.upsert([entry(15, locations=(moved,))])
        flip(stored)
    copied(photos, target, told)
    assert contents(target, "photos") == contents(photos, "photos")
    with target.open("photos") as stored:
        assert stored.get([image_id(1)])[0].labels == ("dog",)
        assert stored.count() == IMAGES - 1


class Changing(Broken):
    """A copy during whose first upsert the source changes."""

    def __init__(self, stored, change):
        super().__init__(stored, [])
        self._change = change

    def __getattr__(self, name):
        if name == "upsert" and "upsert" not in self._calls:
            self._change()
        return super().__getattr__(name)


@pytest.fixture
def changing(photos, target):
    """Makes an engine during whose first upsert something is done to the source."""

    def make(change):
        def work():
            with photos.open("photos", write=True) as stored:
                change(stored)

        engine = BrokenEngine(target)
        engine._broken = lambda stored: Changing(stored, work)
        return engine

    return make


@pytest.mark.parametrize(
    "change",
    [
        lambda stored: stored.upsert([entry(20)]),
        lambda stored: stored.delete([image_id(0)]),
        lambda stored: stored.delete([image_id(5)]),
        lambda stored: stored.add_extractor(replace(CODE, name="more")),
    ],
)
def test_what_comes_and_goes_meanwhile_comes_and_goes_in_the_copy(photos, target, told, changing, change):
    copied(photos, changing(change), told)
    assert contents(target, "photos") == contents(photos, "photos")


def test_an_image_that_changes_when_it_was_copied_leaves_the_copy_unfinished(photos, target, told, changing):
    record = replace(entry(0).record, caption="changed")
    with pytest.raises(ConflictError, match="'photos' came, went or changed") as caught:
        copied(photos, changing(lambda stored: stored.update([record])), told)
    assert "the same command" in caught.value.remedy
    with target.open("photos") as stored:
        assert stored.metadata(UNFINISHED_COPY) == {"engine": "embedded", "collection": "photos"}
    copied(photos, target, told)
    assert contents(target, "photos") == contents(photos, "photos")


def test_an_image_that_goes_between_its_record_and_its_descriptors(photos, target, told, monkeypatch):
    original = EmbeddedCollection.vectors
    gone = []

    def vectors(self, name, ids):
        if not gone and image_id(4) in ids:
            gone.append(image_id(4))
            with photos.open("photos", write=True) as stored:
                stored.delete(gone)
        return original(self, name, ids)

    monkeypatch.setattr(EmbeddedCollection, "vectors", vectors)
    with pytest.raises(ConflictError, match="'photos' came, went or changed"):
        copied(photos, target, told)
    copied(photos, target, told)
    assert contents(target, "photos") == contents(photos, "photos")


def test_memory_is_bounded_by_pages(photos, target, told, monkeypatch):
    asked = []
    with photos.open("photos") as source:
        original = EmbeddedCollection.vectors
        monkeypatch.setattr(
            EmbeddedCollection, "vectors", lambda self, name, ids: asked.append(len(ids)) or original(self, name, ids)
        )
        copy(source, target, "photos", told, origin="embedded")
    assert max(asked) == copying.PAGE


def test_a_descriptor_that_the_engine_cannot_hold_is_refused_before_anything_is_made(photos, target, told):
    engine = BrokenEngine(target)
    engine.capabilities = Capabilities(max_dims=3)
    with pytest.raises(InvalidRequestError, match="'colours' has 4 dims; the embedded engine holds at most 3"):
        copied(photos, engine, told)
    assert target.collections() == []
