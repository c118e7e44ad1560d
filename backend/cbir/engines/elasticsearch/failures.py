"""From what the client raises to the errors of this program, by the rows of `failure_table`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from elasticsearch import ApiError
from elasticsearch.helpers.errors import BulkIndexError

from cbir.engines.elasticsearch.failure_table import TABLE, Cause, Failure
from cbir.engines.elasticsearch.names import Names
from cbir.errors import CbirError

_INDEX_NAME = r"\[(cbir[-=+][^\]\s]*)\]"
LONGEST = 300
"""Characters of a server's reason that a message repeats."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which cluster what was asked: what a message has to name."""

    about: str
    """As a noun: "the collection 'photos'", "searching 'photos'"."""
    urls: str
    names: Names
    timeout: float


def as_error(error: BaseException, asked: Asked) -> CbirError:
    """The error of this program for an exception of the client."""
    return _error(_failure(error), asked)


def refused(status: int, error: Mapping[str, Any], asked: Asked) -> CbirError:
    """The error of this program for an item that a bulk answer refuses.

    Args:
        status: the item's status.
        error: the item's `error`.
        asked: what was asked.
    """
    return _error(Failure(status, _causes(error)), asked)


def incomplete(asked: Asked) -> CbirError:
    """The error for an answer to which not all shards contributed in time."""
    return _error(Failure(0, (), TimeoutError), asked)


def _error(failure: Failure, asked: Asked) -> CbirError:
    row = next(row for row in TABLE if row.fits(failure))
    values = _values(failure, asked)
    return row.error(row.message.format_map(values), remedy=row.remedy.format_map(values))


def _failure(error: BaseException) -> Failure:
    if isinstance(error, BulkIndexError):
        item = next(iter(error.errors[0].values()))
        return Failure(item["status"], _causes(item.get("error", {})))
    if isinstance(error, ApiError):
        genuine = "x-elastic-product" in error.meta.headers or _elastic(error.body)
        return Failure(error.meta.status, _causes_of_body(error.body), type(error), genuine)
    return Failure(0, (Cause(type(error).__name__, str(getattr(error, "message", error))),), type(error))


def _elastic(body: Any) -> bool:
    """Whether it is an error as Elasticsearch writes them; its refusals (403) do not name the product in a header."""
    return isinstance(body, Mapping) and {"error", "status"} <= body.keys()


def _causes_of_body(body: Any) -> tuple[Cause, ...]:
    error = body.get("error") if isinstance(body, Mapping) else body
    return _causes(error) if isinstance(error, Mapping) else (Cause("", str(error or "")),)


def _causes(error: Mapping[str, Any]) -> tuple[Cause, ...]:
    return tuple(dict.fromkeys(_walk(error)))


def _walk(error: Mapping[str, Any]) -> Iterator[Cause]:
    """Every reason in an error, the outermost first."""
    said = (error.get("reason"), error.get("additional_unsuccessful_credentials"))
    yield Cause(str(error.get("type", "")), "; ".join(filter(None, said)), str(error.get("index", "")))
    shards = (shard.get("reason") for shard in error.get("failed_shards", ()))
    for inner in (*error.get("root_cause", ()), *shards, error.get("caused_by")):
        if isinstance(inner, Mapping):
            yield from _walk(inner)


def _values(failure: Failure, asked: Asked) -> Mapping[str, Any]:
    """What the messages of the table may name."""
    reasons = [cause.reason for cause in failure.causes if cause.reason]
    index = next((cause.index for cause in failure.causes if cause.index), "") or _found(_INDEX_NAME, reasons)
    return {
        "about": asked.about[:1].upper() + asked.about[1:],
        "urls": asked.urls,
        "timeout": asked.timeout,
        "status": failure.status,
        "first": _shortened(reasons[0] if reasons else "no reason given"),
        "last": _shortened(reasons[-1] if reasons else "no reason given"),
        "index": index,
        "whose": _whose(index, asked.names),
        "privilege": _privilege(" ".join(reasons)),
        "field": _found(r"(?:introduction of|field) \[([^\]]+)\]", reasons),
        "script": _found(r"find script \[([^\]]+)\]", reasons),
    }


def _shortened(reason: str) -> str:
    text = " ".join(reason.split()).rstrip(".")
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _whose(index: str, names: Names) -> str:
    """What an index is to the person; empty: not said."""
    alias = re.sub(r"\+[0-9]{6,}$", "", index)
    if alias.startswith(names.prefix):
        return f"collection '{names.collection(alias)}'"
    return f"index '{index}'" if index else "index"


def _privilege(reason: str) -> str:
    action, granted = (
        re.search(r"action \[([^\]]+)\]", reason),
        re.search(r"granted by the (.+? privileges? \[[^\]]+\])", reason),
    )
    parts = (
        f"it may not do '{action[1]}'" if action else "",
        f"which needs one of the {granted[1]}" if granted else "",
    )
    return ", ".join(part for part in parts if part) or _shortened(reason)


def _found(pattern: str, reasons: list[str]) -> str:
    matches = (re.search(pattern, reason) for reason in reasons)
    return next((match[1] for match in matches if match), "")
