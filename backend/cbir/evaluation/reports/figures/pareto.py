"""What quality costs: time and bytes beside the mean, and which cells no other one beats in both."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cbir.evaluation.reports.figures.frame import (
    Axis,
    axes,
    cell,
    details,
    grade,
    linear_ticks,
    log_ticks,
    plot,
    primary,
    row,
    section,
    table,
    title_of,
)
from cbir.evaluation.reports.layout import Report, ReportResult
from cbir.evaluation.reports.markup import Markup, join, tag

WIDTH, HEIGHT = 720, 360
LEFT, RIGHT, TOP, BOTTOM = 60, 690, 24, 305
LETTER = 6.6
"""Width of a letter of a point's name, in pixels."""
LINE = 14
"""Height of a name."""
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
            "◆ and a name: on the front, nothing else is at least as good and cheaper. ○: something else is. Times "
            "are those of ranking and grading all queries at once on the machine that made this report, not those of "
            "a single search.",
        ),
        _plot(report, "time", "milliseconds a query", lambda one: max(one["ms_per_query"], TINY), fast),
        _plot(report, "bytes", "bytes an image", lambda one: max(one["bytes_per_image"], 1), small),
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
) -> Markup | None:
    results = report["results"]
    if not results:
        return None
    costs = [cost(one) for one in results]
    along = log_ticks(min(costs), max(costs))
    up = linear_ticks(max(primary(report, one) for one in results))
    x = Axis(along[0], along[-1], LEFT, RIGHT, along, name, "{:,g}".format, logarithmic=True)
    y = Axis(0, up[-1], BOTTOM, TOP, up, f"mean {report['primary_measure']}")
    others = [one for one in results if one["key"] not in on_front]
    best = sorted((one for one in results if one["key"] in on_front), key=cost)
    dots = [
        tag(
            "circle", tag("title", _told(report, one)), cx=x(cost(one)), cy=y(primary(report, one)), r=5, class_="dot"
        )
        for one in others
    ]
    points = [(x(cost(one)), y(primary(report, one))) for one in best]
    line = tag("polyline", points=" ".join(f"{a},{b}" for a, b in points), class_="front")
    marks = [_mark(_told(report, one), a, b) for one, (a, b) in zip(best, points, strict=True)]
    names = _names([title_of(one) for one in best], points)
    told = "On the front: " + "; ".join(_told(report, one) for one in best) + "."
    return plot(
        anchor,
        f"Mean {report['primary_measure']} by {name}",
        told,
        WIDTH,
        HEIGHT,
        axes(x, y),
        line,
        dots,
        marks,
        names,
    )


def _told(report: Report, one: ReportResult) -> str:
    return (
        f"{title_of(one)}, {report['primary_measure']} {grade(primary(report, one))}, {one['ms_per_query']:.3g} ms a "
        f"query, {one['bytes_per_image']:,} bytes an image"
    )


def _mark(told: str, x: float, y: float) -> Markup:
    corners = ((0, -7), (7, 0), (0, 7), (-7, 0))
    points = " ".join(f"{round(x + dx, 2)},{round(y + dy, 2)}" for dx, dy in corners)
    return tag("polygon", tag("title", told), points=points, class_="best")


def _names(names: Sequence[str], points: Sequence[tuple[float, float]]) -> Markup:
    """The names beside their points, moved down where they would cover each other."""
    taken: list[tuple[float, float, float]] = []
    written = []
    for name, (x, y) in zip(names, points, strict=True):
        width = LETTER * len(name)
        start = x + 11 if x + 11 + width <= WIDTH else x - 11 - width
        height = y + 4
        while any(
            start < end and begin < start + width and abs(height - other) < LINE for begin, end, other in taken
        ):
            height += LINE
        taken.append((start, start + width, height))
        written.append(tag("text", name, x=round(start, 1), y=round(height, 1), class_="point"))
    return join(written)
