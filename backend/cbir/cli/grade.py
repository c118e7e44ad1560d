"""`cbir grade`: how good rankings are that were made before, here or by other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cbir.cli.session import JsonOption, names, usage_errors
from cbir.cli.terminal import counted, output, print_json, say

if TYPE_CHECKING:
    from cbir.evaluation.grading import Account, Graded

NAMED = 5
"""Names of a kind, where there can be thousands."""


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("grade")(grade)


def grade(
    run: Annotated[
        str,
        typer.Argument(metavar="RUN", help="A TREC run (also .gz), a folder of *_top.txt lists, a Holidays result."),
    ],
    ground_truth: Annotated[
        str,
        typer.Option(metavar="PATH", help="Oxford's folder of lists, holidays_images.dat, qrels or LIRE's lists."),
    ],
    protocol: Annotated[
        str, typer.Option(metavar="oxford|holidays|trec", help="How both are read, and what AP means.")
    ],
    measures: Annotated[
        str | None, typer.Option(help="Further measures, split by commas, as P@10,nDCG@10.", show_default="AP alone")
    ] = None,
    by_query: Annotated[bool, typer.Option("--by-query", help="A line for each query besides the means.")] = False,
    negative_is_junk: Annotated[
        bool,
        typer.Option("--negative-is-junk", help="Take out what qrels judge below 0; trec_eval keeps it as wrong."),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Grade rankings against ground truth, without searching: your own runs, or those of other programs.

    oxford: junk is taken out; AP is the trapezoid.

    holidays: the query is taken out, and the ranks in the file count; AP is the trapezoid.

    trec: scores decide the order, larger first; AP is the finite sum.

    Example:  cbir grade report/runs/cnn-conv.cosine.exact.txt.gz --ground-truth report/qrels.txt --protocol trec
    """
    from cbir.evaluation.grading import RULES
    from cbir.evaluation.grading import grade as grade_run
    from cbir.evaluation.measures import parse_measure

    with usage_errors():
        rules = RULES.get(protocol)
        further = [parse_measure(name) for name in names(measures)]
    truth = rules.read_ground_truth(ground_truth)
    if negative_is_junk:
        truth = truth.with_negative_as_junk()
    graded = grade_run(rules.read_run(run), truth, rules, further)
    if json:
        print_json(graded.to_json(further))
        return
    _print(graded, by_query=by_query)
    _tell(graded.account)


def _print(graded: Graded, *, by_query: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    from cbir.records import shown_text

    queries = "1 query" if len(graded.queries) == 1 else f"{len(graded.queries):,} queries"
    output().print(Text(f"{shown_text(graded.tag)}: {queries}, {graded.rules.name}. {graded.rules.definition}"))
    if by_query:
        lines = Table("query", box=None, pad_edge=False)
        for measure in graded.grades:
            lines.add_column(str(measure), justify="right")
        for row, query in enumerate(graded.queries):
            lines.add_row(
                Text(shown_text(query)), *(f"{of_queries[row]:.5f}" for of_queries in graded.grades.values())
            )
        output().print(lines)
    means = Table("measure", box=None, pad_edge=False)
    means.add_column("mean", justify="right")
    means.add_column("definition")
    for measure in graded.grades:
        means.add_row(str(measure), f"{graded.mean(measure):.5f}", Text(measure.definition))
    output().print(means)


def _tell(account: Account) -> None:
    """On stderr, what did not fit together, and how it counts."""
    for found, of_one, of_many in (
        (
            account.missing_queries,
            "query of the ground truth is not in the run, and counts as 0",
            "queries of the ground truth are not in the run, and count as 0",
        ),
        (
            account.unknown_queries,
            "query of the run is not in the ground truth, and was passed over",
            "queries of the run are not in the ground truth, and were passed over",
        ),
        (
            account.without_relevant,
            "query has nothing relevant, and was left out of the means",
            "queries have nothing relevant, and were left out of the means",
        ),
        (
            account.contradicting_queries,
            "query has ranks that contradict its scores; scores count, larger first",
            "queries have ranks that contradict their scores; scores count, larger first",
        ),
    ):
        if found:
            say(f"{len(found):,} {of_one if len(found) == 1 else of_many}: {_some(found)}.")
    _tell_documents(account)
    if account.passed_over:
        say(f"Passed over, because they are no ranked lists: {_some(account.passed_over)}.")


def _tell_documents(account: Account) -> None:
    unknown = account.unknown_documents
    if unknown:
        are, count = ("is", "counts") if len(unknown) == 1 else ("are", "count")
        hint = " Are the names written alike?" if len(unknown) == account.documents else ""
        say(
            f"{len(unknown):,} of {counted(account.documents, 'document')} of the run {are} not named in the ground "
            f"truth, and {count} as not relevant: {_some(unknown)}.{hint}"
        )
    if account.below_zero:
        was = "was" if account.below_zero == 1 else "were"
        say(
            f"{counted(account.below_zero, 'place')} of the run {was} judged below 0: not relevant, as in trec_eval "
            "(--negative-is-junk takes such documents out)."
        )


def _some(found: tuple[str, ...]) -> str:
    """The first few names."""
    from cbir.records import shown_text

    more = f" and {len(found) - NAMED:,} more" if len(found) > NAMED else ""
    return ", ".join(shown_text(name) for name in found[:NAMED]) + more
