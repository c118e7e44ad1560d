"""A collection moves between the engines, both ways, with every bit of it."""

from __future__ import annotations

import json
import secrets
from dataclasses import replace

import numpy as np
import pytest

from cbir.cli.main import run
from cbir.collection import Library
from cbir.engines.base import SearchRequest
from cbir.engines.elasticsearch.engine import ElasticsearchEngine
from cbir.engines.embedded.engine import EmbeddedEngine
from cbir.errors import DescriptorError, InvalidRequestError, UnfinishedCopyError
from cbir.progress import Silent
from cbir.records import Identity, ImageEntry
from cbir.transfer import copying
from cbir.transfer.copying import copy
from tests.contents import contents
from tests.contract.oracle import tolerance
from tests.contract.samples import ALL, SIGNED, entries, entry, image_id, record
from tests.elasticsearch.access import settings_for
from tests.pictures import save

IMAGES = 70
LATER = replace(SIGNED, name="later")


@pytest.fixture(autouse=True)
def small_pages(monkeypatch):
    monkeypatch.setattr(copying, "PAGE", 16)


@pytest.fixture
def settings(elasticsearch_secured, tmp_path):
    """Settings that both engines are made from."""
    given = settings_for(elasticsearch_secured, namespace=f"c{secrets.token_hex(8)}")
    return replace(given, data_dir=tmp_path / "data")


@pytest.fixture
def cluster_engine(settings):
    engine = ElasticsearchEngine(settings)
    yield engine
    for name in engine.collections():
        engine.drop(name)
    engine.cluster.client.options(ignore_status=404).indices.delete(index=engine.cluster.names.metadata)
    engine.close()


@pytest.fixture
def engines(cluster_engine, settings):
    return {"embedded": EmbeddedEngine(settings.collections_dir), "elasticsearch": cluster_engine}


@pytest.fixture(params=[("embedded", "elasticsearch"), ("elasticsearch", "embedded")], ids=" to ".join)
def way(request, engines):
    """A source engine with a collection, and the engine where the copy is to live."""
    source, target = (engines[name] for name in request.param)
    rng = np.random.default_rng(11)
    source.create("Photos", ALL)
    with source.open("Photos", write=True) as stored:
        stored.upsert(entries(rng, IMAGES))
        zero = ImageEntry(record(900), {one.name: np.full(one.dims, -0.0 * (one == SIGNED)) for one in ALL})
        tiny = ImageEntry(record(901), {one.name: np.full(one.dims, 1e-45) for one in ALL})
        stored.upsert([zero, tiny])
        stored.delete([image_id(3)])
        stored.add_extractor(LATER)
        stored.fill("later", {image_id(number): rng.standard_normal(9) for number in range(4, 40)})
        stored.set_metadata("note", {"ü": [1.5, None]})
    return source, target


def copied(source, target, name="Photos", progress=None):
    with source.open("Photos") as stored:
        return copy(stored, target, name, progress or Silent(), origin=source.name)


def test_a_copy_equals_its_source_in_every_bit_and_answers_as_it_does(way):
    source, target = way
    assert copied(source, target) == IMAGES + 1
    assert contents(target, "Photos") == contents(source, "Photos")
    with source.open("Photos") as one, target.open("Photos") as other:
        queries = one.vectors("dense", [image_id(5), image_id(6)])
        for metric in ("chi2", "cosine"):
            request = SearchRequest("dense", metric, k=1000)
            for left, right in zip(one.search(request, queries), other.search(request, queries), strict=True):
                scores = {hit.id: hit.score for hit in right.hits}
                assert scores.keys() == {hit.id for hit in left.hits}
                assert all(abs(scores[hit.id] - hit.score) <= tolerance(hit.score) for hit in left.hits)
        for text in ("sunset", "img"):
            assert sorted(one.keyword_search(text, 100)) == sorted(other.keyword_search(text, 100))


def test_there_and_back(way):
    source, target = way
    copied(source, target)
    with target.open("Photos") as stored:
        copy(stored, source, "back", Silent(), origin=target.name)
    assert contents(source, "back") == contents(source, "Photos")


class Interrupted(Silent):
    """Ctrl-C when so many images are copied."""

    def __init__(self, images):
        self.left = images

    def advance(self, steps=1):
        self.left -= steps
        if self.left <= 0:
            raise KeyboardInterrupt


# after the first page; in the middle; while the later extractor is brought; while it is compared
@pytest.mark.parametrize("images", [1, 40, IMAGES + 10, IMAGES + 50])
def test_an_interrupted_copy_is_refused_until_it_has_gone_on(way, settings, images):
    source, target = way
    with pytest.raises(KeyboardInterrupt):
        copied(source, target, progress=Interrupted(images))
    library = Library(replace(settings, engine=target.name))
    with pytest.raises(UnfinishedCopyError) as told:
        library.open("Photos").__enter__()
    assert f"--engine {source.name} --to {target.name}" in told.value.remedy
    assert copied(source, target) == IMAGES + 1
    assert contents(target, "Photos") == contents(source, "Photos")
    with library.open("Photos") as opened:
        assert opened.stored.count() == IMAGES + 1


def test_a_copy_that_is_going_on_is_not_written_to_by_others(way, settings):
    """Neither by hand, nor by `cbir index`, which opens it as everybody does."""
    source, target = way
    with pytest.raises(KeyboardInterrupt):
        copied(source, target, progress=Interrupted(1))
    with pytest.raises(UnfinishedCopyError):
        Library(replace(settings, engine=target.name)).open("Photos", write=True).__enter__()


def test_an_image_that_a_cluster_cannot_hold_is_named(engines):
    source, target = engines["embedded"], engines["elasticsearch"]
    source.create("Photos", [SIGNED])
    with source.open("Photos", write=True) as stored:
        stored.upsert([entry(np.random.default_rng(1), 1, [SIGNED])])
        stored.upsert([ImageEntry(record(2), {"signed": np.full(9, 3e38)})])
    with pytest.raises(DescriptorError, match=image_id(2)):
        copied(source, target)
    source.create("long", [Identity("long", 1, 40_000, non_negative=True)])
    with source.open("long") as stored, pytest.raises(InvalidRequestError, match="'long' has 40,000 dims"):
        copy(stored, target, "long", Silent(), origin="embedded")
    assert "long" not in target.collections()


def test_on_the_command_line(elasticsearch_secured, cluster_engine, settings, tmp_path, capsys):
    for number in range(3):
        save(tmp_path / f"photos/{number}.png", number)
    environment = {
        **elasticsearch_secured.environment(),
        "CBIR_ELASTICSEARCH_NAMESPACE": settings.elasticsearch_namespace,
        "CBIR_DATA_DIR": str(settings.data_dir),
        "CBIR_CONFIG": "",
        "CBIR_OFFLINE": "1",
        "CBIR_ENGINE": "embedded",
    }

    def cbir(*arguments):
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            run([str(argument) for argument in arguments], environment)
        captured = capsys.readouterr()
        assert not ended.value.code, captured.err
        return captured.out

    cbir("index", tmp_path / "photos", "--extractors", "hist-basic")
    said = cbir("collections", "copy", "default", "--to", "elasticsearch")
    assert said == "default: 3 images in the elasticsearch engine, as in 'default' (embedded)\n"
    search = ("search", tmp_path / "photos/1.png", "--json")
    found = json.loads(cbir(*search))["hits"]
    on_cluster = json.loads(cbir(*search, "--engine", "elasticsearch"))["hits"]
    assert [(hit["id"], hit["path"]) for hit in on_cluster] == [(hit["id"], hit["path"]) for hit in found]
    assert "rebuilt" in cbir("collections", "rebuild", "default", "--engine", "elasticsearch")
    back = json.loads(
        cbir("collections", "copy", "default", "--engine", "elasticsearch", "--to", "embedded", "--as", "b", "--json")
    )
    assert back == {
        "collection": "b",
        "engine": "embedded",
        "images": 3,
        "source": {"engine": "elasticsearch", "collection": "default"},
    }
    assert json.loads(cbir(*search, "-c", "b"))["hits"] == found
