"""Which differences in a table of results are more than chance.

Comparing every two of 18 cells would be 153 tests, most of which nobody asks. Two questions are asked of each
measure: is the best cell better than each other one, and is an extractor at its best better than another one at its
best? The tests of one measure are one family for Holm's correction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from cbir.evaluation.bootstrap import LEVEL, REPLICATES, bca_intervals, replicated_means
from cbir.evaluation.significance import ROUNDS, holm, sign_flip_test
from cbir.metrics.base import Float64

ALPHA = 0.05
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Cell:
    """One extractor with one metric and strategy, graded."""

    key: str
    extractor: str
    grades: Mapping[str, Float64]
    """By the measure's name, each (Q,)."""


@dataclass(frozen=True, slots=True)
class Method:
    """How many draws, and from which seed."""

    seed: int = 0
    replicates: int = REPLICATES
    rounds: int = ROUNDS

    @property
    def text(self) -> str:
        """The method in words, for reports."""
        return (
            "For each measure, the cell with the highest mean is compared with every other cell, and every two "
            "extractors are compared at their best cells. Queries are paired. Intervals: "
            f"{LEVEL:.0%}, bootstrap over queries (BCa, {self.replicates:,} draws). p: two-sided randomisation test "
            f"by flipping the signs of the queries' differences (exact for few queries, else {self.rounds:,} random "
            "assignments). Adjusted p: Holm's correction over all comparisons of a measure; significant below "
            f"{ALPHA}. The best cell was chosen by the queries on which it is tested, which flatters it a little."
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two cells under one measure: ``a`` has the higher mean."""

    measure: str
    a: str
    b: str
    difference: float
    """Mean of a less mean of b."""
    interval: Interval
    p_value: float
    p_adjusted: float
    better: int
    """Queries on which a has the higher grade."""
    worse: int
    """Queries on which b has."""

    @property
    def significant(self) -> bool:
        """Beyond chance, also in view of how many comparisons were made."""
        return self.p_adjusted < ALPHA

    def to_json(self) -> dict[str, Any]:
        """As it stands in a report."""
        return {
            "measure": self.measure,
            "a": self.a,
            "b": self.b,
            "difference": self.difference,
            "interval": list(self.interval),
            "p_value": self.p_value,
            "p_adjusted": self.p_adjusted,
            "significant": self.significant,
            "better": self.better,
            "worse": self.worse,
        }


@dataclass(frozen=True, slots=True)
class Compared:
    """What the grades of a table say together."""

    intervals: Mapping[str, Mapping[str, Interval]]
    """By cell's key and measure: the interval of the mean."""
    comparisons: tuple[Comparison, ...]
    """Measure by measure; the comparisons with the best cell first."""


def compare(cells: Sequence[Cell], measures: Sequence[str], method: Method | None = None) -> Compared:
    """Intervals of all means, and the comparisons that are asked.

    Every cell has the grades of the same queries, in the same order.
    """
    method = method or Method()
    if not cells or not measures:
        return Compared({cell.key: {} for cell in cells}, ())
    grades = np.stack([np.stack([cell.grades[measure] for cell in cells], axis=1) for measure in measures], axis=1)
    queries = len(grades)
    # one call, so that the queries are drawn once for all measures
    drawn = replicated_means(grades.reshape(queries, -1), replicates=method.replicates, seed=method.seed)
    drawn = drawn.reshape(len(drawn), len(measures), len(cells))
    return Compared(_intervals(cells, measures, grades, drawn), _comparisons(cells, measures, grades, drawn, method))


def _intervals(
    cells: Sequence[Cell], measures: Sequence[str], grades: Float64, drawn: Float64
) -> dict[str, dict[str, Interval]]:
    """By cell and measure, from grades (Q, M, C) and drawn means (B, M, C)."""
    intervals: dict[str, dict[str, Interval]] = {cell.key: {} for cell in cells}
    for index, measure in enumerate(measures):
        for cell, (low, high) in zip(cells, bca_intervals(grades[:, index], drawn[:, index]), strict=True):
            intervals[cell.key][measure] = (float(low), float(high))
    return intervals


def best(cells: Sequence[Cell], measure: str) -> Cell:
    """The cell with the highest mean; of equal ones the first."""
    return max(cells, key=lambda cell: float(cell.grades[measure].mean()))


def asked_pairs(cells: Sequence[Cell], measure: str) -> list[tuple[int, int]]:
    """Positions of the cells to be compared, the better one first, without repeats."""
    means = [float(cell.grades[measure].mean()) for cell in cells]
    position = {cell.key: index for index, cell in enumerate(cells)}
    overall = position[best(cells, measure).key]
    pairs = [(overall, other) for other in range(len(cells)) if other != overall]
    extractors = dict.fromkeys(cell.extractor for cell in cells)
    champions = [
        position[best([cell for cell in cells if cell.extractor == name], measure).key] for name in extractors
    ]
    for one, other in combinations(champions, 2):
        pair = (one, other) if means[one] >= means[other] else (other, one)
        if overall not in pair:
            pairs.append(pair)
    return pairs


def _comparisons(
    cells: Sequence[Cell], measures: Sequence[str], grades: Float64, drawn: Float64, method: Method
) -> tuple[Comparison, ...]:
    """Measure by measure, from grades (Q, M, C) and drawn means (B, M, C)."""
    asked = [(index, *pair) for index, measure in enumerate(measures) for pair in asked_pairs(cells, measure)]
    if not asked:
        return ()
    of, a, b = np.array(asked).T
    differences = grades[:, of, a] - grades[:, of, b]
    intervals = bca_intervals(differences, drawn[:, of, a] - drawn[:, of, b])
    p_values = sign_flip_test(differences, rounds=method.rounds, seed=method.seed)
    adjusted = np.concatenate([holm(p_values[of == index]) for index in range(len(measures))])
    return tuple(
        Comparison(
            measure=measures[of[column]],
            a=cells[a[column]].key,
            b=cells[b[column]].key,
            difference=float(differences[:, column].mean()),
            interval=(float(intervals[column, 0]), float(intervals[column, 1])),
            p_value=float(p_values[column]),
            p_adjusted=float(adjusted[column]),
            better=int(np.count_nonzero(differences[:, column] > 0)),
            worse=int(np.count_nonzero(differences[:, column] < 0)),
        )
        for column in range(len(asked))
    )
