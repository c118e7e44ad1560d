"""What an engine keeps of images, and how it gives it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from cbir.engines.base import EVERYTHING, Filter
from cbir.errors import DescriptorError, InvalidRequestError, NotFoundError
from cbir.records import ImageEntry, ImageRecord, Location

from .model import Model, tidy
from .samples import ALL, DENSE, LABELS, NAMES, descriptors, entries, entry, image_id, record

FILTERS = [
    EVERYTHING,
    Filter(labels=("cat",)),
    Filter(labels=("cat", "猫", "none")),
    Filter(text="img"),
    Filter(text="sunset cat"),
    Filter(exclude=frozenset(image_id(n) for n in range(0, 40, 3))),
    Filter(labels=LABELS, text="s", exclude=frozenset({image_id(1)})),
]


@pytest.fixture
def filled(collection, rng):
    """A collection of 40 images and its model."""
    model = Model([one.name for one in ALL])
    batch = entries(rng, 40)
    collection.upsert(batch)
    model.upsert(batch)
    return collection, model


def without_time(found: ImageRecord | None) -> ImageRecord | None:
    return replace(found, added_at=None) if found else None


class TestRecords:
    def test_everything_comes_back_as_it_went_in(self, collection, rng):
        added = datetime(2024, 2, 29, 23, 59, 59, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
        given = [
            entry(
                rng,
                number,
                name=name,
                labels=LABELS[:number],
                keywords=("zebra", "Ähre", "a;b"),
                caption='He said "hi"\n\tand\0left; 😀',
                format="HEIF",
                added_at=added,
            )
            for number, name in enumerate(NAMES)
        ]
        collection.upsert(given)
        assert collection.get([e.record.id for e in given]) == [tidy(e.record) for e in given]

    def test_an_image_without_a_file(self, collection, rng):
        """Descriptors that another program computed have no location."""
        collection.upsert([ImageEntry(ImageRecord(image_id(1), 0, 0, ""), descriptors(rng))])
        (found,) = collection.get([image_id(1)])
        assert (found.locations, found.path, found.labels) == ((), "", ())

    def test_the_time_of_adding_is_kept(self, collection, rng):
        before = datetime.now(UTC)
        collection.upsert([entry(rng, 1)])
        added = collection.get([image_id(1)])[0].added_at
        assert before <= added <= datetime.now(UTC)
        collection.upsert([entry(rng, 1, labels=("new",))])
        collection.update([record(1, labels=("newer",))])
        assert collection.get([image_id(1)])[0].added_at == added

    def test_what_is_not_there_is_none(self, filled):
        collection, model = filled
        asked = ["", "nothing", image_id(3), "\ud800", image_id(3)]
        found = [without_time(one) for one in collection.get(asked)]
        assert found == [None, None, model.records[image_id(3)], None, model.records[image_id(3)]]

    def test_many_ids_at_once(self, filled):
        collection, _ = filled
        assert collection.get([f"{n:064x}" for n in range(40_000)]) == [None] * 40_000


class TestBulkCalls:
    def test_upserting_again_changes_nothing(self, filled, rng):
        collection, _ = filled
        batch = [entry(rng, n, labels=("x",)) for n in range(100, 110)]
        first, before = collection.upsert(batch), collection.page(0, 100)
        again, after = collection.upsert(batch), collection.page(0, 100)
        assert [(r.id, r.done) for r in first] == [(e.record.id, True) for e in batch]
        assert [(r.id, r.done) for r in again] == [(e.record.id, False) for e in batch]
        assert before == after

    def test_a_second_path_joins_the_first(self, collection, rng):
        one = entry(rng, 1, name="b.jpg", labels=("cat", "sea"), keywords=("k1",), caption="old")
        place = Location("/photos/1/a\udce9.jpg", 5, 6, "/photos")
        two = replace(
            one, record=replace(one.record, locations=(place,), labels=("dog", "cat"), keywords=("k2", "k1"))
        )
        collection.upsert([one])
        assert collection.upsert([replace(two, record=replace(two.record, caption=""))])[0].done
        (found,) = collection.get([image_id(1)])
        assert [p.path for p in found.locations] == ["/photos/1/a\udce9.jpg", "/photos/1/b.jpg"]
        assert found.path == "/photos/1/a\udce9.jpg"
        assert (found.labels, found.keywords, found.caption) == (("cat", "dog", "sea"), ("k1", "k2"), "old")

    def test_one_id_twice_in_a_batch(self, collection, rng):
        first, second = entry(rng, 1, name="b.jpg", labels=("x",)), entry(rng, 1, name="a.jpg", labels=("y",))
        collection.upsert([first, second])
        (found,) = collection.get([image_id(1)])
        assert ([p.path[-5:] for p in found.locations], found.labels) == (["a.jpg", "b.jpg"], ("x", "y"))
        np.testing.assert_array_equal(collection.vectors("dense", [image_id(1)])[0], second.descriptors["dense"])
        assert collection.count() == 1

    def test_a_path_belongs_to_the_image_that_had_it_last(self, collection, rng):
        """A file whose content changed is another image under the same path."""
        collection.upsert([entry(rng, 1, name="x.jpg"), entry(rng, 4, name="x.jpg")])
        assert [(p.path, image) for p, image in collection.locations()] == [("/photos/1/x.jpg", image_id(4))]
        assert collection.get([image_id(1)])[0].locations == ()
        collection.update([record(1, name="x.jpg")])
        assert [image for _, image in collection.locations()] == [image_id(1)]

    def test_a_changed_file_moves_its_location(self, collection, rng):
        """Size and time of a known path are those of the last upsert."""
        one = entry(rng, 1)
        collection.upsert([one])
        touched = Location(one.record.path, 7, 8, "/photos")
        collection.upsert([replace(one, record=replace(one.record, locations=(touched,)))])
        assert list(collection.locations()) == [(touched, image_id(1))]

    def test_update_replaces(self, filled):
        collection, model = filled
        new = record(2, name="other.png", labels=("only",), keywords=(), caption="c")
        assert [(r.id, r.done) for r in collection.update([new, record(999)])] == [
            (image_id(2), True),
            (image_id(999), False),
        ]
        model.update([new])
        assert without_time(collection.get([image_id(2)])[0]) == model.records[image_id(2)]
        assert not collection.update([new])[0].done
        assert collection.count() == 40

    def test_delete(self, filled):
        collection, model = filled
        asked = [image_id(2), "nothing", image_id(5), image_id(2)]
        assert [r.done for r in collection.delete(asked)] == [True, False, True, False]
        model.delete(asked)
        assert [r.id for r in collection.page(0, 100)] == model.found()
        assert collection.labels() == model.labels()
        assert list(collection.locations()) == model.locations()
        with pytest.raises(NotFoundError):
            collection.vectors("dense", [image_id(2)])

    def test_empty_calls(self, collection):
        assert collection.upsert([]) == collection.update([]) == collection.delete([]) == collection.get([]) == []
        assert collection.vectors("dense", []).shape == (0, DENSE.dims)

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            ([np.nan] * 24, "dimension 0"),
            ([0.0] * 23 + [np.inf], "dimension 23"),
            ([1e39] * 24, "dimension 0"),
            ([0.0] * 4 + [-1e-9] + [0.0] * 19, "dimension 4"),
            ([0.0] * 23, "shape"),
            ([[0.0] * 24], "shape"),
            (["a"] * 24, "numbers"),
            (None, "without a descriptor"),
        ],
    )
    def test_one_bad_descriptor_keeps_the_whole_batch_out(self, filled, rng, values, message):
        collection, model = filled
        batch = [entry(rng, n) for n in range(200, 205)]
        given = {name: v for name, v in batch[3].descriptors.items() if name != "dense"}
        batch[3] = ImageEntry(batch[3].record, given if values is None else {**given, "dense": np.array(values)})
        with pytest.raises(DescriptorError, match=message) as caught:
            collection.upsert([*batch, entry(rng, 1, labels=("touched",))])
        assert image_id(203) in str(caught.value)
        assert "dense" in str(caught.value)
        assert [without_time(r) for r in collection.page(0, 100)] == [model.records[i] for i in model.found()]
        assert collection.check() == []

    @pytest.mark.parametrize(
        "bad",
        [
            {"labels": ("ok", "\udcff")},
            {"keywords": ("\ud800",)},
            {"caption": "\udcff"},
            {"locations": (Location("", 1, 1),)},
            {"locations": (Location("/a\0b", 1, 1),)},
            {"locations": (Location("/a\ud800b", 1, 1),)},
        ],
        ids=["label", "keyword", "caption", "no-path", "path-with-nul", "path-with-surrogate"],
    )
    def test_a_record_that_cannot_be_kept(self, filled, rng, bad):
        collection, _ = filled
        with pytest.raises(InvalidRequestError):
            collection.upsert([entry(rng, 300), entry(rng, 301, **bad)])
        with pytest.raises(InvalidRequestError):
            collection.update([record(1, labels=("touched",)), record(2, **bad)])
        assert collection.count() == 40
        assert "touched" not in collection.labels()

    def test_the_callers_arrays_stay_as_they_were(self, collection, rng):
        given = {name: v.astype(np.float64) for name, v in descriptors(rng).items()}
        before = {name: v.copy() for name, v in given.items()}
        collection.upsert([ImageEntry(record(1), given)])
        for name, values in given.items():
            np.testing.assert_array_equal(values, before[name])


class TestReading:
    @pytest.mark.parametrize("chosen", FILTERS, ids=[f"filter{n}" for n in range(len(FILTERS))])
    def test_count_page_and_sample_under_a_filter(self, filled, chosen):
        collection, model = filled
        expected = model.found(chosen)
        assert collection.count(chosen) == len(expected)
        pages = [r.id for offset in range(0, 60, 7) for r in collection.page(offset, 7, chosen)]
        assert pages == expected
        assert sorted(r.id for r in collection.sample(100, 1, chosen)) == expected

    def test_samples(self, filled):
        """The same for the same seed, others for others, without repeats."""
        collection, _ = filled
        draws = [[r.id for r in collection.sample(10, seed)] for seed in (1, 1, 2, 3)]
        assert draws[0] == draws[1]
        assert len({tuple(draw) for draw in draws}) == 3
        assert all(len(set(draw)) == 10 for draw in draws)
        assert {i for seed in range(60) for i in [r.id for r in collection.sample(10, seed)]} == {
            r.id for r in collection.page(0, 100)
        }

    @pytest.mark.parametrize(("offset", "limit"), [(-1, 5), (0, -1)])
    def test_a_page_that_cannot_be(self, filled, offset, limit):
        with pytest.raises(InvalidRequestError, match="-1"):
            filled[0].page(offset, limit)

    def test_locations(self, filled):
        collection, model = filled
        assert list(collection.locations()) == model.locations()

    def test_more_locations_than_fit_a_page(self, collection, rng):
        places = tuple(Location(f"/photos/{n:05d}.jpg", n, n, "/photos") for n in range(2500))
        collection.upsert([entry(rng, 1, locations=places)])
        assert [place for place, _ in collection.locations()] == list(places)

    def test_locations_while_writing(self, filled):
        """A walk over all locations may delete as it goes."""
        collection, model = filled
        seen = []
        for place, image in collection.locations():
            seen.append(place.path)
            collection.delete([image])
        assert seen == [place.path for place, _ in model.locations()]
        assert collection.count() == 0

    def test_labels(self, filled):
        collection, model = filled
        assert list(collection.labels().items()) == list(model.labels().items())

    @pytest.mark.parametrize(
        "text",
        [
            "cat",
            "CAFE",
            "café",
            "cafe\u0301",
            "sea at night",
            "night sea",
            "img_0001",
            "0001 jpg",
            "GRUS",
            "grü",
            "nai",
            "naive sunset",
            "bytes",
            "夏",
            "猫",
            'drop" OR "1',
            "name:cat",
            "NOT cat",
            "cat*",
            "^cat",
            "(cat",
            "images--",
            "-cat",
            "π of sunset",
            "nothingatall",
        ],
    )
    def test_keyword_search(self, filled, text):
        """A person's text is words and never syntax; case and accents do not matter; the last word may be cut."""
        collection, model = filled
        expected = model.found(Filter(text=text))
        assert sorted(collection.keyword_search(text, 100)) == expected
        assert set(collection.keyword_search(text, 2)) <= set(expected)
        assert len(collection.keyword_search(text, 2)) == min(2, len(expected))

    @pytest.mark.parametrize("text", ["", "   ", "*", '"', "-- ;", "😀"])
    def test_keyword_search_without_words_finds_nothing(self, filled, text):
        assert filled[0].keyword_search(text, 10) == []

    def test_vectors_are_bit_for_bit_what_was_stored(self, filled):
        collection, model = filled
        for one in ALL:
            ids = [image_id(n) for n in (5, 39, 0, 5)]
            found = collection.vectors(one.name, ids)
            assert found.dtype == np.float32
            assert found.tobytes() == b"".join(model.vectors[i][one.name].tobytes() for i in ids)

    def test_vectors_belong_to_the_caller(self, filled):
        collection, _ = filled
        collection.vectors("dense", [image_id(1)])[:] = 7
        assert collection.vectors("dense", [image_id(1)]).max() <= 1

    def test_vectors_of_an_image_that_is_not_there(self, filled):
        with pytest.raises(NotFoundError, match="nothing"):
            filled[0].vectors("dense", [image_id(1), "nothing"])

    def test_metadata(self, collection):
        value = {"codes": [1, 2.5, None, "ü\n"], "nested": {"a": True}}
        assert collection.metadata("trained") is None
        collection.set_metadata("trained", value)
        collection.set_metadata("other", [])
        assert collection.metadata("trained") == value
        assert collection.metadata_keys() == ["other", "trained"]
        collection.set_metadata("trained", None)
        assert collection.metadata("trained") is None
        assert collection.metadata("other") == []
        assert collection.metadata_keys() == ["other"]
