"""Precision over the first 100 images (the paper's Figure 6), and precision over recall."""

from __future__ import annotations

from collections.abc import Sequence

from cbir.evaluation.reports.figures.frame import (
    BOTTOM,
    COLOURS,
    LEFT,
    RIGHT,
    TOP,
    Axis,
    axes,
    champions,
    details,
    grade,
    linear_ticks,
    plot,
    plots,
    row,
    section,
    table,
    title_of,
    who,
)
from cbir.evaluation.reports.layout import Report, ReportResult
from cbir.evaluation.reports.markup import Markup, tag

RANKS = (1, 2, 5, 10, 20, 50, 100)
"""Those of the table beside the curves."""
SYMBOLS = ("circle", "square", "triangle", "diamond")
MARKED = (1, 10, 25, 50, 75, 100)
"""Ranks at which a curve bears its symbol."""


def figure(report: Report) -> Markup:
    """Both plots, of the best cell of each extractor."""
    shown = champions(report)[:COLOURS]
    every = [row(title_of(one), _at_ranks(one)) for one in report["results"]]
    return section(
        "Precision curves",
        "curves",
        tag(
            "p",
            "Mean precision among the first i images, and beside the mean recall by then (each point is a rank, 1 to "
            "100), for ",
            who(report),
            ".",
        ),
        legend([title_of(one) for one in shown]),
        plots(_precision(shown), _precision_recall(shown)),
        details(
            "All cells as a table",
            table("Mean precision among the first i images", ["i", *map(str, RANKS)], every),
        ),
    )


def _at_ranks(result: ReportResult) -> list[str]:
    curve = result["precision_curve"]
    return [grade(curve[rank - 1]) if rank <= len(curve) else "–" for rank in RANKS]


def legend(names: Sequence[str]) -> Markup:
    """Which line is whose."""
    items = [
        tag(
            "li",
            tag(
                "svg",
                tag("line", x1=0, x2=44, y1=8, y2=8, class_=f"line c{index % COLOURS}"),
                symbol(index, 22, 8),
                viewBox="0 0 44 16",
                width=44,
                height=16,
                aria_hidden="true",
            ),
            name,
        )
        for index, name in enumerate(names)
    ]
    return tag("ul", items, class_="legend")


def _precision(results: Sequence[ReportResult]) -> Markup:
    highest = max((value for one in results for value in one["precision_curve"]), default=1.0)
    ticks = linear_ticks(min(1.0, highest))
    x = Axis(0, 100, LEFT, RIGHT, range(0, 101, 10), "images looked at (i)")
    y = Axis(0, ticks[-1], BOTTOM, TOP, ticks, "precision")
    lines = [
        _line(index, [(x(rank), y(value)) for rank, value in enumerate(one["precision_curve"], 1)])
        for index, one in enumerate(results)
    ]
    return plot("precision", "Precision curves", _told(results), axes(x, y), lines)


def _precision_recall(results: Sequence[ReportResult]) -> Markup:
    highest = max((value for one in results for value in one["precision_curve"]), default=1.0)
    furthest = max((value for one in results for value in one["recall_curve"]), default=1.0)
    down, along = linear_ticks(min(1.0, highest)), linear_ticks(min(1.0, furthest))
    x = Axis(0, along[-1], LEFT, RIGHT, along, "recall")
    y = Axis(0, down[-1], BOTTOM, TOP, down, "precision")
    lines = [
        _line(index, [(x(r), y(p)) for r, p in zip(one["recall_curve"], one["precision_curve"], strict=True)])
        for index, one in enumerate(results)
    ]
    return plot("recall", "Precision over recall", _told(results), axes(x, y), lines)


def _told(results: Sequence[ReportResult]) -> str:
    """The curves in words."""
    return " ".join(
        f"{title_of(one)}: precision {one['precision_curve'][0]:.2f} at 1, {one['precision_curve'][9]:.2f} at 10, "
        f"{one['precision_curve'][-1]:.2f} at {len(one['precision_curve'])}, where recall is "
        f"{one['recall_curve'][-1]:.2f}."
        for one in results
    )


def _line(index: int, points: Sequence[tuple[float, float]]) -> Markup:
    drawn = tag("polyline", points=" ".join(f"{a},{b}" for a, b in points), class_=f"line c{index % COLOURS}")
    marks = [symbol(index, *points[rank - 1]) for rank in MARKED if rank <= len(points)]
    return tag("g", drawn, marks)


def symbol(index: int, x: float, y: float) -> Markup:
    """A small shape that tells lines apart where colours do not."""
    style = f"mark c{index % COLOURS}"
    kind = SYMBOLS[index % len(SYMBOLS)]
    if kind == "circle":
        return tag("circle", cx=x, cy=y, r=4, class_=style)
    corners = {
        "square": ((-4, -4), (4, -4), (4, 4), (-4, 4)),
        "triangle": ((0, -5), (5, 4), (-5, 4)),
        "diamond": ((0, -5.5), (5.5, 0), (0, 5.5), (-5.5, 0)),
    }[kind]
    points = " ".join(f"{round(x + dx, 2)},{round(y + dy, 2)}" for dx, dy in corners)
    return tag("polygon", points=points, class_=style)
