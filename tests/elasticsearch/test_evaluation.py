"""An evaluation through a cluster says what one in memory says, and leaves nothing there."""

from __future__ import annotations

import numpy as np
import pytest

from cbir.errors import DescriptorError
from cbir.evaluation.engine_ranker import engine_ranker
from cbir.evaluation.runner import Plan, evaluate
from cbir.metrics import METRICS, search_metrics
from cbir.progress import Silent
from tests.elasticsearch.access import engine_on
from tests.unit.evaluation.answering import WithJunk, assert_same, random_gallery
from tests.unit.evaluation.conftest import MeanColour


@pytest.fixture
def engine(elasticsearch_secured):
    with engine_on(elasticsearch_secured) as made:
        yield made


@pytest.fixture
def described():
    return random_gallery(MeanColour(dims=12))


def test_a_cluster_and_memory_give_the_same_results(engine, described):
    """All six metrics; whole rankings with the query taken out, then with more junk and a query from outside."""
    for plan in (Plan(search_metrics()), Plan(search_metrics(), protocol=WithJunk(), depth=9)):
        with engine_ranker(described, engine, 10_000, Silent()) as ranker:
            through_cluster = evaluate(described, plan, ranker=ranker)
        assert through_cluster.engine == "elasticsearch"
        assert_same(through_cluster, evaluate(described, plan))
    assert engine.collections() == []


def test_nothing_is_left_where_filling_it_fails(engine, described):
    described.descriptors["mean-colour"][40, 2] = np.nan
    with engine_ranker(described, engine, 100, Silent()) as ranker, pytest.raises(DescriptorError, match="nan"):
        ranker.warm_up("mean-colour", METRICS.get("chi2"), "exact")
    assert engine.collections() == []
