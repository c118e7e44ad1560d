"""Less of what all images of a collection share: half of their mean is taken off the query.

Descriptors after ReLU all point into one corner, so that a good part of every cosine is what any two images have in
common. Centring query and images both would mean to store every descriptor anew for each collection; most of the gain
comes from the query alone, and with half of the mean it did not lose on any set (`docs/open-questions.md`, 4).
"""

from __future__ import annotations

import numpy as np

from cbir.errors import MetricNotApplicableError
from cbir.metrics.base import Metric
from cbir.records import Matrix, Vector

SHARE = 0.5
"""Of the mean that is taken off."""


def centred(queries: Matrix, mean: Vector) -> Matrix:
    """Queries (Q, D) less half of the collection's mean descriptor (D,)."""
    shifted: Matrix = (queries - SHARE * mean.astype(np.float64)).astype(np.float32)
    return shifted


def require_centrable(metric: Metric) -> None:
    """Refuse what cannot compare the negative numbers that centring leaves.

    Raises:
        MetricNotApplicableError: the metric needs non-negative values.
    """
    if metric.needs_non_negative:
        raise MetricNotApplicableError(
            f"A centred query has negative numbers, which the metric '{metric.name}' cannot compare.",
            remedy="Choose cosine or euclidean, or leave the query as it is.",
        )
