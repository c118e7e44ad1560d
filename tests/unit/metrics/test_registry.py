"""Metrics by name, and one that another package brings."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from tests.unit.metrics.vectors import random_rows

from cbir import registry
from cbir.errors import UnknownNameError
from cbir.metrics import METRICS, search_metrics
from cbir.metrics.base import FastForm, Metric, Primitive, score_in_pieces
from cbir.metrics.parallel import scan_rows
from cbir.metrics.selection import contenders
from cbir.registry import Registry


def canberra():
    """A metric as a third party writes it: a formula, and no kernels."""
    return Metric(
        name="canberra",
        title="Canberra distance",
        formula="Σ |A−B|/(A+B)",
        summary="For tests.",
        larger_is_better=False,
        needs_non_negative=True,
        score=score_in_pieces(
            lambda a, b: np.divide(np.abs(a - b), a + b, out=np.zeros_like(b), where=a + b > 0).sum(axis=1)
        ),
        form=FastForm(Primitive.DOT, lambda a: a, lambda b: b, lambda dots, _: dots),
    )


def test_the_six_metrics_are_offered_for_searching_and_the_literal_ones_are_not():
    offered = [metric.name for metric in search_metrics()]
    assert offered == ["euclidean", "cosine", "chi2", "kl", "bhattacharyya", "intersection"]
    assert METRICS.get("kl-literal").evaluation_only
    assert METRICS.get("bhattacharyya-literal").evaluation_only


def test_every_metric_is_registered_under_its_name():
    assert [metric.name for metric in METRICS] == METRICS.names()


def test_similarities_are_those_that_grow():
    assert {metric.name for metric in METRICS if metric.larger_is_better} == {"cosine", "intersection"}


def test_a_misspelt_metric_gets_the_nearest_name():
    with pytest.raises(UnknownNameError, match="Did you mean 'cosine'"):
        METRICS.get("cosin")


class EntryPoint:
    name = "canberra"

    def load(self):
        return canberra


def test_an_installed_package_adds_a_metric_by_an_entry_point(monkeypatch):
    monkeypatch.setattr(registry, "entry_points", lambda group: [EntryPoint()] if group == "cbir.metrics" else [])
    metrics = Registry("metric", group="cbir.metrics")
    assert metrics.names() == ["canberra"]
    assert metrics.get("canberra").title == "Canberra distance"


def test_a_metric_without_kernels_is_searched_by_its_formula():
    metric, rows = canberra(), random_rows(700, 90, density=0.5)
    expected = cdist(rows[:3], rows, "canberra")
    keys = np.empty((3, 700), np.float32)
    many = metric.scan_many(rows[:3])
    scan_rows(many, [rows], keys)
    assert (np.abs(keys - expected) <= many.error(keys)).all()
    scan, own = metric.scan(rows[1]), np.empty(700, np.float32)
    scan_rows(scan, [rows], own)
    best = contenders(own, scan.error(own), 10)
    assert set(np.argsort(expected[1])[:10]) <= set(best.tolist())
