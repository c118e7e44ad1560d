"""A filter, and people's search words, as query clauses; pure. A person's text never becomes syntax."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from cbir.engines.base import Filter
from cbir.engines.elasticsearch.documents import plain_words

Query = dict[str, Any]

MAX_TERMS = 65_536
"""Terms that a server takes in one clause (`index.max_terms_count`)."""
SCORED_COMPLETIONS = 50
"""Words that a prefix may stand for when images are ordered by relevance; all of them are found."""


def query(filter: Filter) -> Query:
    """The query for the images that ``filter`` lets through, without scores."""
    wanted = [*_labels(filter.labels), *_words(plain_words(filter.text))]
    unwanted = list(terms("id", sorted(_sendable(filter.exclude))))
    if not wanted and not unwanted:
        return {"match_all": {}}
    return {"bool": {"filter": wanted, "must_not": unwanted}}


def relevance(text: str) -> Query | None:
    """The query for images that hold every word of ``text``, the last as a prefix, scored; None without words."""
    words = plain_words(text)
    if not words:
        return None
    prefix = {"value": words[-1], "rewrite": f"top_terms_blended_freqs_{SCORED_COMPLETIONS}"}
    scored = [*({"term": {"words": word}} for word in dict.fromkeys(words)), {"prefix": {"words": prefix}}]
    return {"bool": {"filter": _words(words), "should": scored}}


def terms(field: str, values: Sequence[str]) -> Iterator[Query]:
    """Clauses that together hold for each document with one of these values, each of a size that a server takes."""
    rest = iter(values)
    while piece := list(islice(rest, MAX_TERMS)):
        yield {"terms": {field: piece}}


def _labels(labels: Sequence[str]) -> list[Query]:
    if not labels:
        return []
    clauses = list(terms("labels", sorted(_sendable(labels))))
    return [{"bool": {"should": clauses}} if clauses else {"match_none": {}}]


def _words(words: Sequence[str]) -> list[Query]:
    if not words:
        return []
    whole = [{"term": {"words": word}} for word in dict.fromkeys(words[:-1])]
    return [*whole, {"prefix": {"words": words[-1]}}]


def _sendable(texts: Iterable[str]) -> set[str]:
    """Those that are Unicode; no image has anything else."""
    return {text for text in texts if text.isascii() or text.encode("utf-8", "ignore").decode() == text}
