"""`cbir extractors` and `cbir metrics`: what there is to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from cbir.cli.session import JsonOption, session
from cbir.cli.terminal import output, print_json

if TYPE_CHECKING:
    from cbir.extractors.base import Extractor
    from cbir.weights.base import Weights


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("extractors")(extractors)
    app.command("metrics")(metrics)


def extractors(context: typer.Context, json: JsonOption = False) -> None:
    """List the descriptors, what each describes, and whether its weights are there.

    Example:  cbir extractors
    """
    from cbir.extractors import EXTRACTORS

    weights = session(context).library().weights
    rows = [
        {
            "name": one.name,
            "dims": one.dims,
            "non_negative": one.non_negative,
            "default_metric": one.default_metric,
            "weights": one.weights,
            "available": not one.weights or weights.available(one.weights),
            "summary": one.summary,
        }
        for one in EXTRACTORS
    ]
    patterns = [{"pattern": pattern, "summary": summary} for pattern, summary in EXTRACTORS.patterns().items()]
    if json:
        print_json({"extractors": rows, "patterns": patterns})
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("name", "dims", "metric", "weights", "what it describes"):
        table.add_column(column, justify="right" if column == "dims" else "left", no_wrap=column == "name")
    for one in EXTRACTORS:
        table.add_row(one.name, f"{one.dims:,}", one.default_metric, _weights_state(one, weights), one.summary)
    for row in patterns:
        table.add_row(row["pattern"], "", "", "", row["summary"])
    output().print(table)


def _weights_state(extractor: Extractor, weights: Weights) -> str:
    if not extractor.weights:
        return "none needed"
    return extractor.weights if weights.available(extractor.weights) else f"{extractor.weights} (missing)"


def metrics(json: JsonOption = False) -> None:
    """List the metrics with their formulas. A is the query, B an image of the collection.

    Example:  cbir metrics
    """
    from cbir.metrics import METRICS

    found = list(METRICS)
    if json:
        print_json(
            {
                "metrics": [
                    {
                        "name": one.name,
                        "title": one.title,
                        "formula": one.formula,
                        "summary": one.summary,
                        "better": "larger" if one.larger_is_better else "smaller",
                        "needs_non_negative": one.needs_non_negative,
                        "evaluation_only": one.evaluation_only,
                    }
                    for one in found
                ]
            }
        )
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for column in ("name", "formula", "better", "needs", "when"):
        table.add_column(column, no_wrap=column == "name")
    for one in found:
        summary = f"{one.summary} (for evaluation only)" if one.evaluation_only else one.summary
        better = "larger" if one.larger_is_better else "smaller"
        needs = "values >= 0" if one.needs_non_negative else ""
        table.add_row(one.name, Text(one.formula), better, needs, summary)
    output().print(table)
