"""One cell of the table, graded: from the rankings of all queries to grades, curves and the tops of the rankings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from cbir.evaluation.measures import Measure, Relevance, precision_curve, recall_curve
from cbir.evaluation.protocols import Judged, Judgements, Order
from cbir.evaluation.ranking import Ranked
from cbir.ingest.pipeline import work_ahead
from cbir.metrics.base import Float64
from cbir.metrics.parallel import available_cores
from cbir.progress import Progress
from cbir.records import Scores

CURVE = 100
"""Ranks that the curves of precision and recall reach."""
ABSENT = -1
"""In the place of an image where a ranking is shorter than its top."""


@dataclass(frozen=True, slots=True)
class Graded:
    """What became of the Q queries of a cell."""

    grades: Mapping[Measure, Float64]
    """For each measure its grade of each query, (Q,)."""
    precisions: Float64
    """The mean over the queries of P@1 … P@100, (100,)."""
    recalls: Float64
    """The mean over the queries of recall@1 … recall@100, (100,)."""
    top: NDArray[np.intp]
    """The first T images of each ranking without its junk, by position; -1 where it is shorter; (Q, T)."""
    top_scores: Float64
    """Their scores, NaN where there is none, (Q, T)."""
    top_relevant: NDArray[np.bool_]
    """Which of them are relevant, (Q, T)."""
    relevant_counts: NDArray[np.intp]
    """R of each query, (Q,)."""


def grade_rankings(
    ranked: Iterable[Ranked], judgements: Judgements, measures: Sequence[Measure], depth: int, progress: Progress
) -> Graded:
    """Grade the rankings of all queries, given in the order of ``judgements``, and keep their first ``depth``."""
    queries = len(judgements.queries)
    grades: dict[Measure, Float64] = {measure: np.empty(queries) for measure in measures}
    precisions, recalls = np.zeros(CURVE), np.zeros(CURVE)
    top = np.full((queries, depth), ABSENT, np.intp)
    top_scores = np.full((queries, depth), np.nan)
    top_relevant = np.zeros((queries, depth), bool)
    relevant_counts = np.empty(queries, np.intp)
    pairs = zip(judgements, ranked, strict=True)
    cores = available_cores()
    answers = work_ahead(pairs, partial(_answer, measures, depth), window=2 * cores, workers=cores)
    for row, answer in enumerate(answers):
        for measure, grade in zip(measures, answer.grades, strict=True):
            grades[measure][row] = grade
        precisions += precision_curve(answer.relevance, CURVE)
        recalls += recall_curve(answer.relevance, CURVE)
        found = len(answer.top)
        top[row, :found], top_scores[row, :found] = answer.top, answer.scores
        top_relevant[row, :found] = answer.relevance.grades[:found]
        relevant_counts[row] = answer.relevance.relevant
        progress.advance()
    return Graded(grades, precisions / queries, recalls / queries, top, top_scores, top_relevant, relevant_counts)


@dataclass(frozen=True, slots=True)
class _Answer:
    """One query's share of `Graded`."""

    relevance: Relevance
    grades: tuple[float, ...]
    top: Order
    scores: Scores


def _answer(measures: Sequence[Measure], depth: int, pair: tuple[Judged, Ranked]) -> _Answer:
    judged, ranked = pair
    relevance = judged.relevance(ranked.order)
    top = judged.kept(ranked.order)[:depth]
    return _Answer(relevance, tuple(measure.grade(relevance) for measure in measures), top, ranked.score(top))
