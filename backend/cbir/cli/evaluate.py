"""`cbir evaluate`: how good the answers are on a labelled set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cbir.cli.session import JsonOption, names, session, usage_errors
from cbir.cli.terminal import TerminalProgress, counted, output, print_json, say

if TYPE_CHECKING:
    from cbir.collection import Library
    from cbir.evaluation.runner import Evaluation
    from cbir.extractors.base import Extractor

NAMED = 10
"""Problems named of a kind, where there can be thousands."""


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("evaluate")(evaluate)


def evaluate(
    context: typer.Context,
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="A folder with images/ and labels.csv.")],
    extractors: Annotated[
        str | None, typer.Option(help="Descriptors, split by commas.", show_default="all whose weights are there")
    ] = None,
    metrics: Annotated[str | None, typer.Option(help="Metrics, split by commas.", show_default="all six")] = None,
    strategies: Annotated[str, typer.Option(help="Strategies, split by commas.")] = "exact",
    label_column: Annotated[str, typer.Option(help="The column of labels.csv that holds the labels.")] = "labels",
    where: Annotated[
        str | None, typer.Option(metavar="COLUMN=VALUE", help="Only rows of labels.csv that have this value.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Grade every extractor with every metric: each labelled image is a query, itself left out of its answer.

    An image is relevant if it shares a label with the query. Descriptors are kept, so that a second run is quick.

    Example:  cbir evaluate holidays/ --extractors hist-basic,cnn-conv --metrics chi2,cosine
    """
    from cbir.evaluation.cache import DescriptorCache
    from cbir.evaluation.datasets import read_benchmark
    from cbir.evaluation.datasets.base import ReadOptions
    from cbir.evaluation.descriptors import Describer
    from cbir.evaluation.runner import Plan, evaluate, require_gradable
    from cbir.extractors import EXTRACTORS
    from cbir.ingest.labels import Where
    from cbir.metrics import METRICS, search_metrics

    library = session(context).library()
    chosen = [EXTRACTORS.get(name) for name in names(extractors)] or _available(library)
    grading = [METRICS.get(name) for name in names(metrics)] or search_metrics()
    with usage_errors():
        condition = Where.parse(where) if where else None
    cache = DescriptorCache(library.settings.cache_dir / "descriptors")
    describer = Describer(library.weights, cache, batch_size=library.settings.batch_size)
    with TerminalProgress() as progress:
        benchmark = read_benchmark(dataset, ReadOptions(label_column, condition), progress)
        plan = Plan(grading, names(strategies), benchmark.protocols[0])
        require_gradable(benchmark.dataset, plan)
        found = evaluate(describer.describe(benchmark.dataset, chosen, progress), plan, progress)
    if json:
        print_json(found.to_json() | found.account_to_json())
    else:
        _print(found)


def _available(library: Library) -> list[Extractor]:
    from cbir.collection import DEFAULT_EXTRACTORS
    from cbir.extractors import EXTRACTORS

    candidates = [EXTRACTORS.get(name) for name in DEFAULT_EXTRACTORS]
    usable = [one for one in candidates if not one.weights or library.weights.available(one.weights)]
    for one in candidates:
        if one not in usable:
            say(f"Without {one.name}: its weights are not there (cbir weights fetch {one.weights}).")
    return usable


def _print(found: Evaluation) -> None:
    from rich.table import Table

    from cbir.evaluation.measures import DEFAULT_MEASURES

    count = f"{counted(len(found.dataset.images), 'image')}, {len(found.queries):,} queries"
    typer.echo(f"{found.dataset.name}: {count}, {found.protocol}")
    table = Table("extractor", "metric", box=None, pad_edge=False)
    for measure in DEFAULT_MEASURES:
        table.add_column(str(measure), justify="right")
    table.add_column("s", justify="right")
    best = {measure: max((one.mean(measure) for one in found.results), default=0.0) for measure in DEFAULT_MEASURES}
    for one in found.results:
        means = (one.mean(measure) for measure in DEFAULT_MEASURES)
        cells = (
            f"[bold]{mean:.4f}[/bold]" if mean == best[measure] else f"{mean:.4f}"
            for measure, mean in zip(DEFAULT_MEASURES, means, strict=True)
        )
        table.add_row(one.extractor, one.metric, *cells, f"{one.seconds:.1f}")
    output().print(table)
    _tell_left_out(found)


def _tell_left_out(found: Evaluation) -> None:
    """On stderr, what the figures do not cover."""
    left_out = (
        (found.unlabelled, "images without a label are no queries"),
        (found.without_relevant, "queries without a relevant image were left out of the means"),
        (len(found.dataset.missing), "rows of labels.csv name files that are not there"),
        (found.dataset.duplicates, "files have the bytes of another one and count as one image with it"),
    )
    for number, what in left_out:
        if number:
            say(f"{number:,} {what}.")
    for one in found.not_applicable:
        say(f"{one.extractor} with {one.metric}: {one.reason}")
    for failure in found.dataset.failures[:NAMED]:
        say(str(failure))
    if len(found.dataset.failures) > NAMED:
        say(f"And {len(found.dataset.failures) - NAMED:,} more files that could not be read (--json lists all).")
