"""What an engine answers is graded as what memory says, and nothing is left behind."""

import numpy as np
import pytest
from tests.unit.evaluation.answering import WithJunk, assert_same, random_gallery

from cbir.engines.embedded.engine import EmbeddedEngine
from cbir.errors import DescriptorError, InvalidRequestError, StorageError
from cbir.evaluation import engine_ranker as module
from cbir.evaluation.checkpoints import Checkpoints
from cbir.evaluation.engine_ranker import engine_ranker, reach_of
from cbir.evaluation.measures import DEFAULT_MEASURES, AveragePrecision, Precision, RPrecision
from cbir.evaluation.runner import Plan, evaluate, require_gradable
from cbir.metrics import METRICS, search_metrics
from cbir.progress import Silent
from cbir.strategies import STRATEGIES
from cbir.strategies.base import Strategy


@pytest.fixture
def engine(tmp_path):
    return EmbeddedEngine(tmp_path / "collections")


@pytest.fixture
def described(mean_colour):
    return random_gallery(mean_colour)


@pytest.mark.parametrize("plan", [Plan(search_metrics()), Plan(search_metrics(), protocol=WithJunk(), depth=9)])
def test_the_engine_and_memory_give_the_same_results(plan, described, engine, monkeypatch):
    monkeypatch.setattr(module, "STORED_TOGETHER", 16)
    monkeypatch.setattr(module, "HITS_AT_ONCE", 150)
    with engine_ranker(described, engine, 10_000, Silent()) as ranker:
        through_engine = evaluate(described, plan, ranker=ranker)
    in_memory = evaluate(described, plan)
    assert (through_engine.engine, in_memory.engine) == ("embedded", None)
    assert_same(through_engine, in_memory)


def test_junk_is_asked_for_in_addition(described, engine):
    """With a reach of nine, nine images that are no junk are found by each query, though five are junk."""
    plan = Plan([METRICS.get("chi2")], protocol=WithJunk(), depth=9, measures=[AveragePrecision(9)])
    with engine_ranker(described, engine, 9, Silent()) as ranker:
        through_engine = evaluate(described, plan, ranker=ranker)
    assert (through_engine.results[0].top >= 0).all()
    in_memory = evaluate(described, plan)
    assert through_engine.results[0].top.tolist() == in_memory.results[0].top.tolist()
    assert through_engine.results[0].grades[AveragePrecision(9)].tolist() == pytest.approx(
        in_memory.results[0].grades[AveragePrecision(9)].tolist()
    )


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), StorageError("full")], ids=["interrupted", "full"])
def test_the_temporary_collection_is_dropped_however_it_ends(failure, described, engine):
    def interrupted():
        with engine_ranker(described, engine, 100, Silent()) as ranker:
            ranker.warm_up("mean-colour", METRICS.get("chi2"), "exact")
            (name,) = engine.collections()
            assert name.startswith("evaluation_in_progress_")
            raise failure

    with pytest.raises(type(failure)):
        interrupted()
    assert engine.collections() == []


def test_it_is_dropped_where_filling_it_fails(described, engine):
    described.descriptors["mean-colour"][40, 2] = np.nan
    with engine_ranker(described, engine, 100, Silent()) as ranker, pytest.raises(DescriptorError, match="nan"):
        ranker.warm_up("mean-colour", METRICS.get("chi2"), "exact")
    assert engine.collections() == []


def test_what_a_killed_evaluation_left_is_told(described, engine):
    said = []
    progress = Silent()
    progress.say = said.append
    engine.create("evaluation_in_progress_0", [])
    engine.create("photos", [])
    with engine_ranker(described, engine, 100, progress) as ranker:
        ranker.warm_up("mean-colour", METRICS.get("chi2"), "exact")
        assert len(engine.collections()) == 3
    assert engine.collections() == ["evaluation_in_progress_0", "photos"]
    (line,) = said
    assert line.endswith("cbir collections delete evaluation_in_progress_0 --engine embedded")


def test_it_is_filled_with_progress(described, engine):
    class Counting(Silent):
        done = 0

        def start(self, task, total):
            assert (task, total) == ("Filling a temporary collection", 60)

        def advance(self, steps=1):
            self.done += steps

    counting = Counting()
    with engine_ranker(described, engine, 100, counting) as ranker:
        ranker.warm_up("mean-colour", METRICS.get("chi2"), "exact")
        assert counting.done == 60


def test_where_every_cell_is_kept_nothing_is_filled(described, engine, tmp_path):
    plan = Plan([METRICS.get("chi2")])
    checkpoints = Checkpoints(tmp_path / "cells")
    with engine_ranker(described, engine, 10_000, Silent()) as ranker:
        evaluate(described, plan, ranker=ranker, checkpoints=checkpoints)
        assert len(engine.collections()) == 1
    with engine_ranker(described, engine, 10_000, Silent()) as ranker:
        (result,) = evaluate(described, plan, ranker=ranker, checkpoints=checkpoints).results
        assert result.kept
        assert engine.collections() == []


def test_as_deep_as_measures_need(described):
    """Curves and kept tops reach 100; a measure without a cutoff needs all that an engine gives."""
    assert reach_of([AveragePrecision(100), Precision(10)], 50) == 100
    assert reach_of([Precision(300)], 100) == 300
    assert reach_of([Precision(3)], 500) == 500
    assert reach_of(DEFAULT_MEASURES, 100) == 10_000
    assert reach_of([RPrecision()], 100) == 10_000


def test_a_strategy_that_the_engine_cannot_run_is_refused_before_work(described, engine, monkeypatch):
    monkeypatch.setitem(STRATEGIES._factories, "graph", lambda: Strategy("graph", "", "", exact=False))
    plan = Plan([METRICS.get("chi2")], strategies=["graph"])
    with pytest.raises(InvalidRequestError, match="cannot search by 'graph'"):
        require_gradable(described.dataset, plan, engine)
