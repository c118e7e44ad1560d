"""Which differences are beyond chance, and how they fall out query by query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cbir.evaluation.reports.figures.frame import (
    BOTTOM,
    LEFT,
    RIGHT,
    TOP,
    Axis,
    axes,
    cell,
    details,
    linear_ticks,
    note,
    plot,
    plots,
    row,
    section,
    table,
)
from cbir.evaluation.reports.layout import Queries, Report, ReportComparison
from cbir.evaluation.reports.markup import Markup, join, tag

SMALLEST = 0.0001
NEAR = 0.1
"""Share of an axis within which the names of two ticks would meet."""
PLOTTED = 4
POINTS = 400
"""Queries that a plot shows; more are thinned evenly, the curve is the same."""


def figure(report: Report, queries: Queries) -> Markup:
    """The comparisons by the primary measure, the others behind a fold."""
    primary = report["primary_measure"]
    measures = [one["name"] for one in report["measures"] if one["name"] != primary]
    by_measure: dict[str, list[ReportComparison]] = {}
    for one in report["comparisons"]:
        by_measure.setdefault(one["measure"], []).append(one)
    if not by_measure:
        return section("Comparisons", "comparisons", note("There is one cell, so nothing to compare it with."))
    return section(
        "Comparisons",
        "comparisons",
        tag(
            "p",
            "Is the better cell better beyond chance? Clear is what has an adjusted p below 0.05. Won and lost: on "
            "how many queries the better cell has the higher and the lower grade.",
        ),
        _table(primary, by_measure.get(primary, [])),
        [details(f"The same by {name}", _table(name, by_measure.get(name, []))) for name in measures],
        tag("h3", "Query by query"),
        tag(
            "p",
            f"The difference in {primary} of every query, ascending: left of the crossing the second one was better, "
            "right of it the first.",
        ),
        plots(
            _differences(index, one, queries["grades"])
            for index, one in enumerate(_of_extractors(report, by_measure.get(primary, [])))
        ),
        note(report["comparison_method"]),
    )


def _of_extractors(report: Report, comparisons: Sequence[ReportComparison]) -> list[ReportComparison]:
    """Those between extractors at their best; all where there is one extractor only."""
    champions = set(report["best"]["by_extractor"].values())
    between = [one for one in comparisons if {one["a"], one["b"]} <= champions]
    return (between or list(comparisons))[:PLOTTED]


def _table(measure: str, comparisons: Sequence[ReportComparison]) -> Markup:
    head = [
        "better",
        "than",
        "difference",
        "95 % interval",
        "won / lost",
        "p",
        "adjusted p",
        "clear",
    ]
    rows = [
        row(
            name(one["a"]),
            [
                cell(name(one["b"]), class_="text"),
                f"{one['difference']:+.4f}",
                f"{one['interval'][0]:+.4f} to {one['interval'][1]:+.4f}",
                f"{one['better']:,} / {one['worse']:,}",
                _p(one["p_value"]),
                _p(one["p_adjusted"]),
                cell(tag("b", "yes") if one["significant"] else "no"),
            ],
        )
        for one in comparisons
    ]
    return table(f"Differences in mean {measure}", head, rows, class_="pairs")


def name(key: str) -> str:
    """A key as it is read."""
    return key.removesuffix("/exact").replace("/", " · ")


def _p(value: float) -> str:
    return f"{value:.4f}" if value >= SMALLEST else f"< {SMALLEST}"


def _apart(ticks: Sequence[int]) -> list[int]:
    """The first, the last, and those between that are not so near that their names would meet."""
    kept = [ticks[0], ticks[-1]]
    for tick in ticks[1:-1]:
        if all(abs(tick - other) > ticks[-1] * NEAR for other in kept):
            kept.append(tick)
    return kept


def _differences(
    index: int, comparison: ReportComparison, grades: Mapping[str, Mapping[str, Sequence[float]]]
) -> Markup:
    of_a, of_b = (grades[comparison[side]][comparison["measure"]] for side in ("a", "b"))
    ordered = sorted(one - other for one, other in zip(of_a, of_b, strict=True))
    furthest = linear_ticks(max(abs(ordered[0]), abs(ordered[-1]), 0.01), 2)
    ticks = [*(-tick for tick in reversed(furthest[1:])), *furthest]
    turns = [0, comparison["worse"], len(ordered) - comparison["better"], len(ordered)]
    x = Axis(0, len(ordered), LEFT, RIGHT, _apart(turns), "queries", "{:,.0f}".format)
    y = Axis(ticks[0], ticks[-1], BOTTOM, TOP, ticks, "difference", "{:+g}".format)
    shown = range(0, len(ordered), -(-len(ordered) // POINTS))
    steps = [(x(at + 0.5), y(ordered[at])) for at in shown]
    outline = " ".join(f"{a},{b}" for a, b in [(steps[0][0], y(0)), *steps, (steps[-1][0], y(0))])
    title = f"{name(comparison['a'])} less {name(comparison['b'])}"
    told = (
        f"The first is better on {comparison['better']:,} queries, the second on {comparison['worse']:,}, of "
        f"{len(ordered):,}; the mean difference is {comparison['difference']:+.4f}."
    )
    drawn = join(
        axes(x, y),
        tag("polygon", points=outline, class_="area"),
        tag("line", x1=LEFT, x2=RIGHT, y1=y(0), y2=y(0), class_="axis"),
        tag(
            "line", x1=LEFT, x2=RIGHT, y1=y(comparison["difference"]), y2=y(comparison["difference"]), class_="front"
        ),
    )
    heading = tag("figcaption", tag("b", title), f". {told} Dashed: the mean.")
    return tag("figure", heading, plot(f"difference-{index}", title, told, drawn), class_="plotted")
