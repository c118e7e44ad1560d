"""What `cbir evaluate` says: the table, what the figures do not cover, and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from cbir.cli.terminal import counted, output, say

if TYPE_CHECKING:
    from cbir.evaluation.against import Fall
    from cbir.evaluation.reports.layout import Report
    from cbir.evaluation.runner import Evaluation

NAMED = 10
"""Problems named of a kind, where there can be thousands."""


def to_json(found: Evaluation, report: Report, falls: Sequence[Fall]) -> dict[str, Any]:
    """As `cbir evaluate --json` prints it: the evaluation, its account, and what the report adds."""
    document = found.to_json() | found.account_to_json()
    keys = {measure["name"]: measure["key"] for measure in report["measures"]}
    for result, reported in zip(document["results"], report["results"], strict=True):
        result["intervals"] = {keys[name]: list(ends) for name, ends in reported["intervals"].items()}
    return document | {
        "engine": report["engine"],
        "measures": report["measures"],
        "best": report["best"],
        "comparisons": report["comparisons"],
        "report": report["name"],
        "falls": [fall.to_json() for fall in falls],
    }


def print_results(found: Evaluation, report: Report) -> None:
    """The table on stdout; on a terminal the best of each column is bold."""
    from rich.table import Table

    queries = "1 query" if len(found.queries) == 1 else f"{len(found.queries):,} queries"
    count = f"{counted(len(found.dataset.images), 'image')}, {queries}"
    engine = f", {found.engine} engine" if found.engine else ""
    typer.echo(f"{report['dataset']}: {count}, {found.protocol}{engine}")
    measures = [measure["name"] for measure in report["measures"]]
    with_strategy = any(one["strategy"] != "exact" for one in report["results"])
    table = Table(*(("extractor", "metric", "strategy") if with_strategy else ("extractor", "metric")), box=None)
    table.pad_edge = False
    for position, measure in enumerate(measures):
        table.add_column(measure, justify="right")
        if position == 0:
            table.add_column("95%")
    table.add_column("s", justify="right")
    best = {measure: max(one["means"][measure] for one in report["results"]) for measure in measures}
    for one in report["results"]:
        cells = [_bold(one["means"][measure], best[measure]) for measure in measures]
        low, high = one["intervals"][measures[0]]
        names = [one["extractor"], one["metric"], *([one["strategy"]] if with_strategy else [])]
        table.add_row(*names, cells[0], f"{low:.4f}-{high:.4f}", *cells[1:], f"{one['seconds']:.1f}")
    output().print(table)
    if len(report["results"]) > 1:
        typer.echo(_verdict(report))


def _verdict(report: Report) -> str:
    """Which cell is best by the primary measure, and from which others that cannot be told."""
    primary, best = report["primary_measure"], report["best"]["overall"]
    others = [one for one in report["comparisons"] if one["measure"] == primary and one["a"] == best]
    alike = [one["b"] for one in others if not one["significant"]]
    if len(alike) == len(others):
        return f"By {primary}, {best} is best, but from no other cell can it be told beyond chance."
    but = f", all but {', '.join(alike)}" if alike else ""
    clear = f"{len(others) - len(alike)} of {counted(len(others), 'other cell')}{but}"
    return f"By {primary}, {best} is best; beyond chance it is better than {clear}."


def _bold(mean: float, best: float) -> str:
    return f"[bold]{mean:.4f}[/bold]" if mean == best else f"{mean:.4f}"


def tell_left_out(found: Evaluation) -> None:
    """On stderr, what the figures do not cover, and which of them are of an earlier run."""
    left_out = (
        (found.unlabelled, "image without a label is no query", "images without a label are no queries"),
        (
            found.without_relevant,
            "query without a relevant image was left out of the means",
            "queries without a relevant image were left out of the means",
        ),
        (
            len(found.dataset.missing),
            "label names a file that is not there",
            "labels name files that are not there",
        ),
        (
            found.dataset.duplicates,
            "file has the bytes of another one and counts as one image with it",
            "files have the bytes of another one and count as one image with it",
        ),
        (
            found.dataset.passed_over,
            "file is no picture of the dataset and was passed over",
            "files are no pictures of the dataset and were passed over",
        ),
        (
            sum(result.kept for result in found.results),
            "result is of an earlier run (--fresh grades anew)",
            "results are of an earlier run (--fresh grades anew)",
        ),
    )
    for number, of_one, of_many in left_out:
        if number:
            say(f"{number:,} {of_one if number == 1 else of_many}.")
    for one in found.not_applicable:
        say(f"{one.extractor} with {one.metric}: {one.reason}")
    for failure in found.dataset.failures[:NAMED]:
        say(str(failure))
    if len(found.dataset.failures) > NAMED:
        say(f"And {len(found.dataset.failures) - NAMED:,} more files that could not be read (--json lists all).")
