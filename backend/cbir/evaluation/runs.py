"""Runs: the rankings of all queries, and TREC's files of them (``query Q0 document rank score tag`` a line).

Order: as trec_eval has it, by score, larger first, compared as 32-bit floats; of equal scores the larger name comes
first, and the written ranks are passed over. Files that are written here have ranks and scores that agree: scores
fall from each rank to the next, also as 32-bit floats, so that every program reads them in the order of their ranks
(in which equal scores of a search stand by ascending id). A distance is written negated.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    score: float
    """As a 32-bit float."""
    rank: int


def read_trec_run(path: str | Path) -> Run:
    """Read a TREC run file, packed with gzip if its name ends in `.gz`. The queries' lines may be mixed.

    Raises:
        NotFoundError: there is no such file.
        InvalidRequestError: it is empty, a line is malformed, or names a document for the second time.
    """
    rows: dict[str, dict[str, _Row]] = {}
    tag = ""
    for number, line in numbered_lines(path):
        words = line.split()
        if len(words) != 6:  # noqa: PLR2004 — the format's columns
            raise malformed(path, number, f"{quoted(line)} is no line of a TREC run.", RUN_LINE)
        query, _, document, rank, score, tag = words
        of_query = rows.setdefault(query, {})
        if document in of_query:
            raise malformed(
                path,
                number,
                f"{quoted(document)} stands for the second time in the ranking of {quoted(query)}.",
                "Name a document once a query.",
            )
        try:
            of_query[document] = _Row(_as_float32(score), int(rank))
        except ValueError:
            raise malformed(path, number, f"{quoted(line)}: rank or score is no number.", RUN_LINE) from None
    if not rows:
        raise InvalidRequestError(f"The run {shown_path(str(path))} is empty.", remedy=RUN_LINE)
    return Run(
        tag=tag,
        rankings={query: _in_order(of_query) for query, of_query in rows.items()},
        contradicting=tuple(query for query, of_query in rows.items() if _contradicts(of_query)),
    )


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


def _as_float32(text: str) -> float:
    score = float(text)
    if math.isnan(score):
        raise ValueError(text)
    with np.errstate(over="ignore"):
        return float(np.float32(score))


def _in_order(rows: Mapping[str, _Row]) -> Ranking:
    by_name = sorted(rows.items(), key=lambda item: item[0], reverse=True)
    best_first = sorted(by_name, key=lambda item: item[1].score, reverse=True)
    return Ranking(tuple(name for name, _ in best_first), tuple(row.score for _, row in best_first))


def _contradicts(rows: Mapping[str, _Row]) -> bool:
    """Whether a larger score has a later rank; equal scores contradict no order of ranks."""
    best_first = sorted(rows.values(), key=lambda row: (-row.score, row.rank))
    return any(one.rank > next_one.rank for one, next_one in itertools.pairwise(best_first))
