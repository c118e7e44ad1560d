"""Collections as a whole: their making and end, their one writer, their extractors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cbir.engines.base import SearchRequest, Severity
from cbir.errors import (
    AlreadyExistsError,
    DescriptorError,
    InvalidRequestError,
    NotFoundError,
    ReadOnlyError,
    UnknownNameError,
    WriterBusyError,
)
from cbir.records import Identity, ImageEntry
from cbir.strategies import STRATEGIES, Strategy

from .samples import ALL, DENSE, SPARSE, descriptors, entries, entry, image_id, record

LATE = Identity("late", 1, 5, non_negative=False)


class TestCapabilities:
    def test_every_strategy_that_it_names_runs_and_every_other_is_refused(self, engine, collection, rng, monkeypatch):
        monkeypatch.setitem(
            STRATEGIES._factories, "guess", lambda: Strategy("guess", "Guess", "Guesses.", exact=False)
        )
        collection.upsert(entries(rng, 3))
        for strategy in STRATEGIES.names():
            request = SearchRequest("dense", "cosine", strategy=strategy)
            if strategy in engine.capabilities.strategies:
                assert len(collection.search(request, np.ones((1, DENSE.dims), np.float32))[0].hits) == 3
            else:
                with pytest.raises(InvalidRequestError, match=strategy):
                    collection.search(request, np.ones((1, DENSE.dims), np.float32))

    def test_the_longest_descriptors_are_held_and_longer_ones_refused(self, engine, rng):
        longest = engine.capabilities.max_dims
        long = Identity("long", 1, longest or 25_088, non_negative=True)
        engine.create("photos", [long])
        with engine.open("photos", write=True) as collection:
            collection.upsert(entries(rng, 2, identities=[long]))
            own = collection.vectors("long", [image_id(1)])
            assert collection.search(SearchRequest("long", "cosine", 1), own)[0].hits[0].id == image_id(1)
        if longest is not None:
            with pytest.raises(InvalidRequestError, match=str(longest)):
                engine.create("other", [replace(long, dims=longest + 1)])

    def test_descriptors_of_the_largest_norm_are_held_and_larger_ones_refused(self, engine, collection, rng):
        largest = engine.capabilities.max_norm or 1e30
        values = np.zeros(DENSE.dims)
        values[:4] = largest / 2
        good = entry(rng, 1)
        bad = ImageEntry(record(2), {**good.descriptors, "dense": values * 1.01})
        if engine.capabilities.max_norm:
            with pytest.raises(DescriptorError, match=image_id(2)):
                collection.upsert([good, bad])
            assert collection.count() == 0
        collection.upsert([ImageEntry(good.record, {**good.descriptors, "dense": values * 0.99})])
        stored = collection.vectors("dense", [image_id(1)])
        np.testing.assert_array_equal(stored[0], (values * 0.99).astype(np.float32))


class TestMakingAndEnding:
    def test_a_collection_is_listed_until_it_is_dropped(self, engine):
        assert engine.collections() == []
        for name in ("zebra", "Alpha_1", "a.b-c"):
            engine.create(name, [DENSE])
        assert engine.collections() == ["Alpha_1", "a.b-c", "zebra"]
        engine.drop("zebra")
        assert engine.collections() == ["Alpha_1", "a.b-c"]

    def test_a_name_is_taken_once(self, engine, rng):
        engine.create("photos", [DENSE])
        with engine.open("photos", write=True) as collection:
            collection.upsert(entries(rng, 3, identities=[DENSE]))
        with pytest.raises(AlreadyExistsError, match="photos"):
            engine.create("photos", [SPARSE])
        with engine.open("photos") as collection:
            assert collection.count() == 3

    def test_a_dropped_name_is_free(self, engine, rng):
        engine.create("photos", [DENSE])
        with engine.open("photos", write=True) as collection:
            collection.upsert(entries(rng, 3, identities=[DENSE]))
        engine.drop("photos")
        engine.create("photos", [SPARSE])
        with engine.open("photos") as collection:
            assert collection.count() == 0
            assert [one.identity for one in collection.extractors()] == [SPARSE]

    @pytest.mark.parametrize(
        "name", ["", ".", "..", ".hidden", "-x", "a/b", "../up", "a b", "a\n", "ä", "x" * 65, "a\0"]
    )
    def test_names_that_cannot_be(self, engine, name):
        for call in (lambda: engine.create(name, [DENSE]), lambda: engine.open(name), lambda: engine.drop(name)):
            with pytest.raises(InvalidRequestError):
                call()
        assert engine.collections() == []

    def test_an_unknown_name_comes_with_the_near_one(self, engine):
        engine.create("holidays", [DENSE])
        for call in (engine.open, engine.drop):
            with pytest.raises(UnknownNameError, match="Did you mean 'holidays'"):
                call("holiday")

    def test_two_extractors_of_one_name(self, engine):
        with pytest.raises(InvalidRequestError, match="dense"):
            engine.create("photos", [DENSE, DENSE])
        assert engine.collections() == []

    def test_collections_are_apart(self, engine, rng):
        for name in ("one", "two"):
            engine.create(name, [DENSE])
        with engine.open("one", write=True) as one, engine.open("two", write=True) as two:
            one.upsert(entries(rng, 3, identities=[DENSE]))
            assert (one.count(), two.count()) == (3, 0)


class TestOpening:
    def test_all_is_there_after_reopening(self, engine, rng):
        engine.create("photos", ALL)
        batch = entries(rng, 20)
        with engine.open("photos", write=True) as collection:
            collection.upsert(batch)
            collection.set_metadata("key", [1])
            before = collection.page(0, 100)
        with engine.open("photos") as collection:
            assert collection.page(0, 100) == before
            assert collection.metadata("key") == [1]
            assert tuple(one.identity for one in collection.extractors()) == ALL
            for one in ALL:
                found = collection.vectors(one.name, [e.record.id for e in batch])
                assert found.tobytes() == b"".join(e.descriptors[one.name].tobytes() for e in batch)

    def test_a_second_writer_is_refused_or_joins(self, engine, rng):
        engine.create("photos", [DENSE])
        with engine.open("photos", write=True) as first:
            if engine.capabilities.many_writers:
                with engine.open("photos", write=True) as second:
                    first.upsert(entries(rng, 3, identities=[DENSE]))
                    second.upsert(entries(rng, 3, start=2, identities=[DENSE]))
                    assert first.count() == second.count() == 5
            else:
                with pytest.raises(WriterBusyError, match="photos"):
                    engine.open("photos", write=True)
                with pytest.raises(WriterBusyError, match="photos"):
                    engine.drop("photos")
        engine.open("photos", write=True).close()

    def test_readers_see_what_was_committed_last(self, engine, rng):
        engine.create("photos", ALL)
        with engine.open("photos", write=True) as writer, engine.open("photos") as reader:
            for count in (5, 10, 15):
                writer.upsert(entries(rng, 5, start=count - 5))
                assert reader.count() == count
                (ranking,) = reader.search(SearchRequest("dense", "cosine", k=100), np.ones((1, 24), np.float32))
                assert len(ranking.hits) == count
            writer.delete([image_id(0)])
            writer.compact()
            (ranking,) = reader.search(SearchRequest("dense", "cosine", k=100), np.ones((1, 24), np.float32))
            assert len(ranking.hits) == 14
            assert reader.get([image_id(0)]) == [None]

    def test_a_reader_cannot_write(self, engine, rng):
        engine.create("photos", [DENSE])
        with engine.open("photos") as reader:
            for call in (
                lambda: reader.upsert([entry(rng, 1, [DENSE])]),
                lambda: reader.update([record(1)]),
                lambda: reader.delete([image_id(1)]),
                lambda: reader.add_extractor(LATE),
                lambda: reader.drop_extractor("dense"),
                lambda: reader.fill("dense", {}),
                lambda: reader.set_metadata("k", 1),
                reader.compact,
            ):
                with pytest.raises(ReadOnlyError, match="photos"):
                    call()


class TestExtractors:
    def test_an_extractor_added_later_is_filled_in_turns(self, collection, rng):
        collection.upsert(entries(rng, 10))
        collection.add_extractor(LATE)
        ids = sorted(image_id(n) for n in range(10))
        assert collection.missing("late") == ids
        assert [(s.identity.name, s.missing, s.complete) for s in collection.extractors()][-1] == ("late", 10, False)
        assert collection.identities() == (*ALL, LATE)
        assert [finding.severity for finding in collection.check()] == [Severity.WARNING]
        vectors = {image: descriptors(rng, [LATE])["late"] for image in ids}
        collection.fill("late", {image: vectors[image] for image in ids[7:]})
        assert collection.missing("late") == ids[:7]
        assert collection.vectors("late", ids[7:]).tobytes() == b"".join(vectors[i].tobytes() for i in ids[7:])
        with pytest.raises(NotFoundError, match=ids[0]):
            collection.vectors("late", ids)
        collection.fill("late", {image: vectors[image] for image in reversed(ids[:7])})
        assert collection.extractors()[-1].complete
        assert collection.check() == []
        (ranking,) = collection.search(SearchRequest("late", "euclidean", k=1), vectors[ids[4]][None])
        assert (ranking.hits[0].id, ranking.hits[0].score) == (ids[4], 0)

    def test_changes_while_an_extractor_is_incomplete(self, collection, rng):
        """New and replaced images bring the descriptor, deleted ones need none, compaction keeps what is there."""
        collection.upsert(entries(rng, 12))
        collection.add_extractor(LATE)
        collection.upsert(entries(rng, 4, start=10, identities=(*ALL, LATE)))
        assert collection.missing("late") == sorted(image_id(n) for n in range(10))
        filled = descriptors(rng, [LATE])["late"]
        collection.fill("late", {image_id(4): filled})
        collection.delete([image_id(n) for n in (0, 1, 11)])
        collection.compact()
        assert collection.missing("late") == sorted(image_id(n) for n in (2, 3, 5, 6, 7, 8, 9))
        np.testing.assert_array_equal(collection.vectors("late", [image_id(4)])[0], filled)
        collection.delete(collection.missing("late"))
        assert collection.extractors()[-1].complete
        assert [f for f in collection.check() if f.severity is not Severity.NOTE] == []
        (ranking,) = collection.search(SearchRequest("late", "euclidean", k=10), filled[None])
        assert ranking.hits[0].id == image_id(4)
        assert {hit.id for hit in ranking.hits} == {image_id(n) for n in (4, 10, 12, 13)}

    def test_a_descriptor_that_is_there_is_not_filled_again(self, collection, rng):
        batch = entries(rng, 2)
        collection.upsert(batch)
        collection.fill("dense", {image_id(0): np.ones(DENSE.dims)})
        np.testing.assert_array_equal(collection.vectors("dense", [image_id(0)])[0], batch[0].descriptors["dense"])

    def test_bad_descriptors_are_not_filled(self, collection, rng):
        collection.upsert(entries(rng, 3))
        collection.add_extractor(LATE)
        with pytest.raises(DescriptorError, match=image_id(1)):
            collection.fill("late", {image_id(0): np.ones(5), image_id(1): [0, 0, 0, 0, np.nan]})
        with pytest.raises(NotFoundError, match="nothing"):
            collection.fill("late", {image_id(0): np.ones(5), "nothing": np.ones(5)})
        assert len(collection.missing("late")) == 3

    def test_an_extractor_of_the_same_name_is_refused(self, collection):
        with pytest.raises(AlreadyExistsError, match="dense"):
            collection.add_extractor(Identity("dense", 9, 3, non_negative=True))

    def test_a_dropped_extractor_leaves_nothing_behind(self, collection, rng):
        """The same name may come back with other dimensions."""
        collection.upsert(entries(rng, 5))
        collection.drop_extractor("dense")
        assert [s.identity.name for s in collection.extractors()] == ["sparse:relu", "signed"]
        assert [identity.name for identity in collection.identities()] == ["sparse:relu", "signed"]
        with pytest.raises(UnknownNameError):
            collection.search(SearchRequest("dense", "cosine"), np.ones((1, 24), np.float32))
        again = Identity("dense", 2, 3, non_negative=True)
        collection.add_extractor(again)
        assert len(collection.missing("dense")) == 5
        collection.fill("dense", {image_id(n): np.full(3, n) for n in range(5)})
        np.testing.assert_array_equal(collection.vectors("dense", [image_id(3)]), [[3, 3, 3]])
        assert [f for f in collection.check() if f.severity is Severity.FAULT] == []

    def test_a_collection_without_extractors(self, engine, rng):
        engine.create("bare", [])
        with engine.open("bare", write=True) as collection:
            collection.upsert(entries(rng, 3, identities=()))
            assert collection.count() == 3
            collection.add_extractor(LATE)
            assert len(collection.missing("late")) == 3

    @pytest.mark.parametrize("call", ["missing", "drop_extractor"])
    def test_unknown_extractors(self, collection, call):
        with pytest.raises(UnknownNameError, match="Did you mean 'signed'"):
            getattr(collection, call)("sined")

    def test_zero_descriptors_are_a_warning(self, collection, rng):
        collection.upsert([entry(rng, 1), entry(rng, 2)])
        collection.add_extractor(LATE)
        collection.fill("late", {image_id(1): np.zeros(5), image_id(2): np.ones(5)})
        (finding,) = collection.check()
        assert finding.severity is Severity.WARNING
        assert image_id(1) in finding.message
        assert "late" in finding.message
