"""docs/quality.md from the kept figures of `benchmarks.evaluation`: no figure in it is written by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
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
SMALL = 0.001
"""Probabilities below it are not told apart."""
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
    steps = [_by_measure(found, better, worse) for better, worse in pairwise(ORDER)]
    parts = [head, order + "\n".join(rows) + "\n\n" + _holds(found), *steps, _definitions(first["figures"])]
    return "\n".join([*parts, *(_section(name, figures) for name, figures in found.items())])


def best_cell(figures: dict[str, Any], extractor: str, measure: str) -> dict[str, Any]:
    """An extractor's best cell by a measure, the first of equal ones."""
    own = [one for one in figures["results"] if one["extractor"] == extractor]
    return max(own, key=lambda one: float(one["means"][measure]))


@dataclass(frozen=True, slots=True)
class Step:
    """Two extractors, each at its best by a measure, compared."""

    difference: float
    """Mean of the one that is said to be better, less that of the other."""
    low: float
    high: float
    p_adjusted: float
    significant: bool

    @property
    def verdict(self) -> str:
        """Is the one that is said to be better so? `yes`, `no`, or `undecided`."""
        return ("yes" if self.difference > 0 else "no") if self.significant else "undecided"


def step(figures: dict[str, Any], better: str, worse: str, measure: str) -> Step:
    """The comparison that is kept of two extractors at their best, turned so that ``better`` comes first."""
    first, second = (_best_keys(figures, extractor, measure) for extractor in (better, worse))
    for one in figures["comparisons"]:
        low, high = one["interval"]
        if one["measure"] == measure and one["a"] in first and one["b"] in second:
            return Step(one["difference"], low, high, one["p_adjusted"], one["significant"])
        if one["measure"] == measure and one["a"] in second and one["b"] in first:
            return Step(-one["difference"], -high, -low, one["p_adjusted"], one["significant"])
    raise LookupError((better, worse, measure))


def _best_keys(figures: dict[str, Any], extractor: str, measure: str) -> set[str]:
    """An extractor's best cells: means are kept rounded, and those of euclidean and cosine can then be equal."""
    best = best_cell(figures, extractor, measure)["means"][measure]
    return {
        one["key"] for one in figures["results"] if one["extractor"] == extractor and one["means"][measure] == best
    }


def _order_row(name: str, figures: dict[str, Any]) -> str:
    primary = figures["primary_measure"]
    cells = []
    for extractor in ORDER:
        best = best_cell(figures, extractor, primary)
        cells.append(f"{best['means'][primary]:.3f} ({best['metric']})")
    for better, worse in pairwise(ORDER):
        found = step(figures, better, worse, primary)
        shown = f"p = {found.p_adjusted:.4f}" if found.p_adjusted >= SMALL else f"p < {SMALL}"
        cells.append(f"{found.verdict}: {found.difference:+.3f} [{found.low:+.3f}, {found.high:+.3f}], {shown}")
    return f"| {TITLES[name]} | " + " | ".join(cells) + " |"


def _by_measure(found: dict[str, dict[str, Any]], better: str, worse: str) -> str:
    """The verdict on one step of the order, a row a set and a column a measure."""
    measures = [name for name in next(iter(found.values()))["measures"] if not name.endswith("-trec")]
    lines = [
        f"### {better} > {worse}, by other measures too",
        "",
        f"| set | {' | '.join(measures)} |",
        "|---|" + "---|" * len(measures),
    ]
    for name, figures in found.items():
        steps = [step(figures, better, worse, measure) for measure in measures]
        cells = [f"{one.verdict} {one.difference:+.3f}" for one in steps]
        lines.append(f"| {TITLES[name]} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _holds(found: dict[str, dict[str, Any]]) -> str:
    verdicts = {
        name: [step(figures, *pair, figures["primary_measure"]).verdict for pair in pairwise(ORDER)]
        for name, figures in found.items()
    }
    whole = sum(both == ["yes", "yes"] for both in verdicts.values())
    reversed_on = [TITLES[name] for name, both in verdicts.items() if "no" in both]
    undecided_on = [TITLES[name] for name, both in verdicts.items() if "no" not in both and "undecided" in both]
    primary = next(iter(found.values()))["primary_measure"]
    lines = [f"By {primary} the whole order holds beyond chance on {whole} of {len(found)} tables."]
    if reversed_on:
        lines.append(f"It is reversed somewhere on: {'; '.join(reversed_on)}.")
    if undecided_on:
        lines.append(f"These queries do not decide it on: {'; '.join(undecided_on)}.")
    against = [
        f"{TITLES[name]} ({measure}: {worse} above {better})"
        for name, figures in found.items()
        for measure in figures["measures"]
        for better, worse in pairwise(ORDER)
        if measure != primary and step(figures, better, worse, measure).verdict == "no"
    ]
    if against:
        lines.append(f"By other measures it is reversed beyond chance on: {'; '.join(against)}.")
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
