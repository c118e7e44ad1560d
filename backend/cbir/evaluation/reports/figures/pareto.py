"""What quality costs: time and bytes beside the mean, and which cells no other one beats in both."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cbir.evaluation.reports.figures.frame import (
    BOTTOM,
    LEFT,
    RIGHT,
    TOP,
    Axis,
    axes,
    cell,
    details,
    grade,
    log_ticks,
    plot,
    plots,
    primary,
    row,
    section,
    table,
    ticks_between,
    title_of,
)
from cbir.evaluation.reports.layout import Report, ReportResult
from cbir.evaluation.reports.markup import Markup, join, tag

TINY = 1e-6


def figure(report: Report) -> Markup:
    """Two plots and their figures."""
    results = report["results"]
    fast = front(results, lambda one: one["ms_per_query"], report)
    small = front(results, lambda one: one["bytes_per_image"], report)
    rows = [
        row(
            title_of(one),
            [
                grade(primary(report, one)),
                cell(f"{one['ms_per_query']:.3g}", " ◆" if one["key"] in fast else None),
                cell(f"{one['bytes_per_image']:,}", " ◆" if one["key"] in small else None),
                f"{one['dims']:,}",
                f"{one['seconds']:.2f}",
            ],
        )
        for one in results
    ]
    head = ["cell", report["primary_measure"], "ms a query", "bytes an image", "dims", "seconds in all"]
    return section(
        "Time and bytes beside quality",
        "cost",
        tag(
            "p",
            "◆ with a number: on the front, nothing else is as good and cheaper. ○: something else is. Times "
            "are those of ranking and grading all queries at once on the machine that made this report, not those of "
            "a single search.",
        ),
        plots(
            _plot(report, "time", "milliseconds a query", lambda one: max(one["ms_per_query"], TINY), fast),
            _plot(report, "bytes", "bytes an image", lambda one: max(one["bytes_per_image"], 1), small),
        ),
        details("All cells as a table", table("Quality, time and size of every cell", head, rows)),
    )


def front(results: Sequence[ReportResult], cost: Callable[[ReportResult], float], report: Report) -> set[str]:
    """Keys of the cells than which no other one is better and no dearer, or cheaper and no worse."""

    def beaten(one: ReportResult) -> bool:
        mine, price = primary(report, one), cost(one)
        return any(
            primary(report, other) >= mine
            and cost(other) <= price
            and (primary(report, other), cost(other)) != (mine, price)
            for other in results
        )

    return {one["key"] for one in results if not beaten(one)}


def _plot(
    report: Report, anchor: str, name: str, cost: Callable[[ReportResult], float], on_front: set[str]
) -> Markup:
    results = report["results"]
    costs, means = [cost(one) for one in results], [primary(report, one) for one in results]
    along, up = log_ticks(min(costs), max(costs)), ticks_between(min(means), max(means))
    x = Axis(along[0], along[-1], LEFT, RIGHT, along, name, "{:,g}".format, logarithmic=True)
    y = Axis(up[0], up[-1], BOTTOM, TOP, up, f"mean {report['primary_measure']}")
    best = sorted((one for one in results if one["key"] in on_front), key=cost)
    dots = [
        tag(
            "circle", tag("title", _told(report, one)), cx=x(cost(one)), cy=y(primary(report, one)), r=5, class_="dot"
        )
        for one in results
        if one["key"] not in on_front
    ]
    points = [(x(cost(one)), y(primary(report, one))) for one in best]
    line = tag("polyline", points=" ".join(f"{a},{b}" for a, b in points), class_="front")
    marks = [
        _mark(number, _told(report, one), *at) for number, (one, at) in enumerate(zip(best, points, strict=True), 1)
    ]
    title = f"Mean {report['primary_measure']} by {name}"
    told = "On the front: " + "; ".join(_told(report, one) for one in best) + "."
    return tag(
        "figure",
        tag("figcaption", tag("b", title)),
        plot(anchor, title, told, axes(x, y), line, dots, marks),
        tag("ol", [tag("li", _told(report, one)) for one in best], class_="note"),
        class_="plotted",
    )


def _told(report: Report, one: ReportResult) -> str:
    return (
        f"{title_of(one)}: {grade(primary(report, one))}, {one['ms_per_query']:.3g} ms, "
        f"{one['bytes_per_image']:,} bytes"
    )


def _mark(number: int, told: str, x: float, y: float) -> Markup:
    corners = ((0, -7), (7, 0), (0, 7), (-7, 0))
    points = " ".join(f"{round(x + dx, 2)},{round(y + dy, 2)}" for dx, dy in corners)
    diamond = tag("polygon", tag("title", told), points=points, class_="best")
    return join(diamond, tag("text", number, x=x, y=round(y - 11, 2), class_="point middle"))
