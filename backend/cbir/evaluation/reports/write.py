"""A report's files, whole or not at all: made in a folder beside their place, which then takes its name."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cbir.disk.durable import make_folder, sync_folder, sync_tree
from cbir.disk.errors import Remedies, writing
from cbir.errors import AlreadyExistsError
from cbir.evaluation.ground_truth import Assessments, write_qrels
from cbir.evaluation.reports.build import Circumstances, build, images
from cbir.evaluation.reports.examples import examples
from cbir.evaluation.reports.html import page
from cbir.evaluation.reports.layout import IMAGES, PAGE, QRELS, QUERIES, REPORT, RUNS, Report
from cbir.evaluation.results import Evaluation, Result
from cbir.evaluation.runs import write_trec_run
from cbir.metrics import METRICS
from cbir.records import shown_path

FILES = frozenset({REPORT, QUERIES, IMAGES, QRELS, PAGE, RUNS})
"""Names in a report's folder."""
REMEDIES = Remedies(
    full="Free some space, or choose another folder.",
    refused="Choose a folder that you may write to.",
    other="Choose another folder.",
)


def write_report(evaluation: Evaluation, circumstances: Circumstances, folder: Path) -> Report:
    """Write all files of a report to ``folder``, which is made, or replaced where it holds a report.

    Raises:
        AlreadyExistsError: something else is there.
        StorageError: it cannot be written.
    """
    require_place(folder)
    report, queries = build(evaluation, circumstances)
    best = next((one for one in evaluation.results if one.key == report["best"]["overall"]), None)
    with _made_at(folder) as new:
        _write_json(new / REPORT, report)
        _write_json(new / QUERIES, queries)
        _write_json(new / IMAGES, images(evaluation.dataset, evaluation))
        _write_qrels(new / QRELS, evaluation)
        (new / RUNS).mkdir()
        for result, entry in zip(evaluation.results, report["results"], strict=True):
            _write_run(new / entry["run"], evaluation, result)
        shown = examples(evaluation, best) if best else []
        (new / PAGE).write_text(page(report, queries, shown), "utf-8")
    return report


def copy_report(source: Path, folder: Path) -> None:
    """Copy a report's files to another folder, as `write_report` would write them there.

    Raises:
        AlreadyExistsError: something else is there.
        StorageError: it cannot be written.
    """
    require_place(folder)
    with _made_at(folder) as new:
        for path in sorted(source.rglob("*")):  # a folder before what is in it
            target = new / path.relative_to(source)
            if path.is_dir():
                target.mkdir()
            else:
                shutil.copyfile(path, target)


def require_place(folder: Path) -> None:
    """Refuse a folder that holds anything but a report: all that is in it will be replaced.

    Raises:
        AlreadyExistsError: see above.
    """
    with writing(folder, REMEDIES):
        held = {path.name for path in folder.iterdir()} if folder.exists() else set()
    # other programs write a report.json, too
    others = held - FILES if {REPORT, QUERIES} <= held else held
    if others:
        raise AlreadyExistsError(
            f"{shown_path(str(folder))} holds other files than a report: {shown_path(min(others))}.",
            remedy="Name an empty or a new folder.",
        )


@contextmanager
def _made_at(folder: Path) -> Iterator[Path]:
    """A new folder to be filled, which takes the place of ``folder`` at the end."""
    folder = Path(os.path.realpath(folder))
    with writing(folder, REMEDIES):
        make_folder(folder.parent)
        new = Path(tempfile.mkdtemp(prefix=f".{folder.name[:80]}.", dir=folder.parent))
        try:
            yield new
            new.chmod(0o755)
            sync_tree(new)
            _replace(new, folder)
        finally:
            shutil.rmtree(new, ignore_errors=True)


def _replace(new: Path, folder: Path) -> None:
    if folder.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{folder.name[:80]}.", dir=folder.parent))
        folder.rename(old / "old")
        new.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    else:
        new.rename(folder)
    sync_folder(folder.parent)


def _write_json(path: Path, document: Any) -> None:
    """ASCII, so that names of files that are not UTF-8 are kept exactly."""
    path.write_text(json.dumps(document, allow_nan=False), "ascii")


def _write_run(path: Path, evaluation: Evaluation, result: Result) -> None:
    ids = [image.id for image in evaluation.dataset.images]

    def rankings() -> Iterator[tuple[str, list[str], Any]]:
        for query, top, scores in zip(evaluation.queries, result.top, result.top_scores, strict=True):
            kept = top >= 0
            yield query.name, [ids[position] for position in top[kept]], scores[kept]

    larger_is_better = METRICS.get(result.metric).larger_is_better
    write_trec_run(path, result.key, rankings(), larger_is_better=larger_is_better)


def _write_qrels(path: Path, evaluation: Evaluation) -> None:
    ids = [image.id for image in evaluation.dataset.images]

    def judged() -> Iterator[tuple[str, Assessments]]:
        for one in evaluation.judgements:
            relevant = (one.relevant & ~one.junk).nonzero()[0]
            junk = frozenset(ids[position] for position in one.junk.nonzero()[0])
            yield one.query.name, Assessments({ids[position]: 1 for position in relevant}, junk)

    write_qrels(path, judged())
