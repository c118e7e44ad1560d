"""Ground truth apart from a dataset: for each query what is relevant to it and what is junk, by names; TREC's qrels.

A qrels file has a line a judgement, ``query 0 document gain``: relevant is what has a gain of at least 1; what has no
line counts as not relevant. Files that are written here give junk the gain −1. trec_eval has no junk and counts what
was judged below 0 as not relevant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cbir.errors import InvalidRequestError
from cbir.evaluation.lines import malformed, numbered_lines, quoted, text_file, word
from cbir.records import shown_path

QRELS_LINE = "Write 'query 0 document gain', split by spaces, with a whole number as gain."
JUNK_GAIN = -1


@dataclass(frozen=True, slots=True)
class Assessments:
    """What is true of documents for one query; of a document that is not named nothing is known."""

    gains: Mapping[str, int]
    """Relevant are those with a gain of at least 1; 0 and below: judged, and not relevant."""
    junk: frozenset[str] = frozenset()
    """Taken out of the ranking before grading; what is junk is not relevant, whatever its gain."""

    @property
    def relevant(self) -> dict[str, int]:
        """The relevant documents with their gains."""
        return {name: gain for name, gain in self.gains.items() if gain > 0 and name not in self.junk}

    @property
    def documents(self) -> frozenset[str]:
        """All that are named."""
        return self.junk.union(self.gains)


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """The assessments of all queries."""

    queries: Mapping[str, Assessments]
    """By query, in the order of the source."""
    others: frozenset[str] = field(default=frozenset())
    """Documents that the source names besides those that were assessed for some query."""

    @property
    def documents(self) -> frozenset[str]:
        """All documents that are known."""
        return self.others.union(*(one.documents for one in self.queries.values()))

    def with_negative_as_junk(self) -> GroundTruth:
        """The same ground truth, in which what was judged below 0 is junk, as in files that are written here."""
        return replace(self, queries={query: _without_negative(one) for query, one in self.queries.items()})


def read_qrels(path: str | Path) -> GroundTruth:
    """Read TREC qrels, packed with gzip if the file's name ends in `.gz`.

    A line that says the same again is passed over.

    Raises:
        NotFoundError: there is no such file.
        InvalidRequestError: it is empty, a line is malformed, or contradicts an earlier one.
    """
    gains: dict[str, dict[str, int]] = {}
    for number, line in numbered_lines(path):
        words = line.split()
        if len(words) != 4:  # noqa: PLR2004 — the format's columns
            raise malformed(path, number, f"{quoted(line)} is no line of qrels.", QRELS_LINE)
        query, _, document, gain_text = words
        try:
            gain = int(gain_text)
        except ValueError:
            raise malformed(path, number, f"The gain {quoted(gain_text)} is no whole number.", QRELS_LINE) from None
        if gains.setdefault(query, {}).setdefault(document, gain) != gain:
            raise malformed(
                path, number, f"{quoted(document)} was judged otherwise for {quoted(query)} before.", "Keep one line."
            )
    if not gains:
        raise InvalidRequestError(f"The qrels {shown_path(str(path))} are empty.", remedy=QRELS_LINE)
    return GroundTruth({query: Assessments(of_query) for query, of_query in gains.items()})


def write_qrels(path: str | Path, queries: Iterable[tuple[str, Assessments]]) -> None:
    """Write TREC qrels, packed with gzip if the file's name ends in `.gz`; junk gets the gain −1.

    Raises:
        InvalidRequestError: a name that is empty or holds white space or control characters.
    """
    with text_file(path) as file:
        for query, assessed in queries:
            name = word("query", query)
            gains = dict(assessed.gains) | dict.fromkeys(sorted(assessed.junk), JUNK_GAIN)
            file.writelines(f"{name} 0 {word('document', document)} {gain}\n" for document, gain in gains.items())


def _without_negative(assessed: Assessments) -> Assessments:
    negative = frozenset(document for document, gain in assessed.gains.items() if gain < 0)
    return replace(assessed, junk=assessed.junk | negative)
