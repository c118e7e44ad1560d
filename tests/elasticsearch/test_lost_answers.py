"""An answer of the cluster is lost: what was asked is done once, and the person hears that it was done."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from cbir.engines.base import SearchRequest
from cbir.engines.elasticsearch.engine import ElasticsearchEngine
from cbir.records import Identity
from tests.contents import contents
from tests.contract.samples import DENSE, SIGNED, entries, image_id, record
from tests.elasticsearch.access import engine_on, settings_for
from tests.elasticsearch.proxy import Proxy

IDENTITIES = [DENSE, SIGNED]
TINY = Identity("tiny", 1, 2, non_negative=True)
IMAGES = 12
CHANGES = "^(PUT|DELETE) |/_bulk|/_delete_by_query"
"""The requests that change something."""
LONG_AGO = datetime(2017, 6, 17, 12, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def proxy(elasticsearch_three):
    with Proxy(elasticsearch_three.urls[0]) as started:
        yield started


@pytest.fixture
def direct(elasticsearch_three):
    """An engine whose answers all arrive."""
    with engine_on(elasticsearch_three) as engine:
        yield engine


@pytest.fixture
def engine(elasticsearch_three, proxy, direct):
    """An engine on the same collections that may lose one."""
    server = replace(elasticsearch_three, urls=(proxy.url,))
    opened = ElasticsearchEngine(settings_for(server, namespace=direct.cluster.names.namespace))
    yield opened
    opened.close()


def batch(first, images=IMAGES):
    made = entries(np.random.default_rng(first), images, start=first, identities=IDENTITIES)
    return [replace(one, record=replace(one.record, added_at=LONG_AGO)) for one in made]


def prepare(engine):
    """One collection, as every call finds it."""
    for name in engine.collections():
        engine.drop(name)
    engine.create("photos", IDENTITIES)
    with engine.open("photos", write=True) as photos:
        photos.upsert(batch(0))
        photos.set_metadata("old", [1])


def held(engine):
    return {name: contents(engine, name) for name in engine.collections()}


def create(engine):
    engine.create("others", [DENSE])


def drop(engine):
    engine.drop("photos")


def written(change):
    def write(engine):
        with engine.open("photos", write=True) as photos:
            return change(photos)

    return write


def add_an_extractor(photos):
    photos.add_extractor(TINY)
    photos.fill("tiny", {image_id(number): np.array([number, 1]) for number in range(IMAGES - 2)})


def read(photos):
    request = SearchRequest("dense", "chi2", k=5)
    found = photos.search(request, np.eye(2, 24, dtype=np.float32))
    ids = [image_id(number) for number in range(IMAGES)]
    pages = list(photos.walk(5))
    return found, photos.get(ids), photos.vectors("dense", ids).tobytes(), photos.count(), pages, photos.labels()


CALLS = {
    "create": create,
    "drop": drop,
    "upsert": written(lambda photos: photos.upsert(batch(IMAGES // 2))),
    "update": written(lambda photos: photos.update([record(n, labels=("new",)) for n in (1, 2, 99)])),
    "delete": written(lambda photos: photos.delete([image_id(n) for n in (3, 4)])),
    "add_extractor": written(add_an_extractor),
    "drop_extractor": written(lambda photos: photos.drop_extractor("dense")),
    "set_metadata": written(lambda photos: (photos.set_metadata("new", {"a": 2}), photos.set_metadata("old", None))),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_whichever_answer_is_lost(direct, engine, proxy, call):
    """Each request in turn that changes something is done unheard; results and contents are those undisturbed."""
    prepare(direct)
    proxy.lose(CHANGES, None)
    expected = (call(engine), held(direct))
    assert proxy.seen
    for number in range(len(proxy.seen)):
        prepare(direct)
        proxy.lose(CHANGES, number)
        assert (call(engine), held(direct)) == expected, proxy.lost
        assert proxy.lost


def test_whichever_answer_to_reading_is_lost(direct, engine, proxy):
    prepare(direct)
    with engine.open("photos") as photos:
        proxy.lose("", None)
        expected = read(photos)
        for number in range(len(proxy.seen)):
            proxy.lose("", number)
            assert read(photos) == expected, proxy.lost
            assert proxy.lost


@pytest.mark.parametrize("share", [0, 0.5], ids=["nothing of it arrives", "half of it arrives"])
def test_new_images_are_stored_once(direct, engine, proxy, share):
    """The server counts how often a document was written."""
    prepare(direct)
    new = batch(IMAGES)
    proxy.lose("/_bulk", share=share)
    with engine.open("photos", write=True) as photos:
        results = photos.upsert(new)
    assert all(result.done for result in results)
    assert len(proxy.seen) == 2
    assert proxy.lost == proxy.seen[0]
    names, client = direct.cluster.names, direct.cluster.client
    found = client.mget(index=names.alias("photos"), ids=[one.record.id for one in new], source=False)
    assert {document["_version"] for document in found["docs"]} == {1}
    with direct.open("photos") as photos:
        assert photos.count() == 2 * IMAGES
