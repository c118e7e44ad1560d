"""The embedded engine with segments of a few rows, so that every collection has many of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.contract.test_any_sequence import Congruence

from cbir.engines.base import Filter, SearchRequest
from cbir.engines.embedded import compaction, search, segments
from cbir.engines.embedded.engine import EmbeddedEngine

from .conftest import IDENTITY, entries


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(segments, "ROWS_PER_SEGMENT", 4)
    monkeypatch.setattr(search, "KEYS_AT_ONCE", 16)
    monkeypatch.setattr(search, "QUERIES_AT_ONCE", 2)
    monkeypatch.setattr(search, "GATHERED_ELEMENTS", 20)
    monkeypatch.setattr(compaction, "ROWS_AT_ONCE", 3)


@pytest.mark.parametrize("share", [0, 0.5, 2])
def test_any_sequence_of_calls(tmp_path_factory, monkeypatch, share):
    """Segments read whole, in part, or row by row."""
    monkeypatch.setattr(search, "DENSE_SHARE", share)
    run_state_machine_as_test(
        lambda: Congruence(lambda: EmbeddedEngine(tmp_path_factory.mktemp("small"))),
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_compaction_leaves_full_segments_and_no_dead_rows(engine):
    engine.create("photos", [IDENTITY])
    with engine.open("photos", write=True) as collection:
        collection.upsert(entries(30))
        collection.delete([f"{n:064x}" for n in range(30) if n % 3])
        freed = collection.compact()
        files = sorted((engine.folder / "photos" / "vectors").rglob("*.f32"))
        assert sum(f.stat().st_size for f in files) == 10 * 8 * 4
        assert [f.stat().st_size // 32 for f in files] == [4, 4, 2]
        assert freed == 20 * 8 * 4
        assert collection.compact() == 0
        assert collection.check() == []
        found = collection.vectors("dense", [f"{n:064x}" for n in range(0, 30, 3)])
        np.testing.assert_array_equal(found[:, 0], np.arange(0, 30, 3) + 1)


def test_segments_are_filled_up_by_compaction(engine):
    """What an earlier compaction left half full is joined by the next."""
    engine.create("photos", [IDENTITY])
    with engine.open("photos", write=True) as collection:
        collection.upsert(entries(8))
        collection.delete([f"{n:064x}" for n in (1, 2, 3)])
        collection.compact()
        collection.upsert(entries(6, start=8))
        collection.compact()
        files = sorted((engine.folder / "photos" / "vectors").rglob("*.f32"))
        assert sorted(f.stat().st_size // 32 for f in files) == [3, 4, 4]
        assert collection.check() == []


def test_a_filter_that_leaves_one_row_of_many_segments(engine):
    engine.create("photos", [IDENTITY])
    with engine.open("photos", write=True) as collection:
        collection.upsert(entries(40))
        keep = frozenset(f"{n:064x}" for n in range(40) if n != 37)
        request = SearchRequest("dense", "euclidean", filter=Filter(exclude=keep))
        (ranking,) = collection.search(request, np.ones((1, 8), np.float32))
        assert [int(hit.id, 16) for hit in ranking.hits] == [37]
