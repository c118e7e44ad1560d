"""A collection is written into a new index while searches go on, and whatever happens it keeps answering."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from elasticsearch import Elasticsearch

from cbir.engines.base import SearchRequest, Severity
from cbir.engines.elasticsearch import rebuild as rebuilding
from cbir.engines.elasticsearch.engine import ElasticsearchEngine
from cbir.errors import (
    CbirError,
    ConflictError,
    CorruptDataError,
    SchemaVersionError,
    StorageError,
    UnknownNameError,
    WriterBusyError,
)
from cbir.progress import Silent
from cbir.records import Identity
from tests.contents import contents
from tests.contract.samples import ALL, DENSE, SIGNED, SPARSE, entries, entry, image_id
from tests.elasticsearch.access import key_of_role, settings_for

IMAGES = 60
LONG = Identity("long", 1, 4416, non_negative=True)
"""Split over two fields."""
SLOW = 40
"""Documents a second where a rebuild is to be caught in the middle."""
LIMIT = 120.0
"""Seconds for what takes a few on a machine that is idle."""


@pytest.fixture
def engine(elasticsearch_secured):
    settings = settings_for(elasticsearch_secured, namespace=f"r{secrets.token_hex(8)}")
    with opened(settings) as made:
        yield made


@contextlib.contextmanager
def opened(settings):
    """An engine whose namespace is emptied at the end."""
    made = ElasticsearchEngine(settings)
    yield made
    for name in made.collections():
        made.drop(name)
    names, client = made.cluster.names, made.cluster.client
    left = [*client.indices.get(index=names.every).body, names.metadata]
    client.options(ignore_status=404).indices.delete(index=left)
    made.close()


def fill(engine, count=IMAGES, identities=ALL):
    engine.create("photos", identities)
    rng = np.random.default_rng(5)
    with engine.open("photos", write=True) as stored:
        stored.upsert(entries(rng, count, identities=identities))
        stored.set_metadata("note", [1])
    return engine


@pytest.fixture
def photos(engine):
    return fill(engine)


def generations(engine):
    """Numbers of the indices of `photos`, and that of the one which answers."""
    names, client = engine.cluster.names, engine.cluster.client
    there = [int(index.rpartition("+")[2]) for index in client.indices.get(index=names.generations("photos")).body]
    (live,) = client.indices.get_alias(name=names.alias("photos")).body
    return sorted(there), int(live.rpartition("+")[2])


def index_of(engine, generation):
    return engine.cluster.names.index("photos", generation)


def rankings(stored, count=5):
    """All hits of searches by the last images' descriptors."""
    ids = [record.id for page in stored.walk(1000) for record in page][-count:]
    return [
        stored.search(SearchRequest(extractor, metric, k=1000), stored.vectors(extractor, ids))
        for extractor, metric in (("dense", "chi2"), ("sparse:relu", "kl"), ("signed", "euclidean"))
    ]


class During(Silent):
    """Does something once, when documents are being copied."""

    def __init__(self, act):
        self.act = act
        self.steps = 0

    def advance(self, steps=1):
        act, self.act = self.act, lambda: None
        act()
        self.steps += steps


@pytest.fixture
def slow(monkeypatch):
    """Rebuilds take some seconds."""
    original = Elasticsearch.reindex
    monkeypatch.setattr(rebuilding, "LARGEST_BATCH", 10)
    monkeypatch.setattr(rebuilding, "POLL_SECONDS", 0.1)
    monkeypatch.setattr(
        Elasticsearch, "reindex", lambda self, **given: original(self, **given, requests_per_second=SLOW)
    )


def assert_in_order(engine, before, *, live, count=IMAGES):
    """It answers as before, takes writes, and nothing is left."""
    assert contents(engine, "photos") == before
    assert generations(engine) == ([live], live)
    with engine.open("photos", write=True) as stored:
        assert stored.upsert([entry(np.random.default_rng(1), 500)])[0].done
        assert stored.count() == count + 1
        assert [one for one in stored.check() if one.severity is Severity.FAULT] == []
        stored.delete([image_id(500)])


def test_a_rebuilt_collection_holds_what_it_held_and_answers_as_it_did(photos):
    before = contents(photos, "photos")
    with photos.open("photos") as stored:
        ranked = rankings(stored)
    progress = During(lambda: None)
    assert photos.rebuild("photos", progress) >= 0
    with photos.open("photos") as stored:
        assert rankings(stored) == ranked
        assert stored.keyword_search("sunset", 5)
    assert before.metadata == {"note": [1]}
    assert_in_order(photos, before, live=2)


def test_long_descriptors_and_every_kind_of_value_arrive_bit_for_bit(engine):
    engine.create("photos", [LONG, SIGNED])
    rng = np.random.default_rng(3)
    rows = [entry(rng, number, (LONG, SIGNED)) for number in range(20)]
    odd = [np.zeros(9), np.full(9, -0.0), np.full(9, 1e-45), np.full(9, -1.1754942e-38), np.full(9, 1 / 3)]
    for number, values in enumerate(odd):
        rows[number].descriptors["signed"][:] = values
        rows[number].descriptors["long"][:3000] = 0 if number == 0 else np.abs(values[0])
    with engine.open("photos", write=True) as stored:
        stored.upsert(rows)
    before = contents(engine, "photos")
    engine.rebuild("photos", Silent())
    assert contents(engine, "photos") == before
    for one in rows:
        assert before.descriptors["signed"][one.record.id] == one.descriptors["signed"].tobytes()


def test_the_number_of_shards_is_that_of_the_settings(photos, elasticsearch_secured):
    before = contents(photos, "photos")
    namespace = photos.cluster.names.namespace
    other = ElasticsearchEngine(settings_for(elasticsearch_secured, namespace=namespace, shards=3))
    other.rebuild("photos", Silent())
    other.close()
    settings = photos.cluster.client.indices.get_settings(index=index_of(photos, 2)).body
    assert settings[index_of(photos, 2)]["settings"]["index"]["number_of_shards"] == "3"
    assert_in_order(photos, before, live=2)


def test_deleted_images_and_dropped_extractors_take_no_space_any_more(photos):
    with photos.open("photos", write=True) as stored:
        stored.delete([image_id(number) for number in range(40)])
        stored.drop_extractor("sparse:relu")
    before = contents(photos, "photos")
    assert photos.rebuild("photos", Silent()) > 0
    assert contents(photos, "photos") == before
    client, index = photos.cluster.client, index_of(photos, 2)
    mapping = client.indices.get_mapping(index=index)[index]["mappings"]
    assert {"x0", "x2"} <= mapping["properties"].keys()
    assert "x1" not in mapping["properties"]
    assert client.indices.stats(index=index, metric="docs")["_all"]["primaries"]["docs"]["deleted"] == 0
    sources = [hit["_source"] for hit in client.search(index=index, size=100)["hits"]["hits"]]
    assert len(sources) == 20
    for source in sources:
        assert "x1" not in source
        assert source["has"] == ["x0", "x2"]
        assert source["record"]["digests"].keys() == {"x0", "x2"}
    with photos.open("photos", write=True) as stored:
        stored.add_extractor(SPARSE)
        assert len(stored.missing("sparse:relu")) == 20
    mapping = client.indices.get_mapping(index=index)[index]["mappings"]
    assert "x3" in mapping["properties"]


class Searcher(threading.Thread):
    """Searches without a pause, and keeps the answers that differ from the first one."""

    def __init__(self, engine, request, queries, expected):
        super().__init__()
        self.engine, self.request, self.queries, self.expected = engine, request, queries, expected
        self.ended, self.answers, self.odd = threading.Event(), 0, []

    def run(self):
        with self.engine.open("photos") as stored:
            while not self.ended.is_set():
                try:
                    found = (stored.search(self.request, self.queries), stored.count())
                    records = stored.get([hit.id for hit in found[0][0].hits])
                    good = found == self.expected and None not in records
                    self.odd += [] if good else [found]
                except CbirError as error:
                    self.odd.append(error)
                self.answers += 1


def test_searches_go_on_with_the_same_answers_and_writers_are_told(engine, monkeypatch):
    count = 3000
    fill(engine, count)
    monkeypatch.setattr(rebuilding, "LARGEST_BATCH", 100)
    request = SearchRequest("dense", "chi2", k=50)
    with engine.open("photos") as stored:
        queries = stored.vectors("dense", [image_id(1), image_id(2)])
        expected = (stored.search(request, queries), count)
    searchers = [Searcher(engine, request, queries, expected) for _ in range(4)]
    writes = []

    def write():
        with engine.open("photos", write=True) as stored, pytest.raises(WriterBusyError) as refused:
            stored.upsert([entry(np.random.default_rng(1), 99_999)])
        writes.append(refused.value)

    for one in searchers:
        one.start()
    try:
        for _ in range(2):
            answered = [one.answers for one in searchers]
            progress = During(write)
            engine.rebuild("photos", progress)
            assert all(one.answers > before for one, before in zip(searchers, answered, strict=True))
            assert 0 < progress.steps <= count
    finally:
        for one in searchers:
            one.ended.set()
            one.join()
    assert [one.odd for one in searchers] == [[]] * 4
    assert sum(one.answers for one in searchers) > 20
    assert [str(error) for error in writes if "rebuil" not in str(error)] == []
    assert len(writes) == 2
    assert generations(engine) == ([3], 3)


def test_an_extractor_that_is_added_meanwhile_stays(photos, slow):
    def change():
        with photos.open("photos", write=True) as stored:
            stored.add_extractor(LONG)
            stored.drop_extractor("dense")

    photos.rebuild("photos", During(change))
    with photos.open("photos", write=True) as stored:
        assert [(one.identity.name, one.missing) for one in stored.extractors()] == [
            ("sparse:relu", 0), ("signed", 0), ("long", IMAGES),
        ]  # fmt: skip
        stored.fill("long", {image_id(0): np.ones(4416)})
        assert len(stored.missing("long")) == IMAGES - 1
    photos.rebuild("photos", Silent())
    with photos.open("photos") as stored:
        assert stored.vectors("long", [image_id(0)]).sum() == 4416


def interrupt(engine):
    raise KeyboardInterrupt


def reindexing(engine):
    """Tasks of the cluster that fill an index of `photos`."""
    found = engine.cluster.client.perform_request("GET", "/_tasks?actions=*reindex&detailed=true&group_by=none").body
    names = f"to [{engine.cluster.names.alias('photos')}+"
    return [f"{task['node']}:{task['id']}" for task in found["tasks"] if names in task["description"]]


def cancel(engine):
    (task,) = reindexing(engine)
    engine.cluster.client.perform_request("POST", f"/_tasks/{task}/_cancel")


def delete(engine):
    engine.cluster.client.indices.delete(index=index_of(engine, 2))


def let_write(engine):
    engine.cluster.client.indices.put_settings(index=index_of(engine, 1), settings={"index.blocks.write": None})


def refuse(engine):
    engine.cluster.client.indices.add_block(index=index_of(engine, 2), block="write")


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        pytest.param(interrupt, KeyboardInterrupt, id="Ctrl-C"),
        pytest.param(cancel, ConflictError, id="cancelled on the cluster"),
        pytest.param(delete, ConflictError, id="the new index is deleted"),
        pytest.param(let_write, ConflictError, id="the old one is let take writes by hand"),
        pytest.param(refuse, StorageError, id="documents are refused"),
    ],
)
def test_a_failure_leaves_the_collection_as_it_was(photos, slow, act, kind):
    before = contents(photos, "photos")
    with pytest.raises(kind):
        photos.rebuild("photos", During(lambda: act(photos)))
    assert_in_order(photos, before, live=1)
    photos.rebuild("photos", Silent())
    assert_in_order(photos, before, live=2)


def test_a_collection_that_is_deleted_meanwhile_stays_deleted(photos, slow):
    with pytest.raises(ConflictError, match="was deleted"):
        photos.rebuild("photos", During(lambda: photos.drop("photos")))
    assert photos.collections() == []
    assert photos.cluster.client.indices.get(index=photos.cluster.names.every).body == {}


def test_a_failure_after_the_aliases_moved_goes_back(photos, monkeypatch):
    before = contents(photos, "photos")
    original = rebuilding._Rebuild._move_aliases

    def moved(work):
        original(work)
        assert generations(photos) == ([1, 2], 2)
        with photos.open("photos", write=True) as stored, pytest.raises(WriterBusyError):
            stored.delete([image_id(0)])
        raise KeyboardInterrupt

    monkeypatch.setattr(rebuilding._Rebuild, "_move_aliases", moved)
    with pytest.raises(KeyboardInterrupt):
        photos.rebuild("photos", Silent())
    assert_in_order(photos, before, live=1)


def test_two_at_the_same_time(photos, slow):
    before = contents(photos, "photos")
    refused = []

    def second():
        with pytest.raises(WriterBusyError, match="'photos' is being rebuilt already") as caught:
            photos.rebuild("photos", Silent())
        refused.append(caught.value)

    photos.rebuild("photos", During(second))
    assert refused
    assert_in_order(photos, before, live=2)


def test_of_many_that_begin_together_one_is_done(photos):
    before = contents(photos, "photos")
    results = []

    def attempt():
        try:
            results.append(photos.rebuild("photos", Silent()))
        except CbirError as error:
            results.append(error)

    threads = [threading.Thread(target=attempt) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert any(isinstance(one, int) for one in results)
    assert all(isinstance(one, int | WriterBusyError | ConflictError) for one in results), results
    _, live = generations(photos)
    assert_in_order(photos, before, live=live)


def test_one_that_was_thought_dead_harms_nothing(photos):
    before = contents(photos, "photos")
    late = rebuilding._begin(photos.cluster, "photos")
    photos.rebuild("photos", Silent())
    assert generations(photos) == ([3], 3)
    with pytest.raises(CbirError), photos.cluster.answers("the late one"):
        late.run(Silent())
    with contextlib.suppress(CbirError), photos.cluster.answers("the late one"):
        late.give_up()
    assert_in_order(photos, before, live=3)


KILLED = f"""
import os
from cbir.engines.elasticsearch import rebuild as rebuilding
from cbir.engines.elasticsearch.engine import ElasticsearchEngine
from cbir.progress import Silent
from cbir.settings import read_settings
from elasticsearch import Elasticsearch

class Telling(Silent):
    def advance(self, steps=1):
        print("copying", flush=True)

original = Elasticsearch.reindex
Elasticsearch.reindex = lambda self, **given: original(self, **given, requests_per_second={SLOW / 4})
rebuilding.LARGEST_BATCH = 10
rebuilding.POLL_SECONDS = 0.1
ElasticsearchEngine(read_settings(environment=os.environ)).rebuild("photos", Telling())
"""


def test_a_rebuild_that_is_killed(photos, elasticsearch_secured):
    before = contents(photos, "photos")
    namespace = {"CBIR_ELASTICSEARCH_NAMESPACE": photos.cluster.names.namespace}
    environment = os.environ | elasticsearch_secured.environment() | namespace
    with subprocess.Popen([sys.executable, "-c", KILLED], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"copying\n"
        process.kill()
        assert process.wait() == -signal.SIGKILL
    assert generations(photos) == ([1, 2], 1)
    assert contents(photos, "photos") == before
    with photos.open("photos", write=True) as stored, pytest.raises(WriterBusyError, match="being rebuilt") as told:
        stored.delete([image_id(0)])
    assert "run it again" in told.value.remedy
    with pytest.raises(WriterBusyError, match="being rebuilt already"):
        photos.rebuild("photos", Silent())
    end = time.monotonic() + LIMIT
    while reindexing(photos) and time.monotonic() < end:
        time.sleep(0.2)
    photos.rebuild("photos", Silent())
    assert_in_order(photos, before, live=3)


@pytest.mark.parametrize("step", ["_move_aliases", "_take_block_off"])
def test_a_rebuild_that_ends_without_a_word_when_the_aliases_have_moved(photos, monkeypatch, step):
    """As if it were killed: nothing that it does later is done."""
    before = contents(photos, "photos")
    work = rebuilding._begin(photos.cluster, "photos")
    work.run(Silent())
    if step == "_take_block_off":
        work._take_block_off(work.new)
    assert generations(photos) == ([1, 2], 2)
    assert contents(photos, "photos") == before
    photos.rebuild("photos", Silent())
    assert_in_order(photos, before, live=3)


def test_an_alias_that_a_person_made_stays(photos):
    client = photos.cluster.client
    alias = f"mine-{photos.cluster.names.namespace}"
    query = {"term": {"format": "JPEG"}}
    client.indices.put_alias(index=index_of(photos, 1), name=alias, filter=query)
    photos.rebuild("photos", Silent())
    assert client.indices.get_alias(name=alias).body == {
        index_of(photos, 2): {"aliases": {alias: {"filter": {"term": {"format": {"value": "JPEG"}}}}}}
    } or client.indices.get_alias(name=alias).body == {index_of(photos, 2): {"aliases": {alias: {"filter": query}}}}
    assert client.count(index=alias)["count"] == IMAGES


def test_a_field_that_is_none_of_ours_is_named_and_nothing_is_lost(photos):
    before = contents(photos, "photos")
    client = photos.cluster.client
    client.indices.put_mapping(index=index_of(photos, 1), properties={"mine": {"type": "keyword"}})
    with pytest.raises(CorruptDataError, match="'mine'") as told:
        photos.rebuild("photos", Silent())
    assert "cbir@custom" in told.value.remedy
    assert_in_order(photos, before, live=1)


def test_another_index_behind_the_alias(photos):
    client, names = photos.cluster.client, photos.cluster.names
    other = names.index("other", 1)
    photos.create("other", [DENSE])
    client.indices.put_alias(index=other, name=names.alias("photos"))
    with pytest.raises(CorruptDataError, match=names.alias("photos")):
        photos.rebuild("photos", Silent())
    client.indices.delete_alias(index=index_of(photos, 1), name=names.alias("photos"))
    with pytest.raises(CorruptDataError, match=names.alias("photos")):
        photos.rebuild("photos", Silent())
    client.indices.delete_alias(index=other, name=names.alias("photos"))
    client.indices.put_alias(index=index_of(photos, 1), name=names.alias("photos"))
    assert generations(photos) == ([1], 1)


def test_an_unknown_collection(photos):
    with pytest.raises(UnknownNameError, match="photo") as told:
        photos.rebuild("photo", Silent())
    assert "Did you mean 'photos'?" in told.value.remedy
    with pytest.raises(CbirError):
        photos.rebuild("*", Silent())


def describe(engine, **changed):
    """Change the description in the mapping by hand."""
    client, index = engine.cluster.client, index_of(engine, 1)
    own = client.indices.get_mapping(index=index)[index]["mappings"]["_meta"]["cbir"]
    client.indices.put_mapping(index=index, meta={"cbir": own | changed})


def test_an_index_of_another_form(photos, monkeypatch):
    before = contents(photos, "photos")
    describe(photos, schema=99)
    with pytest.raises(SchemaVersionError, match="form 99"):
        photos.rebuild("photos", Silent())
    assert generations(photos) == ([1], 1)
    monkeypatch.setattr(
        rebuilding, "MIGRATIONS", {98: lambda own: own | {"schema": 1}, 99: lambda own: own | {"schema": 98}}
    )
    photos.rebuild("photos", Silent())
    assert_in_order(photos, before, live=2)


def test_the_role_for_indexing_is_enough(photos, elasticsearch_secured):
    before = contents(photos, "photos")
    key = key_of_role(elasticsearch_secured, "index")
    namespace = photos.cluster.names.namespace
    other = ElasticsearchEngine(settings_for(elasticsearch_secured, namespace=namespace, api_key=key))
    other.rebuild("photos", Silent())
    other.close()
    assert_in_order(photos, before, live=2)


def test_on_three_nodes_the_new_index_has_its_copies_before_the_old_one_goes(elasticsearch_three):
    settings = settings_for(elasticsearch_three, namespace=f"r{secrets.token_hex(8)}", shards=3)
    with opened(settings) as engine:
        fill(engine, 300)
        before = contents(engine, "photos")
        progress = During(lambda: None)
        engine.rebuild("photos", progress)
        health = engine.cluster.client.cluster.health(index=index_of(engine, 2))
        assert (health["active_primary_shards"], health["active_shards"]) == (3, 6)
        assert_in_order(engine, before, live=2, count=300)


def test_the_node_that_copies_dies(make_cluster, slow):
    cluster = make_cluster(nodes=3, quick=True)
    settings = settings_for(cluster.server, namespace=f"r{secrets.token_hex(8)}", shards=3, timeout=20)
    with opened(settings) as engine:
        fill(engine, 300)
        before = contents(engine, "photos")

        def kill():
            working = reindexing(engine)[0].partition(":")[0]
            name = engine.cluster.client.nodes.info(metric="http")["nodes"][working]["name"]
            next(node for node in cluster.nodes if node.name == name).kill()

        with pytest.raises(StorageError):
            engine.rebuild("photos", During(kill))
        left = len(cluster.nodes) - 1
        engine.cluster.client.cluster.health(wait_for_nodes=str(left), wait_for_no_initializing_shards=True)
        assert_in_order(engine, before, live=1, count=300)
        engine.rebuild("photos", Silent())
        assert_in_order(engine, before, live=2, count=300)
