"""What an evaluation found: a result a cell of the table, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cbir.evaluation.dataset import Dataset, Query
from cbir.evaluation.measures import Measure
from cbir.evaluation.protocols import Judgements
from cbir.metrics.base import Float64
from cbir.records import Identity


@dataclass(frozen=True, slots=True)
class Result:
    """How one extractor did with one metric under one strategy."""

    extractor: str
    metric: str
    strategy: str
    exact: bool
    """Whether the strategy misses nothing."""
    grades: Mapping[Measure, Float64]
    """For each measure its grade of each query, shape (Q,), in the order of `Evaluation.queries`."""
    precisions: Float64
    """The mean over the queries of P@1 … P@100, shape (100,)."""
    recalls: Float64
    """The mean over the queries of recall@1 … recall@100, shape (100,)."""
    top: NDArray[np.intp]
    """The first T images of each ranking, junk (and so the query itself) taken out, by position in `Dataset.images`;
    -1 where a ranking is shorter; shape (Q, T)."""
    top_scores: Float64
    """Their scores, the metric's own; NaN where there is none; shape (Q, T)."""
    top_relevant: NDArray[np.bool_]
    """Which of them are relevant, shape (Q, T)."""
    relevant_counts: NDArray[np.intp]
    """How many images are relevant to each query, found or not, shape (Q,)."""
    seconds: float
    """For ranking and grading all queries."""
    dims: int
    bytes_per_image: int
    """What one descriptor takes, uncompressed."""
    identity: Identity
    """Of the descriptors."""
    kept: bool = False
    """Found among the finished cells of an earlier run; ``seconds`` are those of that run."""

    @property
    def key(self) -> str:
        """The cell's name in reports."""
        return f"{self.extractor}/{self.metric}/{self.strategy}"

    def mean(self, measure: Measure) -> float:
        """The measure's mean over the queries."""
        return float(self.grades[measure].mean())

    def to_json(self) -> dict[str, Any]:
        """As it stands in the results of `cbir evaluate --json`."""
        return {
            "extractor": self.extractor,
            "metric": self.metric,
            "strategy": self.strategy,
            **{measure.mean_key: self.mean(measure) for measure in self.grades},
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """A pair that has no meaning, and why."""

    extractor: str
    metric: str
    reason: str

    def to_json(self) -> dict[str, str]:
        """As it stands in reports."""
        return {"extractor": self.extractor, "metric": self.metric, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All results on one dataset, and what was left out of it."""

    dataset: Dataset
    protocol: str
    protocol_definition: str
    judgements: Judgements
    """What is relevant to which query, and what is junk."""
    queries: tuple[Query, ...]
    """What was asked and graded, in the order of the judgements."""
    unlabelled: int
    """Images that can be found and are no queries, for want of a label."""
    without_relevant: int
    """Queries that were left out, because nothing is relevant to them."""
    measures: tuple[Measure, ...]
    results: tuple[Result, ...]
    not_applicable: tuple[NotApplicable, ...] = ()
    engine: str | None = None
    """The engine that ranked; None where rankings were made in memory."""

    def to_json(self) -> dict[str, Any]:
        """As `cbir evaluate --json` prints it."""
        return {
            "dataset": self.dataset.name,
            "protocol": self.protocol,
            "images": len(self.dataset.images),
            "queries": len(self.queries),
            "results": [result.to_json() for result in self.results],
        }

    def account_to_json(self) -> dict[str, Any]:
        """What was left out, beside `to_json`."""
        return {
            "unlabelled": self.unlabelled,
            "without_relevant": self.without_relevant,
            "missing": list(self.dataset.missing),
            "duplicates": self.dataset.duplicates,
            "passed_over": self.dataset.passed_over,
            "failed": [failure.to_json() for failure in self.dataset.failures],
            "not_applicable": [one.to_json() for one in self.not_applicable],
        }
