"""A report's files, read: each only when it is asked for, and of rankings only the asked one."""

from __future__ import annotations

import gzip
import json
import mmap
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from itertools import dropwhile, takewhile
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from cbir.disk.errors import reading
from cbir.errors import CorruptDataError, NotFoundError, SchemaVersionError
from cbir.evaluation.reports.layout import (
    IMAGES,
    QUERIES,
    REPORT,
    VERSION,
    Queries,
    Report,
    ReportImage,
    require_images,
    require_queries,
    require_report,
)
from cbir.records import shown_path

AGAIN = "Run `cbir evaluate` again to make it anew; descriptors are kept, so that it is quick."
KEPT = 8
"""Documents that are kept in memory, for as long as their files do not change."""


def read_report(place: Path) -> Report:
    """The `report.json` in a folder, or the file itself.

    Raises:
        NotFoundError: there is no such folder or file.
        CorruptDataError: it is damaged, or no report.
        SchemaVersionError: a later version of the program wrote it.
    """
    if not place.exists():
        raise NotFoundError(f"There is no report at {shown_path(str(place))}.", remedy="Check the path.")
    file = place / REPORT if place.is_dir() else place
    if not file.exists():  # the folder may be anybody's
        raise CorruptDataError(
            f"There is no {REPORT} in {shown_path(place.absolute().name)}.",
            remedy="Name the folder of a report, or run `cbir evaluate` again.",
        )
    return cast("Report", _read(file, _checked_report))


def read_queries(folder: Path) -> Queries:
    """The `queries.json` in a report's folder.

    Raises:
        CorruptDataError: it is damaged, or not there.
    """
    return cast("Queries", _read(folder / QUERIES, _checked_queries))


def read_images(folder: Path) -> dict[str, ReportImage]:
    """The `images.json` in a report's folder.

    Raises:
        CorruptDataError: it is damaged, or not there.
    """
    return cast("dict[str, ReportImage]", _read(folder / IMAGES, require_images))


def read_ranking(path: Path, query: str) -> list[tuple[str, float]]:
    """Images and scores of one query in a run file, as they are written: larger is better.

    Raises:
        CorruptDataError: the file is damaged, or not there.
    """
    with _own(path), gzip.open(path) as run:
        return [(words[2].decode(), float(words[4])) for words in _rows(run, query)]


def read_relevant(path: Path, query: str) -> frozenset[str]:
    """Ids of the images that qrels call relevant to a query.

    Raises:
        CorruptDataError: the file is damaged, or not there.
    """
    with (
        _own(path),
        open(path, "rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as qrels,
    ):
        start = f"\n{query} ".encode("utf-8", "surrogateescape")
        if qrels[: len(start) - 1] != start[1:]:
            qrels.seek(qrels.find(start) + 1)
        judged = _rows(iter(qrels.readline, b""), query)
        return frozenset(words[2].decode() for words in judged if int(words[3]) > 0)


def _rows(lines: Iterable[bytes], query: str) -> list[list[bytes]]:
    """The words of the lines of one query, which stand together.

    Raises:
        ValueError: there is none.
    """
    prefix = f"{query} ".encode("utf-8", "surrogateescape")
    from_there = dropwhile(lambda line: not line.startswith(prefix), lines)
    found = [line.split() for line in takewhile(lambda line: line.startswith(prefix), from_there)]
    if not found:
        raise ValueError(query)
    return found


@contextmanager
def _own(path: Path) -> Iterator[None]:
    """Turn what reading one of a report's files can raise into errors that say so."""
    try:
        with reading(_inside(path)):
            try:
                yield
            except (gzip.BadGzipFile, zlib.error, EOFError, ValueError, IndexError, RecursionError):
                raise _damaged(path) from None
    except FileNotFoundError:
        raise _damaged(path) from None


def _read(path: Path, check: Callable[[Any], object]) -> object:
    """A JSON document, checked, from memory where the file is still the same. Whoever gets it must not change it."""
    with _own(path):
        state = path.stat()
        return _checked(path, check, state.st_mtime_ns, state.st_size, state.st_ino)


@lru_cache(maxsize=KEPT)
def _checked(path: Path, check: Callable[[Any], object], *_state: int) -> object:
    try:
        return check(json.loads(path.read_text("utf-8"), parse_constant=_refuse))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        where = f", {place}" if place else ""
        raise _damaged(path, f"{where}: {first['msg']}") from None


def _refuse(constant: str) -> float:
    """JSON has no NaN and no infinity, though Python reads them."""
    raise ValueError(constant)


def _require_sendable(document: Any) -> None:
    """Refuse what cannot be sent as JSON: text that is no Unicode, numbers beyond all bounds.

    Raises:
        ValueError: see above.
    """
    json.dumps(document, ensure_ascii=False, allow_nan=False).encode()


def _checked_queries(document: Any) -> Queries:
    found = require_queries(document)
    _require_sendable(found["queries"])
    return found


def _checked_report(document: Any) -> Report:
    """What pydantic checks, and what the parts say of each other."""
    version = document.get("version") if isinstance(document, dict) else None
    if isinstance(version, int) and version > VERSION:
        raise SchemaVersionError("A later version of cbir wrote this report.", remedy="Update cbir.")
    report = require_report(document)
    _require_sendable(report)
    measures = {one["name"] for one in report["measures"]}
    keys = {one["key"] for one in report["results"]}
    best = report["best"]
    sound = (
        _is_time(report["created_at"])
        and (report["primary_measure"] in measures)
        and all(measures <= one["means"].keys() & one["intervals"].keys() for one in report["results"])
        and {*best["by_extractor"].values(), *best["by_metric"].values()} <= keys
        and best["overall"] in {None, *keys}
    )
    if not sound:
        raise CorruptDataError(f"The report '{report['name']}' contradicts itself.", remedy=AGAIN)
    return report


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _damaged(path: Path, where: str = "") -> CorruptDataError:
    """Names the report and the file, never the folder: who reads it over HTTP is not to know that."""
    return CorruptDataError(f"The report is damaged: {shown_path(str(_inside(path)))}{where}.", remedy=AGAIN)


def _inside(path: Path) -> Path:
    """The report and the file."""
    return Path(*path.parts[-2:]) if path.parent.name else path
