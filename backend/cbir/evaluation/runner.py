"""Every query of a dataset against every extractor, metric and strategy, graded."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from cbir.engines.base import Engine
from cbir.errors import InvalidRequestError, MetricNotApplicableError
from cbir.evaluation.cells import Graded, grade_rankings
from cbir.evaluation.checkpoints import Checkpoints, cell_key, question_digest
from cbir.evaluation.dataset import Dataset
from cbir.evaluation.descriptors import Described
from cbir.evaluation.measures import DEFAULT_MEASURES, Measure
from cbir.evaluation.protocols import Judgements, LeaveOneOut, Protocol
from cbir.evaluation.rankers import InMemory, Ranker
from cbir.evaluation.ranking import UndefinedScoreError
from cbir.evaluation.results import Evaluation, NotApplicable, Result
from cbir.metrics.base import Metric
from cbir.progress import Progress, Silent
from cbir.records import Matrix
from cbir.strategies import STRATEGIES

__all__ = ["Cell", "Evaluation", "NotApplicable", "Plan", "Result", "evaluate", "require_gradable"]

LEAVE_ONE_OUT = LeaveOneOut()
DEPTH = 100
"""Images of each ranking that are kept."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to grade, and how."""

    metrics: Sequence[Metric]
    strategies: Sequence[str] = ("exact",)
    protocol: Protocol = LEAVE_ONE_OUT
    measures: Sequence[Measure] = DEFAULT_MEASURES
    depth: int = DEPTH
    """T: how many images of each ranking are kept."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One extractor with one metric under one strategy."""

    extractor: str
    metric: Metric
    strategy: str


def require_gradable(dataset: Dataset, plan: Plan, engine: Engine | None = None) -> None:
    """Refuse what `evaluate` would refuse, before anything is described.

    Raises:
        UnknownNameError, InvalidRequestError: as `evaluate`.
    """
    for strategy in plan.strategies:
        _require_able(strategy, engine)
    plan.protocol.judge(dataset)


def evaluate(
    described: Described,
    plan: Plan,
    progress: Progress | None = None,
    *,
    ranker: Ranker | None = None,
    checkpoints: Checkpoints | None = None,
) -> Evaluation:
    """Grade every extractor with every metric and strategy.

    A metric that a descriptor does not allow is no error: the pair is listed as not applicable.

    Args:
        described: the dataset and its descriptors.
        plan: what to grade.
        progress: is told of each cell that is graded now, and of each query in it.
        ranker: makes the rankings; by default in memory.
        checkpoints: finished cells are kept there, and taken from there; by default nowhere.

    Raises:
        UnknownNameError: no strategy has one of the names.
        InvalidRequestError: no query can be graded, or a strategy needs another engine, or one at all.
        StorageError: the ranker's engine fails.
    """
    ranker = ranker or InMemory(described)
    for strategy in plan.strategies:
        _require_able(strategy, ranker.engine)
    judgements = plan.protocol.judge(described.dataset)
    pairs, refused = _pairs(described, plan.metrics)
    run = _Run(described, plan, judgements, ranker, progress or Silent(), checkpoints)
    results: list[Result] = []
    cells = [Cell(extractor, metric, strategy) for extractor, metric in pairs for strategy in plan.strategies]
    for number, cell in enumerate(cells, 1):
        try:
            results.append(run.result(cell, f"{_shown(cell, plan)} ({number} of {len(cells)})"))
        except UndefinedScoreError:
            refused.append(NotApplicable(cell.extractor, cell.metric.name, "A score is not a number."))
    return Evaluation(
        dataset=described.dataset,
        protocol=plan.protocol.name,
        protocol_definition=plan.protocol.definition + _cut_off(plan, ranker, len(described.dataset.images)),
        judgements=judgements,
        queries=tuple(judgements.queries),
        unlabelled=judgements.unlabelled,
        without_relevant=judgements.without_relevant,
        measures=tuple(plan.measures),
        results=tuple(results),
        not_applicable=tuple(dict.fromkeys(refused)),
        engine=ranker.engine.name if ranker.engine else None,
    )


class _Run:
    """One evaluation that is going on."""

    def __init__(  # noqa: PLR0913, PLR0917 — made in one place
        self,
        described: Described,
        plan: Plan,
        judgements: Judgements,
        ranker: Ranker,
        progress: Progress,
        checkpoints: Checkpoints | None,
    ) -> None:
        self.described, self.plan, self.judgements = described, plan, judgements
        self.ranker, self.progress, self.checkpoints = ranker, progress, checkpoints
        self.question = question_digest(described.dataset, judgements) if checkpoints else ""

    def result(self, cell: Cell, task: str) -> Result:
        """A cell, kept from before or graded now, which is the ``task`` that a person sees."""
        key = self._key(cell)
        if self.checkpoints and (kept := self.checkpoints.read(key, self.plan.measures)):
            return self._result(cell, *kept, kept=True)
        self.ranker.warm_up(cell.extractor, cell.metric, cell.strategy)
        self.progress.start(task, len(self.judgements.queries))
        started = time.monotonic()
        answers = self.ranker.rank(cell.extractor, cell.metric, cell.strategy, self.judgements)
        graded = grade_rankings(answers, self.judgements, self.plan.measures, self.plan.depth, self.progress)
        seconds = time.monotonic() - started
        if self.checkpoints:
            self._keep(self.checkpoints, key, graded, seconds)
        return self._result(cell, graded, seconds, kept=False)

    def _keep(self, checkpoints: Checkpoints, key: str, graded: Graded, seconds: float) -> None:
        """Write a cell; where that cannot be done, the evaluation goes on without."""
        try:
            checkpoints.write(key, graded, seconds)
        except OSError as error:
            self.checkpoints = None
            self.progress.say(f"Results cannot be kept for next time ({error.strerror}): {checkpoints.folder}")

    def _key(self, cell: Cell) -> str:
        return cell_key(
            question=self.question,
            identity=self.described.identities[cell.extractor].to_json(),
            metric=[cell.metric.name, cell.metric.formula],
            strategy=cell.strategy,
            measures=[[str(measure), measure.definition] for measure in self.plan.measures],
            depth=self.plan.depth,
            engine=self.ranker.engine.name if self.ranker.engine else None,
            reach=self.ranker.reach,
        )

    def _result(self, cell: Cell, graded: Graded, seconds: float, *, kept: bool) -> Result:
        matrix = self.described.descriptors[cell.extractor]
        return Result(
            extractor=cell.extractor,
            metric=cell.metric.name,
            strategy=cell.strategy,
            exact=STRATEGIES.get(cell.strategy).exact,
            **{field.name: getattr(graded, field.name) for field in fields(graded)},
            seconds=seconds,
            dims=matrix.shape[1],
            bytes_per_image=matrix.shape[1] * matrix.itemsize,
            identity=self.described.identities[cell.extractor],
            kept=kept,
        )


def _cut_off(plan: Plan, ranker: Ranker, images: int) -> str:
    """What a report says where rankings end before a measure does."""
    deepest = max((getattr(measure, "cutoff", None) or images for measure in plan.measures), default=0)
    if ranker.reach >= min(deepest, images):
        return ""
    return (
        f" Only the first {ranker.reach:,} images of each ranking were asked for, as an engine gives no more; what "
        "lies beyond counts as not found."
    )


def _shown(cell: Cell, plan: Plan) -> str:
    strategy = f", {cell.strategy}" if len(plan.strategies) > 1 else ""
    return f"Evaluating {cell.extractor} with {cell.metric.name}{strategy}"


def _require_able(name: str, engine: Engine | None) -> None:
    strategy = STRATEGIES.get(name)
    if engine is None and not strategy.exact:
        raise InvalidRequestError(
            f"The strategy '{name}' needs a collection with its index.", remedy="Name an engine: --engine embedded."
        )
    if engine is not None and name not in engine.capabilities.strategies:
        raise InvalidRequestError(
            f"The {engine.name} engine cannot search by '{name}'.",
            remedy=f"Use one of: {', '.join(engine.capabilities.strategies)}; or another --engine.",
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
