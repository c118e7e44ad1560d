"""The kept figures as the tables of docs/open-questions.md.

python -m benchmarks.open_questions.tables
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.open_questions.pictures import TASKS
from benchmarks.table import RESULTS

MARKS = {"better": " ↑", "worse": " ↓", "": ""}


def markdown(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print one table."""
    print(f"\n{title}\n\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")


def short(comparison: Mapping[str, Any]) -> str:
    """Mean and verdict."""
    return f"{comparison['mean']:.3f}{MARKS[comparison['verdict']]}"


def long(comparison: Mapping[str, Any]) -> str:
    """Difference with its interval and verdict, and in how many classes it is above zero."""
    low, high = comparison["low"], comparison["high"]
    return (
        f"{comparison['difference']:+.3f} ({low:+.3f} to {high:+.3f}){MARKS[comparison['verdict']]} "
        f"{comparison['classes']}"
    )


def compared(title: str, comparisons: Sequence[Mapping[str, Any]], cell: Any, baseline: Mapping[str, float]) -> None:
    """A row a way, a column a task, the baseline first."""
    tasks = [task.name for task in TASKS]
    found = {(one["way"], one["task"]): cell(one) for one in comparisons}
    ways = dict.fromkeys(one["way"] for one in comparisons)
    rows = [["(baseline)", *(f"{baseline[task]:.3f}" for task in tasks)]]
    rows += [[way, *(found[way, task] for task in tasks)] for way in ways]
    markdown(title, ["", *tasks], rows)


def means(title: str, ways: Mapping[str, Mapping[str, Any]]) -> None:
    """A row a way: mean and interval of each task."""
    tasks = [task.name for task in TASKS]
    rows = [
        [way, *(f"{graded[task][0]:.3f} ({graded[task][1]:.3f} to {graded[task][2]:.3f})" for task in tasks)]
        for way, graded in ways.items()
    ]
    markdown(title, ["", *tasks], rows)


def print_outliers(outliers: Mapping[str, Any]) -> None:
    """The paper's two values."""
    print("chance:", outliers["chance"], outliers["chance in the paper"])
    for question in ("cosine", "kl"):
        for descriptor, ways in outliers[question].items():
            means(f"{question} on {descriptor}", ways)
    print("\nzeros:", outliers["zeros"], "\nlengths:", outliers["lengths of cnn-hist"])


def print_summaries(summaries: Mapping[str, Any]) -> None:
    """Three numbers a channel."""
    for metric, found in summaries["same size"].items():
        for cell in (short, long):
            compared(f"summaries, {metric}", found, cell, summaries["baseline"][metric])
    for name in ("other sizes", "where it is learnt"):
        key = f"{name}, against cnn-hist"
        compared(key, summaries[key], short, summaries["baseline"]["bhattacharyya"])
    key = "layers weighted, against the fixed edges"
    compared(key, summaries[key], short, summaries["fixed edges"])


def print_centring(centring: Mapping[str, Any]) -> None:
    """Transforms of `cnn-conv`."""
    for name in ("ways", "where it is learnt", "the query alone"):
        for cell in (short, long):
            compared(f"cnn-conv, {name}", centring[name], cell, centring["baseline"])


def print_fusion(fusion: Mapping[str, Any]) -> None:
    """Two descriptors together."""
    baselines = {
        "against cnn-conv": fusion["alone"]["cnn-conv"],
        "against the best single descriptor": fusion["best single"],
    }
    for key, baseline in baselines.items():
        for cell in (short, long):
            compared(f"fusion {key}", fusion[key], cell, baseline)
    for way, curve in fusion["by weight"].items():
        rows = [[task, *(f"{value:.3f}" for value in values.values())] for task, values in curve.items()]
        markdown(f"{way}, by weight", ["", *next(iter(curve.values()))], rows)
        print("chosen elsewhere:", fusion["weights chosen elsewhere"][way])


def main() -> None:
    figures = json.loads((RESULTS / "open_questions.json").read_text())["figures"]
    print_outliers(figures["outliers"])
    print_summaries(figures["summaries"])
    print_centring(figures["centring"])
    print_fusion(figures["fusion"])


if __name__ == "__main__":
    main()
