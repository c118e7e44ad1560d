"""From an evaluation to what a report says of it; nothing is written here."""

from __future__ import annotations

import os
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np

from cbir import __version__
from cbir.evaluation.comparison import Cell, Compared, Method, compare
from cbir.evaluation.dataset import Dataset
from cbir.evaluation.reports.layout import (
    CURVE,
    RUNS,
    VERSION,
    Account,
    Best,
    LabelCount,
    LabelMeans,
    Queries,
    Report,
    ReportImage,
    ReportQuery,
    ReportResult,
)
from cbir.evaluation.results import Evaluation, Result
from cbir.metrics.base import Float64
from cbir.records import shown_path, shown_text

DIGITS = 6
"""Of what is only drawn: curves, means by label."""
FLAGS = (
    "extractors",
    "metrics",
    "strategies",
    "label_column",
    "where",
    "format",
    "protocol",
    "measures",
    "engine",
    "run_depth",
    "seed",
)
"""Options that change figures and hold no path; the command that makes a report again has those that were given."""
LONGEST = 80
"""Letters of a dataset's name in a report's name."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What an evaluation does not know of itself."""

    format: str = ""
    """The form of the dataset."""
    label_column: str | None = None
    where: str | None = None
    """The row filter, as it was given."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """The flags that were given, by their names with underscores; JSON values, no paths."""
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    method: Method = field(default_factory=Method)
    name: str = ""
    """Of the report; by default that of the dataset and the time."""


def report_name(dataset: str, created_at: datetime) -> str:
    """The name of a report: `DATASET-YYYYMMDDTHHMMSSZ`, letters and digits of ASCII only."""
    return f"{_safe(dataset)[:LONGEST]}-{created_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def build(evaluation: Evaluation, circumstances: Circumstances) -> tuple[Report, Queries]:
    """What `report.json` and `queries.json` say."""
    cells = [_cell(result) for result in evaluation.results]
    measures = [str(measure) for measure in evaluation.measures]
    compared = compare(cells, measures, circumstances.method)
    report: Report = {
        "version": VERSION,
        "name": circumstances.name or report_name(evaluation.dataset.name, circumstances.created_at),
        "created_at": circumstances.created_at.astimezone(UTC).isoformat(timespec="seconds"),
        "cbir_version": __version__,
        "dataset": shown_text(evaluation.dataset.name),
        "format": circumstances.format,
        "protocol": evaluation.protocol,
        "protocol_definition": evaluation.protocol_definition,
        "label_column": circumstances.label_column,
        "where": circumstances.where,
        "engine": evaluation.engine,
        "images": len(evaluation.dataset.images),
        "queries": len(evaluation.queries),
        "options": dict(circumstances.options),
        "command": command(evaluation, circumstances.options),
        "account": _account(evaluation),
        "measures": [
            {"name": str(one), "key": one.mean_key, "definition": one.definition, "maximum": one.maximum}
            for one in evaluation.measures
        ],
        "primary_measure": measures[0],
        "labels": _label_counts(evaluation),
        "results": _results(evaluation, compared),
        "comparisons": [one.to_json() for one in compared.comparisons],  # type: ignore[misc] # the keys are the same
        "comparison_method": circumstances.method.text,
        "best": _best(evaluation),
    }
    return report, _queries(evaluation)


def command(evaluation: Evaluation, options: Mapping[str, Any]) -> str:
    """The command that makes a report again, in the folder that holds the dataset."""
    pairs = [(one.extractor, one.metric) for one in evaluation.results]
    pairs += [(one.extractor, one.metric) for one in evaluation.not_applicable]
    chosen = {
        "extractors": ",".join(dict.fromkeys(extractor for extractor, _ in pairs)),
        "metrics": ",".join(dict.fromkeys(metric for _, metric in pairs)),
        **options,
    }
    flags = [f"--{name.replace('_', '-')} {shlex.quote(str(chosen[name]))}" for name in FLAGS if _given(chosen, name)]
    return " ".join(["cbir evaluate", shlex.quote(shown_text(evaluation.dataset.name)), *flags])


def _given(options: Mapping[str, Any], name: str) -> bool:
    return options.get(name) not in {None, "", False}


def images(dataset: Dataset, evaluation: Evaluation) -> dict[str, ReportImage]:
    """What `images.json` says: the gallery, and the images of queries that are not in it."""
    every = [*dataset.images, *(query.image for query in evaluation.queries)]
    return {
        image.id: {"path": image.path, "shown": below(image.path, dataset.folder), "labels": _labels(image.labels)}
        for image in every
    }


def below(path: str, folder: str) -> str:
    """A path as it is shown: below the dataset's folder, or its last part where it is elsewhere."""
    inside = path.removeprefix(folder.rstrip("/") + "/") if folder else path
    return shown_path(os.path.basename(path) if os.path.isabs(inside) else inside)


def _labels(labels: Iterable[str]) -> list[str]:
    return sorted(shown_text(label) for label in labels)


def _cell(result: Result) -> Cell:
    return Cell(result.key, result.extractor, {str(measure): grades for measure, grades in result.grades.items()})


def _account(evaluation: Evaluation) -> Account:
    dataset = evaluation.dataset
    return {
        "unlabelled": evaluation.unlabelled,
        "without_relevant": evaluation.without_relevant,
        "missing": [below(path, dataset.folder) for path in dataset.missing],
        "duplicates": dataset.duplicates,
        "passed_over": dataset.passed_over,
        "failed": [
            {"path": below(one.path, dataset.folder), "reason": one.reason, "remedy": one.remedy}
            for one in dataset.failures
        ],
        "not_applicable": [
            {"extractor": one.extractor, "metric": one.metric, "reason": one.reason}
            for one in evaluation.not_applicable
        ],
    }


def _label_counts(evaluation: Evaluation) -> list[LabelCount]:
    of_images = Counter(label for image in evaluation.dataset.images for label in _labels(image.labels))
    of_queries = Counter(label for query in evaluation.queries for label in _labels(query.image.labels))
    counts: list[LabelCount] = [
        {"label": label, "queries": of_queries[label], "images": of_images[label]}
        for label in of_images.keys() | of_queries.keys()
    ]
    return sorted(counts, key=lambda one: (-one["images"], -one["queries"], one["label"]))


def _results(evaluation: Evaluation, compared: Compared) -> list[ReportResult]:
    members = _members(evaluation)
    files = run_files([result.key for result in evaluation.results])
    return [
        {
            "key": result.key,
            "extractor": result.extractor,
            "metric": result.metric,
            "strategy": result.strategy,
            "exact": result.exact,
            "means": {str(measure): result.mean(measure) for measure in evaluation.measures},
            "intervals": dict(compared.intervals[result.key]),
            "precision_curve": _drawn(result.precisions[:CURVE]),
            "recall_curve": _drawn(result.recalls[:CURVE]),
            "by_label": _by_label(result, members),
            "seconds": result.seconds,
            "ms_per_query": 1000 * result.seconds / max(1, len(evaluation.queries)),
            "bytes_per_image": result.bytes_per_image,
            "dims": result.dims,
            "identity": result.identity.to_json(),
            "run": file,
        }
        for result, file in zip(evaluation.results, files, strict=True)
    ]


def _members(evaluation: Evaluation) -> dict[str, list[int]]:
    """By label, in alphabetical order, the queries that have it."""
    members: dict[str, list[int]] = {}
    for position, query in enumerate(evaluation.queries):
        for label in _labels(query.image.labels):
            members.setdefault(label, []).append(position)
    return dict(sorted(members.items()))


def _by_label(result: Result, members: Mapping[str, Sequence[int]]) -> list[LabelMeans]:
    return [
        {
            "label": label,
            "queries": len(positions),
            "means": {
                str(measure): round(float(grades[positions].mean()), DIGITS)
                for measure, grades in result.grades.items()
            },
        }
        for label, positions in members.items()
    ]


def _drawn(values: Float64) -> list[float]:
    return [float(value) for value in np.round(values, DIGITS)]


def _best(evaluation: Evaluation) -> Best:
    """The first of equal ones, as in the comparisons."""
    primary = evaluation.measures[0]
    best_first = sorted(evaluation.results, key=lambda result: -result.mean(primary))
    by_extractor: dict[str, str] = {}
    by_metric: dict[str, str] = {}
    for result in best_first:
        by_extractor.setdefault(result.extractor, result.key)
        by_metric.setdefault(result.metric, result.key)
    return {
        "by_extractor": by_extractor,
        "by_metric": by_metric,
        "overall": best_first[0].key if best_first else None,
    }


def _queries(evaluation: Evaluation) -> Queries:
    relevant = evaluation.results[0].relevant_counts if evaluation.results else [0] * len(evaluation.queries)
    queries: list[ReportQuery] = [
        {
            "name": query.name,
            "id": query.image.id,
            "path": below(query.image.path, evaluation.dataset.folder),
            "labels": _labels(query.image.labels),
            "crop": str(query.crop) if query.crop else None,
            "relevant": int(number),
        }
        for query, number in zip(evaluation.queries, relevant, strict=True)
    ]
    grades = {
        result.key: {str(measure): grades.tolist() for measure, grades in result.grades.items()}
        for result in evaluation.results
    }
    return {"queries": queries, "grades": grades}


def run_files(keys: Sequence[str]) -> list[str]:
    """The files of runs below the report's folder: `runs/EXTRACTOR.METRIC.STRATEGY.txt.gz`, each another one."""
    names: list[str] = []
    for key in keys:
        plain = ".".join(_safe(part) for part in key.split("/"))
        number = names.count(plain) + 1
        names.append(plain if number == 1 else f"{plain}-{number}")
    return [f"{RUNS}/{name}.txt.gz" for name in names]


def _safe(text: str) -> str:
    """A name that any file system and address can hold."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", text).lstrip("-") or "_"
