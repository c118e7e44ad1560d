"""`cbir evaluate`: how good the answers are on a labelled set."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cbir.cli.evaluation_output import print_results, tell_left_out, to_json
from cbir.cli.session import JsonOption, names, session, usage_errors
from cbir.cli.terminal import TerminalProgress, print_json, say

if TYPE_CHECKING:
    from cbir.collection import Library
    from cbir.engines.base import Engine
    from cbir.evaluation.against import Fall
    from cbir.evaluation.reports.build import Circumstances
    from cbir.evaluation.reports.layout import Report
    from cbir.evaluation.runner import Evaluation
    from cbir.extractors.base import Extractor

DEEPEST = 10_000
WORSE = 1
"""The exit code where a cell fell by more than the margin."""
RECORDED = {
    **{
        name: name
        for name in ("extractors", "metrics", "strategies", "measures", "protocol", "label_column", "where")
    },
    **{name: name for name in ("engine", "run_depth", "seed")},
    "form": "format",
}
"""Flags that a report names, where they were given: the parameter and its name in the report."""


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("evaluate")(evaluate)


def evaluate(
    context: typer.Context,
    dataset: Annotated[
        str, typer.Argument(metavar="DATASET", help="A folder: images/ and labels.csv, or another form (--format).")
    ],
    extractors: Annotated[
        str | None, typer.Option(help="Descriptors, split by commas.", show_default="all whose weights are there")
    ] = None,
    metrics: Annotated[str | None, typer.Option(help="Metrics, split by commas.", show_default="all six")] = None,
    strategies: Annotated[str, typer.Option(help="Strategies, split by commas.")] = "exact",
    measures: Annotated[
        str | None,
        typer.Option(
            help="Measures, split by commas; the best cell is the best by the first.",
            show_default="the protocol's own, and AP@100,AP@100-trec,AP,P@1,P@10",
        ),
    ] = None,
    form: Annotated[
        str | None, typer.Option("--format", help="The form of the dataset.", show_default="what it looks like")
    ] = None,
    protocol: Annotated[
        str | None, typer.Option(help="The rules for grading.", show_default="the dataset's customary ones")
    ] = None,
    label_column: Annotated[str, typer.Option(help="The column of labels.csv that holds the labels.")] = "labels",
    where: Annotated[
        str | None, typer.Option(metavar="COLUMN=VALUE", help="Only rows of labels.csv that have this value.")
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(help="Rank by searches in embedded or elasticsearch.", show_default="in memory, where exact"),
    ] = None,
    run_depth: Annotated[
        int, typer.Option(min=1, max=DEEPEST, help="Images of each ranking that a report keeps.")
    ] = 100,
    seed: Annotated[int, typer.Option(min=0, help="For queries that are drawn, intervals and tests.")] = 0,
    report: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the report there: a page, JSON, TREC runs.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep/--no-keep", help="Keep the report among your data.")] = True,
    against: Annotated[
        Path | None, typer.Option(metavar="REPORT", help="Exit with 1 where a cell is worse than in this report.")
    ] = None,
    margin: Annotated[float, typer.Option(min=0, help="The fall that --against lets pass.")] = 0.01,
    fresh: Annotated[bool, typer.Option("--fresh", help="Grade anew what an earlier run graded.")] = False,
    json: JsonOption = False,
) -> None:
    """Grade every extractor with every metric on a labelled set, and say which differences are more than chance.

    By default each labelled image is a query, itself left out of its answer, and relevant is what shares a label.
    Descriptors and finished results are kept: the same command goes on where it was interrupted. With --engine the
    rankings are those of a temporary collection in that engine; without, every image is compared in memory.

    Example:  cbir evaluate holidays/ --extractors hist-basic,cnn-conv --metrics chi2,cosine --report holidays-report
    """
    from cbir.evaluation.against import require_margin
    from cbir.evaluation.reports.read import read_report
    from cbir.evaluation.reports.write import require_place

    library = session(context).library(engine)
    with usage_errors():
        require_margin(margin)
    old = read_report(against) if against else None
    if report:
        require_place(report)
    _require_measure(names(measures), old)
    question = _Question(
        dataset=dataset,
        extractors=names(extractors),
        metrics=names(metrics),
        strategies=names(strategies),
        measures=names(measures),
        form=form,
        protocol=protocol,
        label_column=label_column,
        where=where,
        engine=engine,
        depth=run_depth,
        seed=seed,
        fresh=fresh,
    )
    with TerminalProgress() as progress:
        found, circumstances = _evaluated(library, question, _recorded(context), progress)
        progress.start("Comparing and writing", None)
        document, places = _reported(library, found, circumstances, report, keep=keep)
    falls = _falls(document, old, margin)
    if json:
        print_json(to_json(found, document, falls))
    else:
        print_results(found, document)
    tell_left_out(found)
    for place in places:
        say(f"The report: {place}")
    for fall in falls:
        say(f"{fall}; the margin is {margin:g}")
    if falls:
        raise typer.Exit(WORSE)


@dataclass(frozen=True, slots=True)
class _Question:
    """What the command line asks."""

    dataset: str
    extractors: Sequence[str]
    metrics: Sequence[str]
    strategies: Sequence[str]
    measures: Sequence[str]
    form: str | None
    protocol: str | None
    label_column: str
    where: str | None
    engine: str | None
    depth: int
    seed: int
    fresh: bool


def _evaluated(
    library: Library, question: _Question, options: Mapping[str, Any], progress: TerminalProgress
) -> tuple[Evaluation, Circumstances]:
    from cbir.evaluation.comparison import Method
    from cbir.evaluation.datasets import WITHOUT_TABLE, read_benchmark, recognised
    from cbir.evaluation.datasets.base import ReadOptions
    from cbir.evaluation.measures import parse_measure
    from cbir.evaluation.reports.build import Circumstances
    from cbir.evaluation.runner import Plan
    from cbir.evaluation.workplace import Workplace, measures_of, protocol_of
    from cbir.extractors import EXTRACTORS
    from cbir.ingest.labels import Where
    from cbir.metrics import METRICS, search_metrics

    extractors = [EXTRACTORS.get(name) for name in question.extractors] or _available(library)
    metrics = [METRICS.get(name) for name in question.metrics] or search_metrics()
    asked = [parse_measure(name) for name in question.measures]
    engine = _ranking_engine(library, question)
    with usage_errors():
        condition = Where.parse(question.where) if question.where else None
    form = question.form
    if form is None and os.path.isdir(question.dataset):
        form = recognised(os.path.abspath(question.dataset)).name
    options_read = ReadOptions(question.label_column, condition, question.seed)
    benchmark = read_benchmark(question.dataset, options_read, progress, form)
    protocol = protocol_of(benchmark, question.protocol)
    plan = Plan(metrics, question.strategies, protocol, asked or measures_of(protocol), question.depth)
    workplace = Workplace(library.settings, library.weights, engine=engine, fresh=question.fresh)
    found = workplace.evaluate(benchmark.dataset, extractors, plan, progress)
    _require_results(found)
    method = Method(seed=question.seed)
    column = None if form in WITHOUT_TABLE else question.label_column
    return found, Circumstances(form or "", column, question.where, options, method=method)


def _available(library: Library) -> list[Extractor]:
    from cbir.collection import DEFAULT_EXTRACTORS
    from cbir.extractors import EXTRACTORS

    candidates = [EXTRACTORS.get(name) for name in DEFAULT_EXTRACTORS]
    usable = [one for one in candidates if not one.weights or library.weights.available(one.weights)]
    for one in candidates:
        if one not in usable:
            say(f"Without {one.name}: its weights are not there (cbir weights fetch {one.weights}).")
    return usable


def _ranking_engine(library: Library, question: _Question) -> Engine | None:
    """The engine that ranks: one that was named, or, for what is not exact, the one in force; else None."""
    from cbir.strategies import STRATEGIES

    exact = all(STRATEGIES.get(name).exact for name in question.strategies)
    return None if exact and question.engine is None else library.engine


def _require_measure(measures: Sequence[str], old: Report | None) -> None:
    """Refuse, before work, measures that leave out the one by which reports are compared."""
    from cbir.errors import InvalidRequestError

    if old and measures and old["primary_measure"] not in measures:
        raise InvalidRequestError(
            f"The report to compare with decides by {old['primary_measure']}, which is not among the measures.",
            remedy=f"Add it: --measures {','.join([*measures, old['primary_measure']])}",
        )


def _require_results(found: Evaluation) -> None:
    from cbir.errors import MetricNotApplicableError

    if not found.results:
        tell_left_out(found)
        raise MetricNotApplicableError(
            "None of these metrics can compare any of these descriptors.", remedy="Use euclidean or cosine."
        )


def _recorded(context: typer.Context) -> dict[str, Any]:
    """The flags that were given and that change figures, for the report."""
    sources = {parameter: context.get_parameter_source(parameter) for parameter in RECORDED}
    given = [parameter for parameter, source in sources.items() if source and source.name == "COMMANDLINE"]
    return {RECORDED[parameter]: context.params[parameter] for parameter in given}


def _reported(
    library: Library, found: Evaluation, circumstances: Circumstances, folder: Path | None, *, keep: bool
) -> tuple[Report, list[Path]]:
    """The report, and where it was written."""
    from cbir.evaluation.reports.build import build
    from cbir.evaluation.reports.store import Reports
    from cbir.evaluation.reports.write import copy_report, write_report

    if not keep:
        if folder is None:
            return build(found, circumstances)[0], []
        return write_report(found, circumstances, folder), [folder]
    kept = Reports(library.settings.data_dir / "evaluations").add(found, circumstances)
    if folder is None:
        return kept.report, [kept.folder]
    copy_report(kept.folder, folder)
    return kept.report, [kept.folder, folder]


def _falls(new: Report, old: Report | None, margin: float) -> Sequence[Fall]:
    from cbir.evaluation.against import against

    return against(new, old, margin) if old else ()
