"""What a collection on a cluster bears: several writers, lost answers, changes by hand, large numbers."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from elastic_transport import ConnectionTimeout

from cbir.engines.base import Filter, Severity
from cbir.engines.elasticsearch.bulk import Bulk
from cbir.engines.elasticsearch.engine import ElasticsearchEngine
from cbir.engines.elasticsearch.mapping import META
from cbir.errors import (
    AlreadyExistsError,
    CbirError,
    ConflictError,
    CorruptDataError,
    InvalidRequestError,
    NotFoundError,
    SchemaVersionError,
    StorageFullError,
    UnavailableError,
    WriterBusyError,
)
from cbir.records import Identity, ImageEntry, ImageRecord, Location
from tests.contract.samples import DENSE, SIGNED, entries, entry, image_id, record
from tests.elasticsearch.access import engine_on

TINY = Identity("tiny", 1, 2, non_negative=True)
MANY = 10_400
"""More than one answer of a server holds."""
LIMIT = 180.0
"""Seconds for what takes 30 on a machine that is idle."""


@pytest.fixture
def engine(elasticsearch_secured):
    with engine_on(elasticsearch_secured) as made:
        yield made


@pytest.fixture
def other(engine):
    """Another process, as far as the cluster can tell."""
    made = ElasticsearchEngine(engine._settings)
    yield made
    made.close()


@pytest.fixture
def photos(engine):
    """An empty collection, open for writing."""
    engine.create("photos", [DENSE, SIGNED])
    with engine.open("photos", write=True) as opened:
        yield opened


@pytest.fixture
def client(engine):
    return engine.cluster.client


@pytest.fixture
def alias(engine):
    return engine.cluster.names.alias("photos")


@pytest.fixture
def rng():
    return np.random.default_rng(4)


@pytest.fixture
def unseen(client, alias, photos):
    """Nothing is seen by searches until somebody asks for it."""
    client.indices.put_settings(index=alias, settings={"refresh_interval": "-1"})


def mine(rng, number, **fields):
    return entry(rng, number, [DENSE, SIGNED], **fields)


def change_meta(client, alias, change):
    """Change by hand what a mapping says of its collection."""
    ((_, index),) = client.indices.get_mapping(index=alias).body.items()
    meta = index["mappings"]["_meta"]
    change(meta[META])
    client.indices.put_mapping(index=alias, meta=meta)


class TestSeveralWriters:
    def test_what_two_add_to_the_same_images_at_the_same_time_is_all_there(self, engine, other, photos, rng):
        """Each adds 15 labels, a label a call, and a location a call, to the same four images."""
        base = [mine(rng, n) for n in range(4)]
        photos.upsert(base)

        def add(writer, sign):
            for turn in range(15):
                place = Location(f"/photos/{sign}/{turn}", turn, turn, "/photos")
                writer.upsert(
                    [
                        replace(
                            one,
                            record=replace(
                                one.record,
                                labels=(f"{sign}{turn:02}",),
                                locations=(replace(place, path=f"{place.path}-{number}"),),
                            ),
                        )
                        for number, one in enumerate(base)
                    ]
                )

        with other.open("photos", write=True) as second, ThreadPoolExecutor(2) as pool:
            for work in [pool.submit(add, photos, "a"), pool.submit(add, second, "b")]:
                work.result()
        wanted = tuple(f"{sign}{turn:02}" for sign in "ab" for turn in range(15))
        for number, found in enumerate(photos.get([one.record.id for one in base])):
            assert found.labels == wanted
            paths = {place.path for place in found.locations}
            assert paths >= {f"/photos/{sign}/{turn}-{number}" for sign in "ab" for turn in range(15)}

    def test_new_images_that_two_bring_are_merged(self, other, photos, rng):
        batch = [mine(rng, n) for n in range(40)]

        def labelled(label):
            return [replace(one, record=replace(one.record, labels=(label,))) for one in batch]

        with other.open("photos", write=True) as second, ThreadPoolExecutor(2) as pool:
            works = [pool.submit(photos.upsert, labelled("one")), pool.submit(second.upsert, labelled("two"))]
            results = [work.result() for work in works]
        assert all(result.done for results_of_one in results for result in results_of_one)
        assert {found.labels for found in photos.get([one.record.id for one in batch])} == {("one", "two")}

    def test_a_path_that_nobody_sees_yet_moves_all_the_same(self, photos, unseen, rng):
        photos.upsert([mine(rng, 1, name="x.jpg")])
        photos.upsert([mine(rng, 4, name="x.jpg")])
        assert [len(found.locations) for found in photos.get([image_id(1), image_id(4)])] == [0, 1]

    def test_the_first_descriptor_that_is_filled_stays(self, other, photos, rng):
        photos.upsert([mine(rng, n) for n in range(20)])
        photos.add_extractor(TINY)
        ids = [image_id(n) for n in range(20)]
        with other.open("photos", write=True) as second, ThreadPoolExecutor(2) as pool:
            fills = [
                pool.submit(writer.fill, "tiny", {image: np.full(2, value) for image in ids})
                for writer, value in ((photos, 1), (second, 2))
            ]
            for fill in fills:
                fill.result()
        before = photos.vectors("tiny", ids)
        assert {tuple(row) for row in before.tolist()} <= {(1, 1), (2, 2)}
        photos.fill("tiny", {image: np.full(2, 3) for image in ids})
        np.testing.assert_array_equal(photos.vectors("tiny", ids), before)

    def test_one_of_several_creators_makes_it(self, engine):
        def create():
            try:
                engine.create("photos", [DENSE])
            except AlreadyExistsError:
                return False
            return True

        engine.collections()
        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(lambda _: create(), range(4))) == [False, False, False, True]

    def test_extractors_that_several_add_at_the_same_time_are_all_there(self, photos):
        late = [Identity(f"late{n}", 1, 3 + n, non_negative=True) for n in range(4)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(photos.add_extractor, late))
        found = [one.identity for one in photos.extractors()]
        assert found[:2] == [DENSE, SIGNED]
        assert sorted(found[2:], key=lambda one: one.name) == late

    def test_the_right_to_change_extractors_is_waited_for_and_runs_out(self, photos, monkeypatch):
        metadata = photos._metadata
        with metadata.exclusive("photos"):
            monkeypatch.setattr(photos._cluster, "timeout", 0.2)
            with pytest.raises(WriterBusyError, match="photos"):
                photos.add_extractor(TINY)
        monkeypatch.setattr("cbir.engines.elasticsearch.metadata.LEASE_SECONDS", -1)
        assert metadata._take("changing/" + photos._cluster.names.alias("photos"), "photos")
        photos.add_extractor(TINY)
        assert photos.extractors()[-1].identity == TINY


class TestWhatOthersSee:
    def test_an_open_collection_sees_what_another_process_wrote_when_that_closes_it(self, other, photos, unseen, rng):
        with other.open("photos", write=True) as second:
            second.upsert([mine(rng, n) for n in range(3)])
        assert photos.count() == 3

    def test_images_and_descriptors_are_seen_by_their_ids_at_once(self, other, photos, unseen, rng):
        given = mine(rng, 1)
        with other.open("photos", write=True) as second:
            second.upsert([given])
            assert photos.get([image_id(1)]) != [None]
            found = photos.vectors("dense", [image_id(1)])
        assert found.tobytes() == given.descriptors["dense"].tobytes()


class TestLostAnswers:
    """The server did it, and nobody heard."""

    @pytest.fixture
    def losing(self, monkeypatch):
        """The first answer of a bulk request is lost."""
        lost = threading.Event()
        request = Bulk._request

        def once(bulk, actions, seconds):
            items = request(bulk, actions, seconds)
            if lost.is_set():
                return items
            lost.set()
            raise ConnectionTimeout("lost")

        monkeypatch.setattr(Bulk, "_request", once)
        return lost

    def test_new_images_count_as_done(self, photos, rng, losing):
        batch = entries(rng, 10, identities=[DENSE, SIGNED])
        results = photos.upsert(batch)
        assert losing.is_set()
        assert all(result.done for result in results)
        assert not any(result.done for result in photos.upsert(batch))
        assert photos.count() == 10

    def test_changed_records_count_as_done(self, photos, rng, losing):
        losing.set()
        photos.upsert([mine(rng, 1), mine(rng, 2)])
        losing.clear()
        changed = [record(n, labels=("new",)) for n in (1, 2, 99)]
        assert [result.done for result in photos.update(changed)] == [True, True, False]

    def test_deleted_images_count_as_done(self, photos, rng, losing):
        losing.set()
        photos.upsert([mine(rng, 1), mine(rng, 2)])
        losing.clear()
        assert all(result.done for result in photos.delete([image_id(1), image_id(2)]))
        assert photos.count() == 0


class TestWhatTheServerRefuses:
    def test_an_image_that_is_refused_is_named_and_the_others_are_there(self, photos, rng):
        batch = [mine(rng, n) for n in range(5)]
        batch[2] = replace(batch[2], record=replace(batch[2].record, width=2**40))
        with pytest.raises(CbirError, match=f"mage {image_id(2)} of the collection 'photos'.*width"):
            photos.upsert(batch)
        assert [found is not None for found in photos.get([image_id(n) for n in range(5)])] == [1, 1, 0, 1, 1]
        batch[2] = replace(batch[2], record=replace(batch[2].record, width=7))
        assert [result.done for result in photos.upsert(batch)] == [False, False, True, False, False]

    def test_a_full_disk(self, client, alias, photos, rng):
        """The block that the server sets itself at the flood stage."""
        client.indices.put_settings(index=alias, settings={"index.blocks.read_only_allow_delete": True})
        with pytest.raises(StorageFullError, match="photos"):
            photos.upsert([mine(rng, 1)])
        client.indices.put_settings(index=alias, settings={"index.blocks.read_only_allow_delete": None})
        assert photos.upsert([mine(rng, 1)])[0].done

    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ({"id": "é" * 257}, "an id of 514 bytes"),
            ({"labels": ("ok", "x" * 32_767)}, "a label of 32,767 bytes"),
            ({"locations": (Location("/" + "\xe9" * 10_000, 1, 1),)}, "a path of 40,001 bytes"),
        ],
        ids=["id", "label", "path"],
    )
    def test_what_no_index_holds_is_refused_before_anything_is_stored(self, photos, rng, fields, message):
        bad = mine(rng, 2)
        bad = replace(bad, record=replace(bad.record, **fields))
        with pytest.raises(InvalidRequestError, match=message):
            photos.upsert([mine(rng, 1), bad])
        with pytest.raises(InvalidRequestError, match=message):
            photos.update([record(1), bad.record])
        assert photos.count() == 0

    def test_the_longest_that_an_index_holds_comes_back(self, photos, rng):
        given = mine(rng, 1)
        longest = replace(
            given.record,
            id="é" * 256,
            labels=("x" * 32_766,),
            keywords=("k" * 300, "猫" * 300),
            locations=(Location("/" + "a" * 32_765, 1, 1, "/"),),
        )
        photos.upsert([replace(given, record=longest)])
        (found,) = photos.get([longest.id])
        assert replace(found, added_at=None) == longest
        assert photos.labels() == {longest.labels[0]: 1}
        assert list(photos.locations()) == [(longest.locations[0], longest.id)]
        for text in ("k" * 300, "k" * 20, "猫" * 300):
            assert photos.keyword_search(text, 5) == [longest.id]
        assert photos.vectors("dense", [longest.id]).tobytes() == given.descriptors["dense"].tobytes()


class TestChangesByHand:
    def test_a_collection_that_was_deleted_is_not_made_again_by_writing(self, engine, other, photos, rng):
        photos.upsert([mine(rng, 1)])
        other.drop("photos")
        for call in (
            lambda: photos.upsert([mine(rng, 2)]),
            lambda: photos.update([record(1)]),
            lambda: photos.delete([image_id(1)]),
            lambda: photos.get([image_id(1)]),
            photos.count,
            photos.check,
        ):
            with pytest.raises(NotFoundError, match="photos"):
                call()
        assert engine.collections() == []

    def test_a_collection_that_is_deleted_between_reading_and_writing(self, engine, other, photos, rng, monkeypatch):
        plan = photos._writer._plan
        monkeypatch.setattr(photos._writer, "_plan", lambda records: (plan(records), other.drop("photos"))[0])
        with pytest.raises(NotFoundError, match="photos"):
            photos.upsert([mine(rng, 2)])
        assert engine.collections() == []

    def test_an_index_of_something_else_behind_the_alias(self, engine, client, alias):
        client.indices.create(index=f"x{alias}", aliases={alias: {}})
        try:
            with pytest.raises(CorruptDataError, match=f"x{alias}"):
                engine.open("photos")
            with pytest.raises(AlreadyExistsError, match="photos"):
                engine.create("photos", [DENSE])
            engine.drop("photos")
            assert engine.collections() == []
            assert client.indices.exists(index=f"x{alias}")
        finally:
            client.indices.delete(index=f"x{alias}")

    def test_another_collections_index_behind_the_alias(self, engine, client, photos, alias):
        client.indices.put_alias(index=alias + "+000001", name=engine.cluster.names.alias("second"))
        with pytest.raises(CorruptDataError, match="index of 'photos'"):
            engine.open("second")
        engine.drop("second")
        assert engine.collections() == ["photos"]
        assert photos.count() == 0

    def test_two_indices_behind_the_alias(self, engine, client, photos, alias):
        client.indices.create(index=f"{alias}+000002", mappings={"_meta": {}}, aliases={alias: {}})
        with pytest.raises(CorruptDataError):
            engine.open("photos")
        engine.drop("photos")
        assert engine.collections() == []

    def test_an_index_of_another_version(self, engine, client, alias, photos):
        change_meta(client, alias, lambda own: own.update(schema=99))
        with pytest.raises(SchemaVersionError, match="form 99"):
            engine.open("photos")

    def test_a_changed_description(self, engine, client, alias, photos, rng):
        """Its fields are not those of the mapping: nothing is answered from them, and the rest can be saved."""
        photos.upsert([mine(rng, 1)])
        change_meta(client, alias, lambda own: own["extractors"][0]["identity"].update(dims=25))
        with pytest.raises(CorruptDataError, match=r"x0\.values_0"):
            engine.open("photos")
        assert "x0.values_0" in str([f.message for f in photos.check() if f.severity is Severity.FAULT])
        with engine.open("photos", write=True, repair=True) as opened:
            opened.drop_extractor("dense")
        with engine.open("photos") as opened:
            assert [one.identity for one in opened.extractors()] == [SIGNED]
            assert opened.check() == []

    def test_an_index_without_the_fields_of_every_image(self, engine, client, alias, photos):
        ((name, index),) = client.indices.get_mapping(index=alias).body.items()
        client.indices.delete(index=name)
        mapping = index["mappings"]
        mapping["properties"]["zeros"] = {"type": "text"}
        client.indices.create(index=f"y{name}", mappings=mapping, aliases={alias: {}})
        try:
            with pytest.raises(CorruptDataError, match="'zeros'"):
                engine.open("photos")
        finally:
            client.indices.delete(index=f"y{name}")

    def test_a_document_that_lost_a_field(self, client, alias, photos, rng):
        photos.upsert([mine(rng, n) for n in range(3)])
        for field in ("roots_0", "values_0"):
            client.update(index=alias, id=image_id(1), script=f"ctx._source.x0.remove('{field}')", refresh=True)
            (finding,) = photos.check()
            assert finding.severity is Severity.FAULT
            assert image_id(1) in finding.message
            assert "dense" in finding.message
        with pytest.raises(CorruptDataError, match=image_id(1)):
            photos.vectors("dense", [image_id(0), image_id(1)])
        assert photos.vectors("signed", [image_id(1)]).shape == (1, 9)

    def test_images_that_others_change_without_end_are_given_up(self, photos, rng, monkeypatch):
        photos.upsert([mine(rng, 1)])
        monkeypatch.setattr("cbir.engines.elasticsearch.writer.ROUNDS", 3)
        states = photos._reader.states

        def outdated(images):
            return {image: replace(one, version=(0, 99)) for image, one in states(images).items()}

        monkeypatch.setattr(photos._reader, "states", outdated)
        with pytest.raises(ConflictError, match=image_id(1)):
            photos.upsert([mine(rng, 1, labels=("new",))])


class TestShardsThatAreAway:
    @pytest.fixture
    def away(self, client, alias, photos):
        """A collection whose only shard is on no node."""
        ((name, index),) = client.indices.get_mapping(index=alias).body.items()
        client.indices.delete(index=name)
        client.indices.create(
            index=name,
            mappings=index["mappings"],
            aliases={alias: {}},
            settings={"index.routing.allocation.require._name": "no node"},
            wait_for_active_shards=0,
        )
        return photos

    def test_nothing_is_answered_from_the_rest(self, away, rng):
        for call in (
            away.count,
            away.labels,
            lambda: away.get([image_id(1)]),
            lambda: away.page(0, 5),
            lambda: away.vectors("dense", [image_id(1)]),
            lambda: away.upsert([mine(rng, 2)]),
        ):
            with pytest.raises(UnavailableError, match="photos"):
                call()

    def test_a_check_says_so(self, away):
        (finding,) = away.check()
        assert finding.severity is Severity.FAULT
        assert "1 shards of 'photos'" in finding.message

    def test_a_replica_that_is_nowhere_is_a_warning(self, client, alias, photos):
        replicas = {"index.auto_expand_replicas": False, "index.number_of_replicas": 1}
        client.indices.put_settings(index=alias, settings=replicas)
        (finding,) = photos.check()
        assert finding.severity is Severity.WARNING
        assert "1 replicas of 'photos'" in finding.message


def test_a_dropped_collection_leaves_nothing_for_the_next_of_its_name(engine, client):
    engine.create("photos", [DENSE])
    with engine.open("photos", write=True) as opened:
        opened.set_metadata("key", [1])
        opened.add_extractor(SIGNED)
    engine.drop("photos")
    assert client.indices.get(index=engine.cluster.names.every).body == {}
    engine.create("photos", [DENSE])
    with engine.open("photos") as opened:
        assert opened.metadata("key") is None
        assert opened.metadata_keys() == []


def test_a_dropped_extractor_leaves_only_bytes_and_new_images_bring_none(client, alias, photos, rng):
    photos.upsert([mine(rng, 1)])
    photos.drop_extractor("signed")
    photos.upsert([entry(rng, 2, [DENSE])])
    photos.add_extractor(SIGNED)
    assert photos.missing("signed") == sorted([image_id(1), image_id(2)])
    source = client.get(index=alias, id=image_id(2))["_source"]
    assert source["has"] == ["x0"]


@pytest.fixture(scope="module")
def many(elasticsearch_secured):
    """More images than one answer holds, and their ids in order."""
    with engine_on(elasticsearch_secured) as engine:
        engine.create("many", [TINY])
        ids = [f"{n:05}" for n in range(MANY)]
        values = np.random.default_rng(1).random((MANY, 2), dtype=np.float32)
        with engine.open("many", write=True) as opened:
            opened.upsert(
                [
                    ImageEntry(
                        ImageRecord(image, 1, 1, "PNG", (), (f"label {image}",), (f"word {image}",)),
                        {"tiny": vector},
                    )
                    for image, vector in zip(ids, values, strict=True)
                ]
            )
            yield opened, ids, values


def test_compaction_gives_the_space_of_deleted_images_back(engine, rng):
    """As soon as the server lets go of them, which it does twice a minute."""
    wide = Identity("wide", 1, 1024, non_negative=True)
    engine.create("photos", [wide])
    with engine.open("photos", write=True) as opened:
        batch = entries(rng, 200, identities=[wide])
        opened.upsert(batch)
        opened.delete([one.record.id for one in batch[50:]])
        freed, end = opened.compact(), time.monotonic() + LIMIT
        while not freed and time.monotonic() < end:
            time.sleep(2)
            freed = opened.compact()
        assert freed > 150 * 1024 * 4
        found = opened.vectors("wide", [one.record.id for one in batch[:50]])
        assert found.tobytes() == b"".join(one.descriptors["wide"].tobytes() for one in batch[:50])


class TestLargeNumbers:
    def test_pages_beyond_the_window(self, many):
        opened, ids, _ = many
        for offset, limit in ((0, 5), (9_990, 20), (10_000, 7), (10_200, 50), (MANY - 3, 10), (MANY, 10)):
            assert [one.id for one in opened.page(offset, limit)] == ids[offset : offset + limit]
        chosen = Filter(exclude=frozenset(ids[:100]))
        assert [one.id for one in opened.page(10_050, 20, chosen)] == ids[10_150:10_170]

    def test_all_at_once(self, many):
        opened, ids, values = many
        assert [one.id for one in opened.page(0, 10**9)] == ids
        assert [one.id for page in opened.walk(3_000) for one in page] == ids
        assert [one.id for page in opened.walk(10**6) for one in page] == ids
        assert opened.count() == MANY
        assert opened.vectors("tiny", ids[::-1]).tobytes() == values[::-1].tobytes()

    def test_a_sample_larger_than_the_window(self, many):
        opened, ids, _ = many
        drawn = [one.id for one in opened.sample(10_300, 7)]
        assert len(set(drawn)) == 10_300
        assert drawn[:50] == [one.id for one in opened.sample(50, 7)]
        assert sorted(one.id for one in opened.sample(10**6, 7)) == ids

    def test_more_words_and_labels_than_the_window(self, many):
        opened, ids, _ = many
        found = opened.keyword_search("word", 10_300)
        assert len(set(found)) == len(found) == 10_300
        assert sorted(opened.keyword_search("wor", 10**6)) == ids
        assert opened.labels() == {f"label {image}": 1 for image in ids}

    def test_more_missing_and_excluded_than_the_window(self, many):
        opened, ids, _ = many
        opened.add_extractor(replace(TINY, name="late"))
        assert opened.missing("late") == ids
        opened.drop_extractor("late")
        out = frozenset([*ids[50:], *(f"none {n}" for n in range(70_000))])
        assert [one.id for one in opened.page(0, 100, Filter(exclude=out))] == ids[:50]


def test_the_more_relevant_images_come_first(photos, rng):
    """BM25 prefers the image whose few words are the ones asked for; equal ones come by id."""
    photos.upsert(
        [
            mine(rng, 1, name="a.jpg", caption="sunset " + "something else entirely " * 20),
            mine(rng, 2, name="a.jpg", caption="sunset sunset"),
            mine(rng, 3, name="a.jpg", caption="sunsets"),
            *(mine(rng, n, name="a.jpg", caption="moon") for n in (5, 4, 6)),
        ]
    )
    assert photos.keyword_search("sunset", 10)[0] == image_id(2)
    assert set(photos.keyword_search("sunset", 10)) == {image_id(n) for n in (1, 2, 3)}
    assert photos.keyword_search("moon", 10) == sorted(image_id(n) for n in (4, 5, 6))
