"""The engines under test. A further engine is one more line in `ENGINES`; no test knows which one it runs on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from cbir.engines import open_engine
from cbir.engines.base import Engine, StoredCollection
from cbir.settings import Settings

from .samples import DENSE, SIGNED, SPARSE


def embedded(folder: Path) -> Engine:
    return open_engine(Settings(data_dir=folder, engine="embedded"))


ENGINES = [pytest.param(embedded, id="embedded")]


@pytest.fixture(params=ENGINES)
def make_engine(request, tmp_path_factory) -> Callable[[], Engine]:
    """Makes engines that hold nothing yet."""
    return lambda: request.param(tmp_path_factory.mktemp("engine"))


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
