"""Paths as those may see them who reach the server from elsewhere: below the folder that was indexed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from cbir.ingest.records import is_below
from cbir.ingest.report import Report
from cbir.ingest.walk import Failure
from cbir.records import shown_path

MAX_LISTED = 1000
"""Paths of a kind in a result; there can be as many as there are files."""


def path_below(path: str, root: str) -> str:
    """A path as it is below ``root``; its last name where it is not."""
    if root and path != root and is_below(path, [root]):
        return shown_path(os.path.relpath(path, root))
    return shown_path(os.path.basename(path.rstrip(os.sep)))


def without_folders(text: str, folders: Iterable[str]) -> str:
    """Text for a person in which these folders are named by their last name only."""
    for folder in sorted(map(shown_path, folders), key=len, reverse=True):
        if name := os.path.basename(folder):
            text = text.replace(folder, name)
    return text


def shown_failure(failure: Failure) -> Failure:
    """A failure with its path below the folder that was indexed."""
    return Failure(path_below(failure.path, failure.root), failure.reason, failure.remedy)


def shown_report(report: Report, roots: Sequence[str]) -> dict[str, Any]:
    """A report as `Report.to_json`, its paths below ``roots`` and at most 1,000 of a kind.

    Where there are more, `cut` has their number by the list's name.
    """
    failed = [shown_failure(failure).to_json() for failure in report.failed]
    lists: dict[str, list[Any]] = {"failed": failed}
    for name in ("changed", "missing", "forgotten"):
        lists[name] = [_below_any(path, roots) for path in getattr(report, name)]
    cut = {name: len(paths) for name, paths in lists.items() if len(paths) > MAX_LISTED}
    shown = report.to_json() | {name: paths[:MAX_LISTED] for name, paths in lists.items()}
    return shown | {"cut": cut} if cut else shown


def named_failure(failure: Failure, names: dict[str, str]) -> Failure:
    """A failure under the name that a file was sent with."""
    return replace(failure, path=names.get(failure.path) or path_below(failure.path, failure.root))


def _below_any(path: str, roots: Sequence[str]) -> str:
    return path_below(path, next((root for root in roots if is_below(path, [root])), ""))
