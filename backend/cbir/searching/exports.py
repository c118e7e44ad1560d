"""A ranking as text that other programs read: JSON, CSV, and the run format of TREC."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

import numpy as np

from cbir.errors import InvalidRequestError
from cbir.metrics import METRICS
from cbir.records import ImageRecord, shown_path, shown_text
from cbir.searching.search import Found, FoundHit

PathOf = Callable[[ImageRecord], str]

COLUMNS = ("rank", "id", "path", "score", "closeness", "labels", "width", "height", "collapsed")
_ACTIVE = ("=", "+", "-", "@", "|", "%")
"""How a cell begins that spreadsheets may run as a formula."""
_WORD = re.compile(r"[!-~]+")
"""A word of a run's line: it is split at spaces, and read as ASCII."""
_NO_WORD = re.compile(r"[^!-~]")


def path_below_folder(record: ImageRecord) -> str:
    """An image's path below the folder that was indexed, fit for display; its file's name where none is known."""
    if not record.locations:
        return ""
    place = record.locations[0]
    known = place.root and place.path.startswith(os.path.join(place.root, ""))
    return shown_path(os.path.relpath(place.path, place.root) if known else os.path.basename(place.path))


def to_json(found: Found, path_of: PathOf = path_below_folder) -> Iterator[str]:
    """One JSON object: how the ranking came about, and its hits."""
    head = {
        "collection": found.collection,
        "extractor": found.extractor,
        "metric": found.metric,
        "strategy": found.strategy,
        "engine": found.engine,
        "index": found.index,
        "exact": found.exact,
        "offset": found.offset,
        "total": found.total,
        "total_is_exact": found.total_is_exact,
        "nothing_similar": found.nothing_similar,
    }
    yield json.dumps(head)[:-1] + ', "hits": ['
    for index, one in enumerate(found.hits):
        yield (",\n" if index else "\n") + json.dumps(_fields(one, path_of))
    yield "\n]}\n"


def to_csv(found: Found, path_of: PathOf = path_below_folder) -> Iterator[str]:
    """A heading and a line a hit (RFC 4180, CRLF, texts quoted); labels and collapsed ids are split by `;`.

    A text that a spreadsheet would run as a formula begins with an apostrophe, which spreadsheets take for "this is
    text".
    """
    yield _line(COLUMNS)
    for one in found.hits:
        fields = _fields(one, path_of)
        yield _line([_cell(fields[column]) for column in COLUMNS])


def to_trec(found: Found, query: str = "query", tag: str = "") -> Iterator[str]:
    """A line a hit: `QUERY Q0 IMAGE RANK SCORE TAG`.

    trec_eval passes the ranks over and sorts by score, larger first, as 32-bit floats; of equal ones the larger name
    comes first. So a distance is written negated, and a score that would not be below the one before it as a 32-bit
    float is lowered to the next one that is. JSON and CSV have the native scores.

    Args:
        found: the ranking.
        query: the query's name.
        tag: the run's name; by default extractor, metric and strategy.

    Raises:
        InvalidRequestError: a name that is not a word of visible ASCII characters.
    """
    query, tag = _word("query", query), _word("tag", tag or _default_tag(found))
    # names are checked before the first line is asked for, so that an error can still be answered
    return _trec_lines(found, query, tag)


def _trec_lines(found: Found, query: str, tag: str) -> Iterator[str]:
    sign = 1 if METRICS.get(found.metric).larger_is_better else -1
    above = np.float32(np.inf)
    for one in found.hits:
        with np.errstate(over="ignore"):
            score = np.float32(sign * one.hit.score)
        above = score = min(score, np.nextafter(above, np.float32(-np.inf)))
        text = np.format_float_positional(score, unique=True, trim="0")
        image = _NO_WORD.sub(lambda found: quote(found[0]), one.hit.id)
        yield f"{query} Q0 {image} {one.rank} {text} {tag}\n"


def _default_tag(found: Found) -> str:
    return _NO_WORD.sub("_", f"{found.extractor}-{found.metric}-{found.strategy}")


def _word(what: str, text: str) -> str:
    if not _WORD.fullmatch(text):
        raise InvalidRequestError(
            f"The {what} {text[:60]!a} cannot stand in a TREC run.", remedy="Use visible ASCII characters, no spaces."
        )
    return text


def _fields(one: FoundHit, path_of: PathOf) -> dict[str, Any]:
    return {
        "rank": one.rank,
        "id": one.hit.id,
        "path": path_of(one.record),
        "score": one.hit.score,
        "closeness": one.closeness,
        "labels": list(one.record.labels),
        "width": one.record.width,
        "height": one.record.height,
        "collapsed": list(one.collapsed),
    }


def _cell(value: Any) -> str | int | float:
    if isinstance(value, list):
        return ";".join(map(_guarded, value))
    return _guarded(value) if isinstance(value, str) else "" if value is None else value


def _guarded(text: str) -> str:
    shown = shown_text(text)
    return f"'{shown}" if shown.startswith(_ACTIVE) else shown


def _line(cells: Sequence[str | int | float]) -> str:
    text = io.StringIO()
    # texts are quoted, because some spreadsheets also split what is not at semicolons
    csv.writer(text, quoting=csv.QUOTE_NONNUMERIC).writerow(cells)
    return text.getvalue()
