"""Which form of a metric runs over a gallery: its compiled kernel, or its formula where that is sooner done."""

from __future__ import annotations

import sys

from cbir.metrics.base import EachScan, Metric, Scan, ScanMany, ScoreScan
from cbir.records import Matrix

FORMULA_ELEMENTS = 1 << 26
"""Numbers that the formulas compare in about the time that the kernels' compiler takes to load."""
FORMULA_DIMS = 512
"""Longer descriptors come from networks, beside whose loading the compiler's does not count."""


class Scans:
    """Chooses the forms for one engine, which knows whether it has searched before.

    Loading the kernels costs a new process about half a second and 50 MB. So an engine that searches once, as the
    command line's does, runs the formula; one that searches again has a use for the kernels.
    """

    def __init__(self) -> None:
        self._scanned = False

    def scan_of(self, metric: Metric, queries: Matrix, *, rows: int) -> Scan | ScanMany:
        """A scan for one query (1, D) or for several (Q, D) over a gallery of ``rows`` images."""
        small = queries.shape[1] <= FORMULA_DIMS and queries.size * rows <= FORMULA_ELEMENTS
        formula = small and not self._scanned and "numba" not in sys.modules
        self._scanned = True
        if len(queries) == 1:
            return ScoreScan(metric, queries[0]) if formula else metric.scan(queries[0])
        return EachScan(tuple(ScoreScan(metric, q) for q in queries)) if formula else metric.scan_many(queries)
