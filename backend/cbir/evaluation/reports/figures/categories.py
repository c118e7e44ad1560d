"""Means by category (Table II of Varga and Szirányi): which kinds of queries an extractor is good at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cbir.evaluation.reports.figures.frame import (
    Cell,
    cell,
    champions,
    count,
    details,
    grade,
    note,
    primary,
    row,
    section,
    table,
    title_of,
    who,
)
from cbir.evaluation.reports.layout import Report, ReportResult
from cbir.evaluation.reports.markup import Markup, tag

COLUMNS = 6
SHOWN = 24
MOST = 300
FIRST, SECOND = "●", "○"


def figure(report: Report) -> Markup:
    """A row a label, a column an extractor with its best metric."""
    shown = champions(report)[:COLUMNS]
    means = [
        {one["label"]: one["means"][report["primary_measure"]] for one in result["by_label"]} for result in shown
    ]
    counts = {one["label"]: one["queries"] for one in shown[0]["by_label"]} if shown else {}
    labels = list(counts)
    rest = labels[SHOWN:MOST]
    unshown = len(labels) - SHOWN - len(rest)

    def part(names: Sequence[str], caption: str) -> Markup:
        rows = [row(name, [f"{counts[name]:,}", *marked([one[name] for one in means])]) for name in names]
        return table(caption, ["label", "queries", *map(title_of, shown)], [*rows, _average(report, shown)])

    return section(
        "By category",
        "categories",
        tag(
            "p",
            f"Mean {report['primary_measure']} over the queries with each label, for {who(report)}. ",
            tag("b", f"{FIRST} best"),
            " and ",
            tag("i", f"{SECOND} second best"),
            " of the row. Few queries make a mean that says little.",
        ),
        part(labels[:SHOWN], f"Mean {report['primary_measure']} by label")
        if labels
        else note("No query has a label."),
        details(count(len(rest), "further label"), part(rest, f"Mean {report['primary_measure']} by further label"))
        if rest
        else None,
        note(f"{count(unshown, 'more label')} in report.json.") if unshown > 0 else None,
    )


def _average(report: Report, shown: Sequence[ReportResult]) -> Markup:
    return row("all queries", [f"{report['queries']:,}", *marked([primary(report, one) for one in shown])])


def marked(means: Sequence[float]) -> list[Cell]:
    """The best and the second best marked, all of them where several are equal; no mark where all are equal."""
    order = sorted(set(means), reverse=True)
    style: Mapping[float, tuple[str, str]] = dict(zip(order, (("b", FIRST), ("i", SECOND)), strict=False))
    if len(order) == 1:
        style = {}
    return [_cell(mean, style.get(mean)) for mean in means]


def _cell(mean: float, style: tuple[str, str] | None) -> Cell:
    if style is None:
        return cell(grade(mean))
    element, mark = style
    return cell(tag(element, f"{mark} {grade(mean)}"))
