"""Other processes add and delete images while a search reads its ranking."""

import pytest
from tests.unit.searching.conftest import Changing, add, gallery_in, image_id, random_vectors, settings_in

from cbir.collection import Collection
from cbir.engines.base import SearchRequest
from cbir.metrics import METRICS
from cbir.searching.closeness import sampled
from cbir.searching.examples import IndexedExample
from cbir.searching.ranked import Ranked
from cbir.searching.search import Search, find

VECTORS = random_vectors(60)
REQUEST = SearchRequest("histogram", "euclidean")


@pytest.fixture
def gallery(tmp_path):
    with gallery_in(tmp_path, VECTORS) as made:
        yield made


@pytest.fixture
def engine(tmp_path):
    from cbir.collection import Library

    return Library(settings_in(tmp_path)).engine


def deleting(engine, ids):
    def delete():
        with engine.open("photos", write=True) as stored:
            stored.delete(ids)

    return delete


def changing(gallery, method, happens):
    """The gallery's collection, to which something happens after a call."""
    before = gallery.collection
    return Collection(Changing(before.stored, method, happens), before.weights, None, before.settings)


def test_an_image_that_is_deleted_while_a_collection_is_sampled_is_not_in_the_sample(gallery, engine):
    gone = gallery.ids[:5]
    stored = Changing(gallery.collection.stored, "sample", deleting(engine, gone))
    closeness = sampled(stored, "histogram", METRICS.get("euclidean"))
    assert len(closeness.pairs) == 55 * 54
    assert not {*closeness.ids} & {*gone}


@pytest.mark.parametrize("collapse", [False, True])
def test_an_image_that_is_deleted_after_it_was_found_is_not_shown(gallery, engine, collapse):
    nearest = [one.hit.id for one in gallery.find(0, extractor="histogram", k=12, closeness=False).hits]
    gone = nearest[4:8]
    collection = changing(gallery, "search", deleting(engine, gone))
    example = IndexedExample(gallery.ids[0])
    wanted = Search(positives=(example,), extractor="histogram", k=60, collapse=collapse, closeness=False)
    found = find(collection, wanted)
    shown = {one.hit.id for one in found.hits} | {one for hit in found.hits for one in hit.collapsed}
    assert shown == {*gallery.ids} - {*gone}


def test_a_hit_that_a_write_pushes_onto_the_next_page_is_read_once(gallery, engine):
    query = VECTORS["histogram"][0]

    def insert():
        # two images at the query's own place, which is the best one
        add(engine, "photos", range(100, 102), {name: rows[[0, 0]] for name, rows in VECTORS.items()})

    ranked = Ranked(Changing(gallery.collection.stored, "search", insert), REQUEST, query)
    first = list(ranked.first(10))
    ids = [hit.id for hit in ranked.first(200)]
    assert ids[:10] == [hit.id for hit in first]
    assert len(ids) == len(set(ids))
    assert set(ids) >= {*gallery.ids}
    assert set(ids) <= {*gallery.ids, image_id(100), image_id(101)}
