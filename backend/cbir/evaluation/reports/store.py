"""The reports that are kept: listed, opened, asked for queries, rankings and pictures, deleted."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from cbir.disk.durable import make_folder
from cbir.disk.errors import reading, writing
from cbir.errors import CbirError, NotFoundError, UnknownNameError
from cbir.evaluation.reports.build import Circumstances, report_name
from cbir.evaluation.reports.layout import PAGE, QRELS, Report, ReportImage, ReportQuery, ReportResult
from cbir.evaluation.reports.read import read_images, read_queries, read_ranking, read_relevant, read_report
from cbir.evaluation.reports.write import REMEDIES, write_report
from cbir.evaluation.results import Evaluation
from cbir.metrics import METRICS
from cbir.records import shown_text
from cbir.registry import did_you_mean

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
UNLISTED: ReportImage = {"path": "", "shown": "", "labels": []}
"""What is shown of an image that `images.json` lacks."""


@dataclass(frozen=True, slots=True)
class ReportSummary:
    """A report in a list. Of a damaged one its name is known, and what is wrong with it."""

    name: str
    created_at: datetime | None = None
    dataset: str = ""
    protocol: str = ""
    images: int | None = None
    queries: int | None = None
    best: str | None = None
    primary_measure: str | None = None
    best_mean: float | None = None
    problem: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class GradedQuery:
    """A query and its grade under one measure."""

    name: str
    id: str
    path: str
    labels: tuple[str, ...]
    crop: str | None
    relevant: int
    grade: float


@dataclass(frozen=True, slots=True)
class QueryPage:
    """Some queries of a report."""

    queries: tuple[GradedQuery, ...]
    total: int


@dataclass(frozen=True, slots=True)
class RankedHit:
    """An image in a ranking."""

    rank: int
    id: str
    shown: str
    """Its path below the dataset's folder."""
    labels: tuple[str, ...]
    score: float
    """The metric's own, to the precision of a 32-bit float; equal scores differ in their last digits."""
    relevant: bool


ORDERS: dict[str, Callable[[float], float]] = {"worst": lambda grade: grade, "best": lambda grade: -grade}
"""What queries are sorted by, smallest first; equal ones by name."""


class Reports:
    """The reports below a folder, one folder each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def list(self) -> Sequence[ReportSummary]:
        """Newest first; damaged reports, listed with what is wrong with them, last."""
        found = [_summary(self.folder / name) for name in self._names()]
        return sorted(found, key=lambda one: (one.created_at or LONG_AGO, one.name), reverse=True)

    def open(self, name: str) -> StoredReport:
        """A report by name. Its files are read when they are asked for.

        Raises:
            NotFoundError: there is none of this name.
        """
        if not NAME.fullmatch(name) or not (self.folder / name).is_dir():
            remedy = did_you_mean(name, list(self._names())) or "`cbir evaluate` makes reports."
            raise NotFoundError(f"There is no report '{shown_text(name)}'.", remedy=remedy)
        return StoredReport(self.folder / name)

    def add(self, evaluation: Evaluation, circumstances: Circumstances) -> StoredReport:
        """Write a report, under a name that is free.

        Raises:
            StorageError: it cannot be written.
        """
        wanted = report_name(evaluation.dataset.name, circumstances.created_at)
        with writing(self.folder, REMEDIES), self._free_name(wanted) as name:
            write_report(evaluation, replace(circumstances, name=name), self.folder / name)
        return StoredReport(self.folder / name)

    @contextmanager
    def _free_name(self, wanted: str) -> Iterator[str]:
        """A name like the wanted one that no report has, and that no other process takes within the block."""
        make_folder(self.folder)
        for number in count(1):
            name = wanted if number == 1 else f"{wanted}-{number}"
            taking = self.folder / f".{name}.taken"
            try:
                taking.mkdir()
            except FileExistsError:
                continue
            try:
                if not (self.folder / name).exists():
                    yield name
                    return
            finally:
                taking.rmdir()

    def delete(self, name: str) -> None:
        """Delete a report, a damaged one too.

        Raises:
            NotFoundError: there is none of this name.
            StorageError: it cannot be deleted.
        """
        self.open(name).delete()

    def _names(self) -> Sequence[str]:
        try:
            with reading(self.folder), os.scandir(self.folder) as entries:
                return sorted(entry.name for entry in entries if entry.is_dir() and NAME.fullmatch(entry.name))
        except FileNotFoundError:
            return []


class StoredReport:
    """One report on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def report(self) -> Report:
        """What `report.json` says; not to be changed.

        Raises:
            CorruptDataError: it is damaged, or not there.
            SchemaVersionError: a later version of the program wrote it.
        """
        return read_report(self.folder)

    @property
    def html_path(self) -> Path:
        """The page."""
        return self.folder / PAGE

    def queries(
        self, key: str, measure: str | None = None, order: str = "worst", offset: int = 0, limit: int = 100
    ) -> QueryPage:
        """Queries with a cell's grades.

        Args:
            key: the cell, `EXTRACTOR/METRIC/STRATEGY`.
            measure: the primary one by default.
            order: `worst` or `best` first.
            offset: how many to pass over.
            limit: how many at most.

        Raises:
            NotFoundError: the report has no such cell.
            UnknownNameError: no such measure or order.
            CorruptDataError: its files are damaged.
        """
        self._result(key)
        measure = measure or self.report["primary_measure"]
        _require("measure", measure, [one["name"] for one in self.report["measures"]])
        _require("order", order, list(ORDERS))
        stored, by = read_queries(self.folder), ORDERS[order]
        graded = zip(stored["queries"], stored["grades"][key][measure], strict=True)
        ordered = sorted(graded, key=lambda one: (by(one[1]), one[0]["name"]))
        return QueryPage(tuple(_graded(*one) for one in ordered[offset : offset + limit]), len(ordered))

    def ranking(self, key: str, query: str, limit: int = 20) -> Sequence[RankedHit]:
        """What a cell found for a query, best first, without what the protocol takes out.

        Raises:
            NotFoundError: the report has no such cell or query.
            CorruptDataError: its files are damaged.
        """
        result = self._result(key)
        if not any(one["name"] == query for one in read_queries(self.folder)["queries"]):
            raise NotFoundError(f"The report has no query '{shown_text(query)}'.", remedy="Its queries name them.")
        relevant = read_relevant(self.folder / QRELS, query)
        sign, images = _sign(result["metric"]), read_images(self.folder)
        found = []
        for rank, (image_id, score) in enumerate(read_ranking(self.folder / result["run"], query)[:limit], start=1):
            image = images.get(image_id, UNLISTED)
            labels = tuple(image["labels"])
            found.append(RankedHit(rank, image_id, image["shown"], labels, sign * score, image_id in relevant))
        return found

    def image_path(self, image_id: str) -> str | None:
        """Where an image of the dataset was, absolute; None where the report has none of this id.

        Raises:
            CorruptDataError: its files are damaged.
        """
        image = read_images(self.folder).get(image_id)
        return image["path"] if image else None

    def delete(self) -> None:
        """Delete all its files; it is gone from the list at once.

        Raises:
            StorageError: it cannot be deleted.
        """
        with writing(self.folder, REMEDIES):
            going = self.folder.with_name(f".{self.name}.deleted")
            shutil.rmtree(going, ignore_errors=True)
            self.folder.rename(going)
            shutil.rmtree(going)

    def _result(self, key: str) -> ReportResult:
        for one in self.report["results"]:
            if one["key"] == key:
                return one
        known = [one["key"] for one in self.report["results"]]
        raise NotFoundError(
            f"The report '{self.name}' has no result '{shown_text(key)}'.", remedy=did_you_mean(key, known)
        )


def _summary(folder: Path) -> ReportSummary:
    try:
        report = read_report(folder)
    except CbirError as error:
        return ReportSummary(folder.name, problem=error.message, remedy=error.remedy)
    best = report["best"]["overall"]
    means = {one["key"]: one["means"][report["primary_measure"]] for one in report["results"]}
    return ReportSummary(
        name=folder.name,
        created_at=datetime.fromisoformat(report["created_at"]),
        dataset=report["dataset"],
        protocol=report["protocol"],
        images=report["images"],
        queries=report["queries"],
        best=best,
        primary_measure=report["primary_measure"],
        best_mean=means[best] if best else None,
    )


def _require(what: str, name: str, known: list[str]) -> None:
    if name not in known:
        raise UnknownNameError(f"The report has no {what} '{shown_text(name)}'.", remedy=did_you_mean(name, known))


def _graded(query: ReportQuery, grade: float) -> GradedQuery:
    return GradedQuery(
        name=query["name"],
        id=query["id"],
        path=query["path"],
        labels=tuple(query["labels"]),
        crop=query["crop"],
        relevant=query["relevant"],
        grade=grade,
    )


def _sign(metric: str) -> int:
    """Runs hold distances negated. A metric of a package that is gone is taken for a similarity."""
    try:
        return 1 if METRICS.get(metric).larger_is_better else -1
    except UnknownNameError:
        return 1
