"""How often each label occurs among queries and images (the paper's Figure 1)."""

from __future__ import annotations

from collections.abc import Sequence

from cbir.evaluation.reports.figures.frame import Cell, cell, count, details, note, row, section, table
from cbir.evaluation.reports.layout import LabelCount, Report
from cbir.evaluation.reports.markup import Markup, tag

SHOWN = 24
"""Labels that are shown at once."""
MOST = 300
"""Labels in all; report.json has the others."""


def figure(report: Report) -> Markup:
    """Two bars a label: its share of the queries and of the images."""
    labels = report["labels"]
    rest = labels[SHOWN:MOST]
    unshown = len(labels) - SHOWN - len(rest)
    return section(
        "Labels of queries and images",
        "labels",
        tag(
            "p",
            f"{count(len(labels), 'label')}; the share of the queries, and of all images, that have each. Where an "
            "image can have several labels, the shares add up to more than 100 %. If the two differ much, the "
            "queries do not stand for the images.",
        ),
        _table(report, labels[:SHOWN], "The most frequent labels") if labels else note("No image has a label."),
        details(f"{count(len(rest), 'further label')}", _table(report, rest, "Counts of further labels"))
        if rest
        else None,
        note(f"{count(unshown, 'more label')} in report.json.") if unshown > 0 else None,
    )


def _table(report: Report, labels: Sequence[LabelCount], caption: str) -> Markup:
    shares = [
        (one, one["queries"] / max(1, report["queries"]), one["images"] / max(1, report["images"])) for one in labels
    ]
    longest = max((max(queries, images) for _, queries, images in shares), default=0) or 1
    rows = [
        row(
            one["label"],
            [
                _bar(one["queries"], queries, queries / longest, "queries"),
                _bar(one["images"], images, images / longest, "images"),
            ],
        )
        for one, queries, images in shares
    ]
    return table(caption, ["label", "queries", "images"], rows, class_="bars")


def _bar(number: int, share: float, length: float, kind: str) -> Cell:
    drawn = tag("span", class_=f"bar {kind}", style=f"--length:{length:.4f}", aria_hidden="true")
    return cell(drawn, tag("span", f"{number:,} ({share:.1%})", class_="number"))
