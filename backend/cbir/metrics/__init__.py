"""The metrics by name. A new one is a file that defines it and a line here, or an entry point of another package."""

from __future__ import annotations

from cbir.metrics.base import Metric
from cbir.metrics.bhattacharyya import bhattacharyya
from cbir.metrics.chi2 import chi2
from cbir.metrics.cosine import cosine
from cbir.metrics.euclidean import euclidean
from cbir.metrics.intersection import intersection
from cbir.metrics.kl import kl
from cbir.metrics.literal import bhattacharyya_literal, kl_literal
from cbir.registry import Registry

METRICS: Registry[Metric] = Registry("metric", group="cbir.metrics")
METRICS.register("euclidean", euclidean)
METRICS.register("cosine", cosine)
METRICS.register("chi2", chi2)
METRICS.register("kl", kl)
METRICS.register("bhattacharyya", bhattacharyya)
METRICS.register("intersection", intersection)
METRICS.register("kl-literal", kl_literal)
METRICS.register("bhattacharyya-literal", bhattacharyya_literal)


def search_metrics() -> list[Metric]:
    """The metrics to offer for searching: all but those that exist for evaluation alone."""
    return [metric for metric in METRICS if not metric.evaluation_only]
