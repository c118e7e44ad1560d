"""docs/quality.md from the kept figures of `benchmarks.evaluation`: no figure in it is written by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from textwrap import fill
from typing import Any

from benchmarks.table import RESULTS

PAGE = Path(__file__).parents[1] / "docs" / "quality.md"
ORDER = ("cnn-conv", "cnn-hist", "hist-basic")
"""The order that is put to the test, best first: neural code, histograms of channels, histograms of colours."""
TITLES = {
    "corel1k": "Corel-1k: ten kinds of scenes",
    "grocery_20_fine": "Groceries, fine: the variety or product",
    "grocery_20_coarse": "Groceries, coarse: the kind of fruit, vegetable or package",
    "grocery_20_packages": "Groceries, packages only: the very same product (instance retrieval)",
    "clothing_100": "Clothing: the kind of garment",
    "ferrari_colour": "Cars: their colour",
}
WIDTH = 118
HEAD = """# Quality, measured

Written by `python -m benchmarks.evaluation --page` from `benchmarks/results/evaluation_*.json`; each file holds the
command that made it. [reference.md](reference.md) defines the descriptors, metrics and measures.

{rules}

The neural code here is `cnn-conv` (block5_conv3, generalised mean); `cnn-basic` needs the dense layers of VGG16.
"""
RULES = (
    "{protocol} A mean is over all queries; its interval (95%) is a bootstrap over them. Two cells are compared "
    "query by query by a randomisation test, with Holm's correction over all comparisons of a table. Seconds are "
    "those of ranking and grading all queries in memory, after extraction, on {processor}."
)
ORDER_HEAD = """## Does neural code > cnn-hist > hist-basic hold?

Each extractor with its own best metric, by {measure}. "Yes" and "no" are beyond chance (adjusted p < 0.05); the
difference stands with its interval.

| set | neural code | cnn-hist | hist-basic | neural code > cnn-hist? | cnn-hist > hist-basic? |
|---|---|---|---|---|---|
"""


def page(names: Sequence[str], results: Path = RESULTS) -> str:
    """The page, from the figures of the tables that are there."""
    kept = {name: results / f"evaluation_{name}.json" for name in names}
    documents = {name: json.loads(path.read_text("utf-8")) for name, path in kept.items() if path.is_file()}
    found = {name: document["figures"] for name, document in documents.items()}
    first = next(iter(documents.values()))
    processor = first["machine"]["processor"].replace(" x ", " cores of ")
    rules = RULES.format(protocol=first["figures"]["protocol"], processor=processor)
    head = HEAD.format(rules=fill(rules, WIDTH))
    order = ORDER_HEAD.format(measure=first["figures"]["primary_measure"])
    rows = [_order_row(name, figures) for name, figures in found.items()]
    parts = [head, order + "\n".join(rows) + "\n\n" + _holds(found), _definitions(first["figures"])]
    return "\n".join([*parts, *(_section(name, figures) for name, figures in found.items())])


def best_cell(figures: dict[str, Any], extractor: str) -> dict[str, Any]:
    """An extractor's best cell by the primary measure."""
    key = figures["best"]["by_extractor"][extractor]
    return next(one for one in figures["results"] if one["key"] == key)


def compared(figures: dict[str, Any], better: str, worse: str) -> tuple[float, Sequence[float], bool, float]:
    """Of two extractors at their best: the difference, its interval, whether it is beyond chance, adjusted p."""
    first, second = (best_cell(figures, extractor)["key"] for extractor in (better, worse))
    for one in figures["comparisons"]:
        if {one["a"], one["b"]} == {first, second}:
            low, high = one["interval"]
            upright = one["a"] == first
            ends = (low, high) if upright else (-high, -low)
            return (1 if upright else -1) * one["difference"], ends, one["significant"], one["p_adjusted"]
    raise LookupError((first, second))


def verdict(figures: dict[str, Any], better: str, worse: str) -> str:
    """`yes`, `no`, or `undecided`."""
    difference, _, significant, _ = compared(figures, better, worse)
    return ("yes" if difference > 0 else "no") if significant else "undecided"


def _order_row(name: str, figures: dict[str, Any]) -> str:
    primary = figures["primary_measure"]
    cells = []
    for extractor in ORDER:
        best = best_cell(figures, extractor)
        cells.append(f"{best['means'][primary]:.3f} ({best['metric']})")
    for better, worse in pairwise(ORDER):
        difference, (low, high), _, p = compared(figures, better, worse)
        shown = f"p = {p:.4f}" if p >= 0.001 else "p < 0.001"
        cells.append(f"{verdict(figures, better, worse)}: {difference:+.3f} [{low:+.3f}, {high:+.3f}], {shown}")
    return f"| {TITLES[name]} | " + " | ".join(cells) + " |"


def _holds(found: dict[str, dict[str, Any]]) -> str:
    steps = list(pairwise(ORDER))
    verdicts = {name: [verdict(figures, *step) for step in steps] for name, figures in found.items()}
    whole = [TITLES[name].partition(":")[0] for name, both in verdicts.items() if both == ["yes", "yes"]]
    broken = [TITLES[name] for name, both in verdicts.items() if "no" in both]
    open_ones = [TITLES[name] for name, both in verdicts.items() if "no" not in both and "undecided" in both]
    lines = [f"The whole order holds beyond chance on {len(whole)} of {len(found)} tables."]
    if broken:
        lines.append(f"It is reversed somewhere on: {'; '.join(broken)}.")
    if open_ones:
        lines.append(f"These queries do not decide it on: {'; '.join(open_ones)}.")
    return "\n".join(lines) + "\n"


def _definitions(figures: dict[str, Any]) -> str:
    rows = [
        f"| `{name}` | {definition.replace('|', chr(92) + '|')} |" for name, definition in figures["measures"].items()
    ]
    return "\n".join(["## Measures", "", "| name | definition |", "|---|---|", *rows, ""])


def _section(name: str, figures: dict[str, Any]) -> str:
    primary, *others = figures["measures"]
    best = {measure: max(one["means"][measure] for one in figures["results"]) for measure in figures["measures"]}
    rows = []
    for one in figures["results"]:
        low, high = one["intervals"][primary]
        shown = [_marked(one["means"][measure], best[measure]) for measure in others]
        cells = [one["extractor"], one["metric"], _marked(one["means"][primary], best[primary])]
        rows.append(" | ".join([*cells, f"{low:.4f}-{high:.4f}", *shown, f"{one['seconds']:.1f}"]))
    left_out = [
        f"{figures[key]:,} {what}"
        for key, what in (
            ("unlabelled", "images without a label"),
            ("without_relevant", "queries without a relevant image, left out"),
            ("duplicates", "files with the bytes of another one"),
            ("failed", "files that could not be read"),
        )
        if figures[key]
    ]
    about = f"{figures['images']:,} images, {figures['queries']:,} queries, {figures['labels']} labels"
    lines = [
        f"## {TITLES[name]}",
        "",
        f"`{figures['evaluate']}`: {'; '.join([about, *left_out])}. The best of each column is bold.",
        "",
        "| extractor | metric | " + " | ".join([primary, "95%", *others, "s"]) + " |",
        "|---|---|" + "--:|" * (len(others) + 3),
        *(f"| {row} |" for row in rows),
        "",
    ]
    return "\n".join(lines)


def _marked(mean: float, best: float) -> str:
    return f"**{mean:.4f}**" if mean == best else f"{mean:.4f}"
