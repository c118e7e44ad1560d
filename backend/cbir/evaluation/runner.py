"""Every query of a dataset against every extractor and metric, graded."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cbir.errors import InvalidRequestError, MetricNotApplicableError
from cbir.evaluation.cells import grade_rankings
from cbir.evaluation.dataset import Dataset, Query
from cbir.evaluation.descriptors import Described
from cbir.evaluation.measures import DEFAULT_MEASURES, Measure
from cbir.evaluation.protocols import Judgements, LeaveOneOut, Protocol
from cbir.evaluation.ranking import UndefinedScoreError, ranked
from cbir.metrics.base import Float64, Metric
from cbir.progress import Progress, Silent
from cbir.records import Identity, Matrix
from cbir.strategies import STRATEGIES

LEAVE_ONE_OUT = LeaveOneOut()
DEPTH = 100
"""Images of each ranking that are kept."""


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


@dataclass(frozen=True, slots=True)
class Plan:
    """What to grade, and how."""

    metrics: Sequence[Metric]
    strategies: Sequence[str] = ("exact",)
    protocol: Protocol = LEAVE_ONE_OUT
    measures: Sequence[Measure] = DEFAULT_MEASURES
    depth: int = DEPTH
    """T: how many images of each ranking are kept."""


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
    for pair in pairs:
        try:
            results += _graded(described, pair, judgements, plan, progress)
        except UndefinedScoreError:
            refused.append(NotApplicable(pair[0], pair[1].name, "A score is not a number."))
    return Evaluation(
        dataset=described.dataset,
        protocol=plan.protocol.name,
        protocol_definition=plan.protocol.definition,
        judgements=judgements,
        queries=tuple(judgements.queries),
        unlabelled=judgements.unlabelled,
        without_relevant=judgements.without_relevant,
        measures=tuple(plan.measures),
        results=tuple(results),
        not_applicable=tuple(refused),
    )


def _graded(
    described: Described, pair: tuple[str, Metric], judgements: Judgements, plan: Plan, progress: Progress
) -> list[Result]:
    extractor, metric = pair
    started = time.monotonic()
    gallery = described.descriptors[extractor]
    answers = ranked(metric, gallery, described.of_queries(extractor, judgements.queries))
    graded = grade_rankings(answers, judgements, plan.measures, plan.depth, progress)
    seconds = time.monotonic() - started
    return [
        Result(
            extractor=extractor,
            metric=metric.name,
            strategy=strategy,
            exact=True,
            grades=graded.grades,
            precisions=graded.precisions,
            recalls=graded.recalls,
            top=graded.top,
            top_scores=graded.top_scores,
            top_relevant=graded.top_relevant,
            relevant_counts=graded.relevant_counts,
            seconds=seconds,
            dims=gallery.shape[1],
            bytes_per_image=gallery.shape[1] * gallery.itemsize,
            identity=described.identities[extractor],
        )
        for strategy in plan.strategies
    ]


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
