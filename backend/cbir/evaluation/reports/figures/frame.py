"""What the figures share: sections, tables that can be scrolled, axes, and how a number is written."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cbir.evaluation.reports.layout import Report, ReportResult
from cbir.evaluation.reports.markup import Content, Markup, join, tag

WIDTH, HEIGHT = 520, 340
"""Of a plot, in its own units."""
LEFT, RIGHT, TOP, BOTTOM = 52, 494, 36, 290
"""Where its axes end."""
COLOURS = 8
"""Line styles that the page's style sheet has; further lines repeat them."""


def section(title: str, anchor: str, *content: Content) -> Markup:
    """A part of the page with its heading."""
    return tag("section", tag("h2", title, id=anchor), *content, aria_labelledby=anchor)


def note(*content: Content) -> Markup:
    """A paragraph in small print."""
    return tag("p", *content, class_="note")


def table(caption: str, head: Sequence[Content], rows: Sequence[Markup], *, class_: str | None = None) -> Markup:
    """A table that scrolls by itself where the page is narrow; the first column names the rows."""
    header = tag("tr", [tag("th", cell, scope="col") for cell in head])
    body = tag("table", tag("caption", caption), tag("thead", header), tag("tbody", rows), class_=class_)
    return tag("div", body, class_="scroll", role="region", aria_label=caption, tabindex="0")


def row(name: Content, cells: Sequence[Content]) -> Markup:
    """A row of a table: what it is of, and its cells; those that are not yet cells become such."""
    made = [cell if isinstance(cell, Cell) else tag("td", cell) for cell in cells]
    return tag("tr", tag("th", name, scope="row"), made)


class Cell(Markup):
    """A table's cell, made with its own attributes."""

    __slots__ = ()


def cell(*content: Content, **attributes: str | float | None) -> Cell:
    """A cell with attributes."""
    return Cell(tag("td", *content, **attributes))


def details(summary: str, *content: Content) -> Markup:
    """What is shown when asked for."""
    return tag("details", tag("summary", summary), *content)


def grade(value: float) -> str:
    """A mean, as the paper writes it."""
    return f"{value:.4f}"


def count(number: int, singular: str, plural: str = "") -> str:
    """1 query, 2 queries."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def title_of(result: ReportResult) -> str:
    """A cell by name; its strategy only where it is not the usual one."""
    usual = f"{result['extractor']} · {result['metric']}"
    return usual if result["strategy"] == "exact" else f"{usual} · {result['strategy']}"


def primary(report: Report, result: ReportResult) -> float:
    """The cell's mean of the primary measure."""
    return result["means"][report["primary_measure"]]


def champions(report: Report) -> list[ReportResult]:
    """The best cell of each extractor, best first; where there is one extractor only, all its cells."""
    keys = set(report["best"]["by_extractor"].values())
    chosen = [one for one in report["results"] if len(keys) == 1 or one["key"] in keys]
    return sorted(chosen, key=lambda one: -primary(report, one))


def who(report: Report) -> str:
    """Of what the champions are."""
    one = len(report["best"]["by_extractor"]) == 1
    return "each metric" if one else "each extractor with its best metric"


@dataclass(frozen=True, slots=True)
class Axis:
    """Values to pixels, from ``start`` to ``end``."""

    low: float
    high: float
    start: float
    end: float
    ticks: Sequence[float]
    label: str
    written: Callable[[float], str] = "{:g}".format
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        """Where a value stands."""
        low, high, at = (math.log(v) if self.logarithmic else v for v in (self.low, self.high, value))
        share = (at - low) / (high - low) if high > low else 0.5
        return round(self.start + share * (self.end - self.start), 2)


def linear_ticks(high: float, steps: int = 5) -> list[float]:
    """Round numbers from 0 to the first at or beyond ``high``."""
    rough = max(high, 1e-9) / steps
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))
    return [round(index * step, 12) for index in range(math.ceil(high / step - 1e-9) + 1)]


def ticks_between(low: float, high: float, steps: int = 5) -> list[float]:
    """Round numbers that enclose the values, for points rather than lengths: 0 need not be among them."""
    step = linear_ticks(max(high - low, high / 20, 1e-9), steps)[1]
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(index * step, 12) for index in range(first, max(last, first + 1) + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """1, 2, 5 times powers of ten that enclose the values, thinned where they are many."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    every = [factor * 10.0**power for power in powers for factor in ((1, 2, 5) if len(powers) <= 3 else (1,))]  # noqa: PLR2004
    first = max((index for index, tick in enumerate(every) if tick <= low), default=0)
    last = min((index for index, tick in enumerate(every) if tick >= high), default=len(every) - 1)
    ticks = every[first : last + 1]
    return ticks if len(ticks) > 1 else [ticks[0] / 2, ticks[0], ticks[0] * 2]


def axes(x: Axis, y: Axis) -> Markup:
    """Grid, ticks and names of both axes."""
    horizontal = [
        join(
            tag("line", x1=x.start, x2=x.end, y1=y(tick), y2=y(tick), class_="grid"),
            tag("text", y.written(tick), x=x.start - 6, y=y(tick) + 4, class_="tick end"),
        )
        for tick in y.ticks
    ]
    vertical = [
        join(
            tag("line", x1=x(tick), x2=x(tick), y1=y.start, y2=y.start + 5, class_="axis"),
            tag("text", x.written(tick), x=x(tick), y=y.start + 20, class_="tick middle"),
        )
        for tick in x.ticks
    ]
    middle = (x.start + x.end) / 2
    return join(
        horizontal,
        vertical,
        tag("line", x1=x.start, x2=x.end, y1=y.start, y2=y.start, class_="axis"),
        tag("text", x.label, x=middle, y=y.start + 42, class_="name middle"),
        tag("text", y.label, x=2, y=13, class_="name"),
    )


def plots(*content: Content) -> Markup:
    """Plots side by side, where the page is wide enough."""
    return tag("div", *content, class_="plots")


def plot(anchor: str, title: str, description: str, *content: Content, height: int = HEIGHT) -> Markup:
    """An SVG with its title and description for those who cannot see it."""
    return tag(
        "svg",
        tag("title", title, id=f"{anchor}-title"),
        tag("desc", description, id=f"{anchor}-desc"),
        *content,
        viewBox=f"0 0 {WIDTH} {height}",
        role="img",
        aria_labelledby=f"{anchor}-title {anchor}-desc",
        class_="plot",
    )
