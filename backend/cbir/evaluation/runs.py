"""Runs: the rankings of all queries, and TREC's files of them (``query Q0 document rank score tag`` a line).

Order: as trec_eval has it, by score, larger first, compared as 32-bit floats; of equal scores the larger name comes
first, and the written ranks are passed over. Files that are written here have ranks and scores that agree: scores
fall from each rank to the next, also as 32-bit floats, so that every program reads them in the order of their ranks
(in which equal scores of a search stand by ascending id). A distance is written negated.
"""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cbir.errors import InvalidRequestError
from cbir.evaluation.lines import malformed, numbered_lines, quoted, text_file, word
from cbir.records import shown_path

RUN_LINE = "Write 'query Q0 document rank score tag', split by spaces."


@dataclass(frozen=True, slots=True)
class Ranking:
    """The answer to one query, best first."""

    documents: tuple[str, ...]
    """Without repeats."""
    scores: tuple[float, ...] = ()
    """Larger is better; empty where none are known."""
    ranks: tuple[int, ...] = ()
    """From 1, rising, where there are gaps: what stood at the ranks between is not named. Empty: 1, 2, 3, …"""

    def __len__(self) -> int:
        return len(self.documents)

    def __iter__(self) -> Iterator[tuple[str, float]]:
        """Documents with their scores, NaN where none are known."""
        return zip(self.documents, self.scores or (math.nan,) * len(self), strict=True)

    def ranked(self) -> Iterator[tuple[int, str]]:
        """Documents with their ranks."""
        return zip(self.ranks or range(1, len(self) + 1), self.documents, strict=True)


@dataclass(frozen=True, slots=True)
class Run:
    """The rankings of all queries by one system."""

    tag: str
    """What the run calls itself."""
    rankings: Mapping[str, Ranking]
    """By query, in the order of the file."""
    contradicting: tuple[str, ...] = ()
    """Queries whose written ranks say another order than their scores, which count."""
    passed_over: tuple[str, ...] = ()
    """Files of a folder that are no rankings."""


class _Row(NamedTuple):
    document: str
    score: float
    rank: int


def read_trec_run(path: str | Path) -> Run:
    """Read a TREC run file, packed with gzip if its name ends in `.gz`. The queries' lines may be mixed.

    Raises:
        NotFoundError: there is no such file.
        InvalidRequestError: it is empty, a line is malformed, or names a document for the second time.
    """
    answers: dict[str, dict[str, _Row]] = {}
    tag = ""
    for number, line in numbered_lines(path):
        words = line.split()
        if len(words) != 6:  # noqa: PLR2004 — the format's columns
            raise malformed(path, number, f"{quoted(line)} is no line of a TREC run.", RUN_LINE)
        query, _, document, rank, score, tag = words
        rows = answers.setdefault(query, {})
        if document in rows:
            raise malformed(
                path,
                number,
                f"{quoted(document)} stands for the second time in the ranking of {quoted(query)}.",
                "Name a document once a query.",
            )
        try:
            # every ranking names the same documents: one string each
            rows[document] = _Row(sys.intern(document), _number(score), int(rank))
        except ValueError:
            raise malformed(path, number, f"{quoted(line)}: rank or score is no number.", RUN_LINE) from None
    if not answers:
        raise InvalidRequestError(f"The run {shown_path(str(path))} is empty.", remedy=RUN_LINE)
    rankings: dict[str, Ranking] = {}
    contradicting: list[str] = []
    for query in list(answers):
        rounded = _as_32_bit(answers.pop(query).values())
        rankings[query] = _in_order(rounded)
        if _contradicts(rounded):
            contradicting.append(query)
    return Run(tag, rankings, tuple(contradicting))


def write_trec_run(
    path: str | Path,
    tag: str,
    rankings: Iterable[tuple[str, Sequence[str], Sequence[float] | NDArray[np.floating]]],
    *,
    larger_is_better: bool = True,
) -> None:
    """Write a TREC run file, packed with gzip if its name ends in `.gz`; equal runs become equal bytes.

    Args:
        path: the file, replaced if it is there.
        tag: the run's name.
        rankings: for each query its name, its documents, best first, and their scores.
        larger_is_better: False for distances, which are written negated.

    Raises:
        InvalidRequestError: a name that is empty or holds white space or control characters, or a score that is NaN.
    """
    tag = word("tag", tag)
    with text_file(path) as file:
        for query, documents, scores in rankings:
            native = np.asarray(scores, np.float64)
            falling = falling_scores(native if larger_is_better else -native)
            name = word("query", query)
            file.writelines(
                f"{name} Q0 {word('document', document)} {rank} {score:.9g} {tag}\n"
                for rank, (document, score) in enumerate(zip(documents, falling.tolist(), strict=True), start=1)
            )


def falling_scores(scores: NDArray[np.float64]) -> NDArray[np.float32]:
    """Scores (n,), larger first, as 32-bit floats of which each is below the one before it.

    A score that would not be is lowered to the next 32-bit float that is.

    Raises:
        InvalidRequestError: a score is NaN.
    """
    if np.isnan(scores).any():
        raise InvalidRequestError("A score of the ranking is not a number.", remedy="Look at the descriptors.")
    bounds = np.finfo(np.float32)
    # room is left below, so that ties at the smallest float can still fall
    within = np.clip(scores, bounds.min / 2, bounds.max).astype(np.float32)
    if (within[1:] < within[:-1]).all():
        return within
    places = np.arange(len(within))
    return _float32_at(np.minimum.accumulate(_ordinals(within) + places) - places)


def _ordinals(values: NDArray[np.float32]) -> NDArray[np.int64]:
    """The place of each 32-bit float among all of them in ascending order; 0 is at 0."""
    bits = values.view(np.int32).astype(np.int64)
    return np.where(bits < 0, -(bits & 0x7FFFFFFF), bits)


def _float32_at(ordinals: NDArray[np.int64]) -> NDArray[np.float32]:
    """The 32-bit floats at these places: the inverse of `_ordinals`."""
    bits = np.where(ordinals < 0, -ordinals | 0x80000000, ordinals).astype(np.uint32)
    return bits.view(np.float32)


def _number(text: str) -> float:
    score = float(text)
    if math.isnan(score):
        raise ValueError(text)
    return score


def _as_32_bit(rows: Collection[_Row]) -> list[_Row]:
    """The rows with their scores as 32-bit floats."""
    with np.errstate(over="ignore"):
        scores = np.array([row.score for row in rows]).astype(np.float32).tolist()
    return [row._replace(score=score) for row, score in zip(rows, scores, strict=True)]


def _in_order(rows: list[_Row]) -> Ranking:
    best_first = sorted(rows, key=lambda row: (row.score, row.document), reverse=True)
    return Ranking(tuple(row.document for row in best_first), tuple(row.score for row in best_first))


def _contradicts(rows: list[_Row]) -> bool:
    """Whether a larger score has a later rank; equal scores contradict no order of ranks."""
    best_first = sorted(rows, key=lambda row: (-row.score, row.rank))
    return any(one.rank > next_one.rank for one, next_one in itertools.pairwise(best_first))
