"""Every query of a dataset against every extractor and metric, graded."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cbir.errors import InvalidRequestError, MetricNotApplicableError
from cbir.evaluation.dataset import Dataset, Query
from cbir.evaluation.descriptors import Described
from cbir.evaluation.measures import DEFAULT_MEASURES, Measure
from cbir.evaluation.protocols import Judgements, LeaveOneOut, Order, Protocol
from cbir.evaluation.ranking import UndefinedScoreError, rankings
from cbir.metrics.base import Float64, Metric
from cbir.progress import Progress, Silent
from cbir.records import Matrix
from cbir.strategies import STRATEGIES

LEAVE_ONE_OUT = LeaveOneOut()


@dataclass(frozen=True, slots=True)
class Result:
    """How one extractor did with one metric under one strategy."""

    extractor: str
    metric: str
    strategy: str
    grades: Mapping[Measure, Float64]
    """For each measure its grade of each query, shape (Q,), in the order of `Evaluation.queries`."""
    seconds: float
    """For ranking and grading all queries."""

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
    queries: tuple[Query, ...]
    """What was asked and graded."""
    unlabelled: int
    """Images that can be found and are no queries, for want of a label."""
    without_relevant: int
    """Queries that were left out, because nothing is relevant to them."""
    results: tuple[Result, ...]
    not_applicable: tuple[NotApplicable, ...] = ()

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


@dataclass(frozen=True, slots=True)
class Plan:
    """What to grade, and how."""

    metrics: Sequence[Metric]
    strategies: Sequence[str] = ("exact",)
    protocol: Protocol = LEAVE_ONE_OUT
    measures: Sequence[Measure] = DEFAULT_MEASURES


def require_gradable(dataset: Dataset, plan: Plan) -> None:
    """Refuse what `evaluate` would refuse, before anything is described.

    Raises:
        UnknownNameError, InvalidRequestError: as `evaluate`.
    """
    for strategy in plan.strategies:
        _require_exact(strategy)
    plan.protocol.judge(dataset)


def evaluate(described: Described, plan: Plan, progress: Progress | None = None) -> Evaluation:
    """Grade every extractor with every metric.

    A metric that a descriptor does not allow is no error: the pair is listed as not applicable.

    Raises:
        UnknownNameError: no strategy has one of the names.
        InvalidRequestError: no query can be graded, or a strategy needs an engine.
    """
    for strategy in plan.strategies:
        _require_exact(strategy)
    judgements = plan.protocol.judge(described.dataset)
    pairs, refused = _pairs(described, plan.metrics)
    progress = progress or Silent()
    progress.start("Evaluating", len(pairs) * len(judgements.queries))
    results: list[Result] = []
    for extractor, metric in pairs:
        started = time.monotonic()
        try:
            queries = described.of_queries(extractor, judgements.queries)
            orders = rankings(metric, described.descriptors[extractor], queries)
            grades = _grades(orders, judgements, plan.measures, progress)
        except UndefinedScoreError:
            refused.append(NotApplicable(extractor, metric.name, "A score is not a number."))
            continue
        seconds = time.monotonic() - started
        results += [Result(extractor, metric.name, strategy, grades, seconds) for strategy in plan.strategies]
    return Evaluation(
        dataset=described.dataset,
        protocol=plan.protocol.name,
        queries=tuple(judgements.queries),
        unlabelled=judgements.unlabelled,
        without_relevant=judgements.without_relevant,
        results=tuple(results),
        not_applicable=tuple(refused),
    )


def _require_exact(strategy: str) -> None:
    if not STRATEGIES.get(strategy).exact:
        raise InvalidRequestError(
            f"The strategy '{strategy}' needs a collection with its index.", remedy="Evaluate with 'exact'."
        )


def _pairs(described: Described, metrics: Sequence[Metric]) -> tuple[list[tuple[str, Metric]], list[NotApplicable]]:
    """The pairs of extractor and metric that have a meaning, and those that have none."""
    pairs: list[tuple[str, Metric]] = []
    refused: list[NotApplicable] = []
    for extractor in described.extractors:
        matrix = described.descriptors[extractor.name]
        for metric in metrics:
            try:
                metric.require(extractor.name, non_negative=extractor.non_negative)
                _require_sound(metric, extractor.name, matrix)
                pairs.append((extractor.name, metric))
            except MetricNotApplicableError as error:
                refused.append(NotApplicable(extractor.name, metric.name, error.message))
    return pairs, refused


def _require_sound(metric: Metric, extractor: str, matrix: Matrix) -> None:
    if not np.isfinite(matrix).all():
        raise MetricNotApplicableError(f"Descriptors of '{extractor}' hold NaN or infinity.")
    if metric.needs_non_negative and matrix.min() < 0:
        raise MetricNotApplicableError(
            f"The metric '{metric.name}' needs non-negative values, and descriptors of '{extractor}' hold others."
        )


def _grades(
    orders: Iterator[Order], judgements: Judgements, measures: Sequence[Measure], progress: Progress
) -> dict[Measure, Float64]:
    """Each measure's grade of each query, shape (Q,)."""
    grades: dict[Measure, Float64] = {measure: np.empty(len(judgements.queries)) for measure in measures}
    for row, (judged, order) in enumerate(zip(judgements, orders, strict=True)):
        relevance = judged.relevance(order)
        for measure in measures:
            grades[measure][row] = measure.grade(relevance)
        progress.advance()
    return grades
