"""The paper's table (Figure 7): extractor by metric, with intervals; the best of each row and column marked."""

from __future__ import annotations

from collections.abc import Sequence

from cbir.evaluation.reports.figures.frame import Cell, cell, count, grade, note, row, section, table
from cbir.evaluation.reports.layout import Report, ReportResult
from cbir.evaluation.reports.markup import Markup, join, tag

ROW, COLUMN = "→", "↓"


def figure(report: Report) -> Markup:
    """A table for each strategy, of the primary measure; the other measures behind a fold."""
    primary = report["primary_measure"]
    return section(
        f"{primary}: extractor by metric",
        "table",
        tag(
            "p",
            f"Mean {primary} over {count(report['queries'], 'query', 'queries')}, with its 95 % interval. ",
            tag("b", f"{ROW} best of its row"),
            " (an extractor's best metric), ",
            tag("b", f"{COLUMN} best of its column"),
            " (a metric's best extractor). The stronger the colour, the higher.",
        ),
        tables(report, primary),
        [folded(report, one["name"]) for one in report["measures"] if one["name"] != primary],
        note("A dash: the metric does not apply to the descriptor, or was not asked for."),
    )


def folded(report: Report, measure: str) -> Markup:
    """The same table by another measure."""
    return tag("details", tag("summary", f"The same by {measure}"), tables(report, measure))


def tables(report: Report, measure: str) -> list[Markup]:
    """One table a strategy."""
    strategies = list(dict.fromkeys(one["strategy"] for one in report["results"]))
    return [
        _table(measure, [one for one in report["results"] if one["strategy"] == strategy], strategy)
        for strategy in strategies
    ]


def _table(measure: str, results: Sequence[ReportResult], strategy: str) -> Markup:
    metrics = list(dict.fromkeys(one["metric"] for one in results))
    extractors = list(dict.fromkeys(one["extractor"] for one in results))
    by_place = {(one["extractor"], one["metric"]): one for one in results}
    means = {place: one["means"][measure] for place, one in by_place.items()}
    best_of_row = {name: max(mean for place, mean in means.items() if place[0] == name) for name in extractors}
    best_of_column = {name: max(mean for place, mean in means.items() if place[1] == name) for name in metrics}
    highest = max(means.values()) or 1.0

    def entry(extractor: str, metric: str) -> Cell:
        place = extractor, metric
        if place not in by_place:
            return cell(tag("span", "–", aria_label="no value"))
        mean = means[place]
        return _entry(
            by_place[place],
            measure,
            mean / highest,
            of_row=mean == best_of_row[extractor],
            of_column=mean == best_of_column[metric] and len(extractors) > 1,
        )

    rows = [row(extractor, [entry(extractor, metric) for metric in metrics]) for extractor in extractors]
    caption = f"Mean {measure} of every extractor with every metric, strategy {strategy}"
    return table(caption, ["extractor", *metrics], rows, class_="heat")


def _entry(result: ReportResult, measure: str, share: float, *, of_row: bool, of_column: bool) -> Cell:
    low, high = result["intervals"][measure]
    written = grade(result["means"][measure])
    marks = [
        tag("abbr", sign, title=f"best of its {what}", aria_label=f"best of its {what}")
        for sign, what, holds in ((ROW, "row", of_row), (COLUMN, "column", of_column))
        if holds
    ]
    mean = tag("b", written) if marks else written
    interval = tag("small", f"{grade(low)}–{grade(high)}")
    return cell(join(mean, " " if marks else None, marks, tag("br"), interval), style=f"--share:{share:.3f}")
