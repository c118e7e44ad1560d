"""Every extractor with every metric on the labelled sets, graded as `cbir evaluate` does, with intervals and tests.

    python -m benchmarks.evaluation --datasets FOLDER [--keep] [NAME …]
    python -m benchmarks.evaluation --page

Every image with a label is a query, itself left out of its answer; relevant is what shares a label. The seconds of a
cell are those of ranking and grading all queries; the total is everything after extraction, the report's files too.
`--page` writes docs/quality.md from the figures that are kept.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.quality_page import PAGE, page
from benchmarks.table import keep, print_table
from cbir.cli.terminal import TerminalProgress
from cbir.collection import Library
from cbir.evaluation.datasets import read_benchmark
from cbir.evaluation.datasets.base import ReadOptions
from cbir.evaluation.reports.build import Circumstances
from cbir.evaluation.reports.layout import Report
from cbir.evaluation.reports.write import write_report
from cbir.evaluation.runner import Plan
from cbir.evaluation.workplace import Workplace
from cbir.extractors import EXTRACTORS
from cbir.ingest.labels import Where
from cbir.metrics import search_metrics
from cbir.settings import read_settings

EXTRACTED = ("hist-basic", "cnn-hist", "cnn-conv")


@dataclass(frozen=True, slots=True)
class Table:
    """A set, and what is asked of it."""

    name: str
    folder: str
    label_column: str = "labels"
    where: str = ""

    @property
    def flags(self) -> str:
        """As `cbir evaluate` takes them."""
        column = f" --label-column {self.label_column}" if self.label_column != "labels" else ""
        return column + (f" --where {self.where}" if self.where else "")


TABLES = (
    Table("corel1k", "corel1k"),
    Table("grocery_20_fine", "grocery_20"),
    Table("grocery_20_coarse", "grocery_20", label_column="coarse"),
    Table("grocery_20_packages", "grocery_20", where="top=Packages"),
    Table("clothing_100", "clothing_100"),
    Table("ferrari_colour", "ferrari_colour"),
)


def measured(table: Table, datasets: Path) -> dict[str, Any]:
    """The figures of one table."""
    settings = read_settings(environment=os.environ)
    library = Library(settings, announce=print)
    extractors = [EXTRACTORS.get(name) for name in EXTRACTED]
    workplace = Workplace(settings, library.weights, fresh=True)
    with tempfile.TemporaryDirectory(prefix="cbir-bench-") as temporary, TerminalProgress() as progress:
        options = ReadOptions(table.label_column, Where.parse(table.where) if table.where else None)
        benchmark = read_benchmark(str(datasets / table.folder), options, progress)
        workplace.describer.describe(benchmark.dataset, extractors, progress)
        started = time.perf_counter()
        plan = Plan(search_metrics(), protocol=benchmark.protocols[0])
        found = workplace.evaluate(benchmark.dataset, extractors, plan, progress)
        circumstances = Circumstances("labelled-folder", table.label_column, table.where or None)
        report = write_report(found, replace(circumstances, name=table.name), Path(temporary) / "report")
        seconds = time.perf_counter() - started
    return figures(report, table, seconds)


def figures(report: Report, table: Table, seconds: float) -> dict[str, Any]:
    """What is kept of a report."""
    return {
        "evaluate": f"cbir evaluate {table.folder}{table.flags}",
        "dataset": report["dataset"],
        "protocol": report["protocol_definition"],
        "images": report["images"],
        "queries": report["queries"],
        "labels": len(report["labels"]),
        "unlabelled": report["account"]["unlabelled"],
        "without_relevant": report["account"]["without_relevant"],
        "duplicates": report["account"]["duplicates"],
        "failed": len(report["account"]["failed"]),
        "seconds_after_extraction": round(seconds, 1),
        "primary_measure": report["primary_measure"],
        "measures": {measure["name"]: measure["definition"] for measure in report["measures"]},
        "results": [
            {
                "key": one["key"],
                "extractor": one["extractor"],
                "metric": one["metric"],
                "means": {name: round(mean, 6) for name, mean in one["means"].items()},
                "intervals": {name: [round(end, 6) for end in ends] for name, ends in one["intervals"].items()},
                "seconds": round(one["seconds"], 2),
                "bytes_per_image": one["bytes_per_image"],
            }
            for one in report["results"]
        ],
        "best": report["best"],
        "comparisons": report["comparisons"],
        "comparison_method": report["comparison_method"],
    }


def show(name: str, found: dict[str, Any]) -> None:
    measures = list(found["measures"])
    rows = [
        [one["key"], *(f"{one['means'][measure]:.4f}" for measure in measures), one["seconds"]]
        for one in found["results"]
    ]
    title = f"{name}: {found['images']} images, {found['queries']} queries, {found['seconds_after_extraction']} s"
    print_table(title, ["cell", *measures, "s"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(table.name for table in TABLES))
    parser.add_argument("--datasets", type=Path, help="folder of the labelled sets")
    parser.add_argument("--keep", action="store_true", help="write benchmarks/results/evaluation_NAME.json")
    parser.add_argument("--page", action="store_true", help="write docs/quality.md from the kept figures alone")
    arguments = parser.parse_args()
    if not arguments.page and not arguments.datasets:
        parser.error("--datasets or --page is needed")
    wanted = arguments.names or [table.name for table in TABLES]
    if unknown := set(wanted) - {table.name for table in TABLES}:
        parser.error(f"no table is called {', '.join(sorted(unknown))}")
    for table in TABLES:
        if arguments.datasets and table.name in wanted:
            found = measured(table, arguments.datasets)
            show(table.name, found)
            if arguments.keep:
                command = f"python -m benchmarks.evaluation --datasets FOLDER --keep {table.name}"
                keep(f"evaluation_{table.name}", command, found)
    if arguments.page:
        PAGE.write_text(page([table.name for table in TABLES]), "utf-8")


if __name__ == "__main__":
    main()
