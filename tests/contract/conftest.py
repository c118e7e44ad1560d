"""The engines under test. A further engine is one more line in `ENGINES`; no test knows which one it runs on.

Engines that live on a server share it over the whole run; each gets a namespace of its own there, which is emptied
when its test has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import numpy as np
import pytest

from cbir.engines import open_engine
from cbir.engines.base import Engine, StoredCollection
from cbir.settings import Settings
from tests.elasticsearch.access import engine_on

from .samples import DENSE, SIGNED, SPARSE


def embedded(request) -> Iterator[Engine]:
    folder = request.getfixturevalue("tmp_path_factory").mktemp("engine")
    yield open_engine(Settings(data_dir=folder, engine="embedded"))


def elasticsearch(request) -> Iterator[Engine]:
    with engine_on(request.getfixturevalue("elasticsearch_secured")) as engine:
        yield engine


def three_nodes(request) -> Iterator[Engine]:
    with engine_on(request.getfixturevalue("elasticsearch_three"), shards=3) as engine:
        yield engine


ENGINES = [
    pytest.param(embedded, id="embedded"),
    pytest.param(elasticsearch, id="elasticsearch"),
    pytest.param(three_nodes, id="three-nodes"),
]


@pytest.fixture(params=ENGINES)
def make_engine(request) -> Iterator[Callable[[], Engine]]:
    """Makes engines that hold nothing yet."""
    with ExitStack() as made:
        yield lambda: made.enter_context(contextmanager(request.param)(request))


@pytest.fixture
def engine(make_engine) -> Engine:
    return make_engine()


@pytest.fixture
def collection(engine) -> Iterator[StoredCollection]:
    """An empty collection with three extractors, open for writing."""
    engine.create("photos", [DENSE, SPARSE, SIGNED])
    with engine.open("photos", write=True) as opened:
        yield opened


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20170617)
