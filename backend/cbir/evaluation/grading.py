"""Grading rankings that were made before, here or by other programs, against ground truth in a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cbir.errors import InvalidRequestError
from cbir.evaluation.ground_truth import Assessments, GroundTruth
from cbir.evaluation.lines import quoted
from cbir.evaluation.measures import (
    AveragePrecision,
    Gains,
    Measure,
    Relevance,
    TrapezoidAveragePrecision,
)
from cbir.evaluation.published_ground_truth import (
    read_holidays_ground_truth,
    read_oxford_ground_truth,
    read_qrels_or_lists,
)
from cbir.evaluation.published_runs import read_holidays_run, read_oxford_run
from cbir.evaluation.runs import Ranking, Run, read_trec_run
from cbir.metrics.base import Float64
from cbir.registry import Registry

EXAMPLES = 10
"""Names shown of a kind, where there can be thousands."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How the rankings and the ground truth of one benchmark, or kind of benchmark, are read and graded."""

    name: str
    definition: str
    """In a sentence or two, for reports."""
    measure: Measure
    """Whose mean is called map."""
    read_run: Callable[[str], Run]
    read_ground_truth: Callable[[str], GroundTruth]


RULES: Registry[Rules] = Registry("protocol", group="cbir.rules")
RULES.register(
    "oxford",
    lambda: Rules(
        "oxford",
        "Good and ok images are relevant, junk is taken out, the query's own image stays; AP is the trapezoid of "
        "Oxford's compute_ap.",
        TrapezoidAveragePrecision(),
        read_oxford_run,
        read_oxford_ground_truth,
    ),
)
RULES.register(
    "holidays",
    lambda: Rules(
        "holidays",
        "The query is taken out, ranks after it move up by one; written ranks count, also where they have gaps; AP "
        "is the trapezoid of INRIA's holidays_map.py.",
        TrapezoidAveragePrecision(),
        read_holidays_run,
        read_holidays_ground_truth,
    ),
)
RULES.register(
    "trec",
    lambda: Rules(
        "trec",
        "Documents with a gain of at least 1 are relevant, those without a judgement are not; order by score, larger "
        "first; AP is the finite sum of trec_eval.",
        AveragePrecision(),
        read_trec_run,
        read_qrels_or_lists,
    ),
)


@dataclass(frozen=True, slots=True)
class Account:
    """What of the run and the ground truth did not fit together, and how it counts."""

    missing_queries: tuple[str, ...] = ()
    """Asked by the ground truth and not answered by the run: 0 in every mean."""
    unknown_queries: tuple[str, ...] = ()
    """Answered by the run and not asked by the ground truth: passed over."""
    without_relevant: tuple[str, ...] = ()
    """Queries to which nothing is relevant: left out of every mean."""
    contradicting_queries: tuple[str, ...] = ()
    """Their ranks and scores say different orders: scores count, larger first."""
    documents: int = 0
    """Different documents that the run names for queries of the ground truth."""
    unknown_documents: tuple[str, ...] = ()
    """Those of them that the ground truth names nowhere, in ascending order: not relevant."""
    below_zero: int = 0
    """Places of the run whose document was judged below 0 for its query and is no junk: not relevant."""
    passed_over: tuple[str, ...] = ()
    """Files in the run's folder that are no rankings."""

    def to_json(self) -> dict[str, Any]:
        """As it stands in `cbir grade --json`; of unknown documents, of which there can be thousands, a few."""
        return {
            "missing_queries": list(self.missing_queries),
            "unknown_queries": list(self.unknown_queries),
            "without_relevant": list(self.without_relevant),
            "contradicting_queries": list(self.contradicting_queries),
            "documents": self.documents,
            "unknown_documents": len(self.unknown_documents),
            "unknown_examples": list(self.unknown_documents[:EXAMPLES]),
            "below_zero": self.below_zero,
            "passed_over": list(self.passed_over),
        }


@dataclass(frozen=True, slots=True)
class Graded:
    """A run's grades."""

    tag: str
    rules: Rules
    queries: tuple[str, ...]
    """The Q queries that were graded, in the order of the ground truth."""
    grades: Mapping[Measure, Float64]
    """For each measure its grade of each query, shape (Q,); the rules' own measure first."""
    account: Account

    def mean(self, measure: Measure) -> float:
        """The measure's mean over the queries."""
        return float(self.grades[measure].mean())

    def to_json(self, measures: Sequence[Measure] = ()) -> dict[str, Any]:
        """As `cbir grade --json` prints it; ``measures`` are those that were asked for besides AP."""
        answer: dict[str, Any] = {
            "protocol": self.rules.name,
            "definition": f"{self.rules.definition} {self.rules.measure}: {self.rules.measure.definition}.",
            "run": self.tag,
            "queries": len(self.queries),
            "map": self.mean(self.rules.measure),
            "ap": self._by_query(self.rules.measure),
        }
        if measures:
            answer["measures"] = {
                str(measure): {
                    "key": measure.mean_key,
                    "mean": self.mean(measure),
                    "definition": measure.definition,
                    "maximum": measure.maximum,
                    "values": self._by_query(measure),
                }
                for measure in measures
            }
        return answer | {"account": self.account.to_json()}

    def _by_query(self, measure: Measure) -> dict[str, float]:
        return dict(zip(self.queries, self.grades[measure].tolist(), strict=True))


def grade(run: Run, ground_truth: GroundTruth, rules: Rules, measures: Sequence[Measure] = ()) -> Graded:
    """Grade a run by the rules' measure and by ``measures``.

    The mean is over all queries of the ground truth to which something is relevant; one that the run does not answer
    counts as 0 (trec_eval's `-c`).

    Raises:
        InvalidRequestError: nothing is relevant to any query, or the run answers none of them.
    """
    asked = {query: one for query, one in ground_truth.queries.items() if one.relevant}
    _require_common(run, ground_truth, asked)
    unanswered = Ranking(())
    grades = {measure: np.zeros(len(asked)) for measure in (rules.measure, *measures)}
    for row, (query, assessed) in enumerate(asked.items()):
        relevance = relevance_list(run.rankings.get(query, unanswered), assessed)
        for measure, of_queries in grades.items():
            of_queries[row] = measure.grade(relevance)
    return Graded(run.tag, rules, tuple(asked), grades, _account(run, ground_truth, asked))


def relevance_list(ranking: Ranking, assessed: Assessments) -> Relevance:
    """The relevance list of a ranking, up to its last relevant document: junk is taken out, and what stands after it
    moves up by one. What stood at a rank that the ranking does not name counts as not relevant.
    """
    relevant = assessed.relevant
    places: list[int] = []
    gains: list[int] = []
    junk = 0
    for rank, name in ranking.ranked():
        if name in assessed.junk:
            junk += 1
        elif name in relevant:
            places.append(rank - 1 - junk)
            gains.append(relevant[name])
    n = places[-1] + 1 if places else 0
    grades = np.zeros(n, bool)
    grades[places] = True
    if set(relevant.values()) <= {1}:
        return Relevance(grades, len(relevant))
    ranked = np.zeros(n)
    ranked[places] = gains
    return Relevance(grades, len(relevant), Gains(ranked, np.sort(np.array([*relevant.values()], np.float64))[::-1]))


def _require_common(run: Run, ground_truth: GroundTruth, asked: Mapping[str, Assessments]) -> None:
    if not asked:
        raise InvalidRequestError(
            "Nothing is relevant to any query of the ground truth.", remedy="Gains of at least 1 mean relevant."
        )
    if run.rankings.keys().isdisjoint(ground_truth.queries):
        ours, theirs = next(iter(run.rankings)), next(iter(asked))
        raise InvalidRequestError(
            f"The run answers no query of the ground truth; it names {quoted(ours)}, and the ground truth "
            f"{quoted(theirs)}.",
            remedy="Give both the same names, and check that they belong together.",
        )


def _account(run: Run, ground_truth: GroundTruth, asked: Mapping[str, Assessments]) -> Account:
    answered = {query: ranking for query, ranking in run.rankings.items() if query in ground_truth.queries}
    documents = frozenset[str]().union(*(ranking.documents for ranking in answered.values()))
    return Account(
        missing_queries=tuple(query for query in asked if query not in run.rankings),
        unknown_queries=tuple(query for query in run.rankings if query not in ground_truth.queries),
        without_relevant=tuple(query for query in ground_truth.queries if query not in asked),
        contradicting_queries=tuple(query for query in run.contradicting if query in ground_truth.queries),
        documents=len(documents),
        unknown_documents=tuple(sorted(documents - ground_truth.documents)),
        below_zero=sum(_below_zero(ranking, ground_truth.queries[query]) for query, ranking in answered.items()),
        passed_over=run.passed_over,
    )


def _below_zero(ranking: Ranking, assessed: Assessments) -> int:
    return sum(assessed.gains.get(name, 0) < 0 and name not in assessed.junk for name in ranking.documents)
