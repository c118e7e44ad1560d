"""The page of a report: one file that needs nothing else, in light and dark and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

from cbir.evaluation.reports.figures import categories, comparisons, curves, labels, pareto, rankings, table
from cbir.evaluation.reports.figures.frame import count, grade, note, section, title_of
from cbir.evaluation.reports.figures.rankings import Example
from cbir.evaluation.reports.layout import QRELS, RUNS, Queries, Report
from cbir.evaluation.reports.markup import Content, Markup, join, tag

STYLE = "page.css"
CONTENTS = (
    ("table", "Table"),
    ("curves", "Curves"),
    ("comparisons", "Comparisons"),
    ("cost", "Time and bytes"),
    ("examples", "Examples"),
    ("categories", "Categories"),
    ("labels", "Labels"),
    ("account", "Left out"),
    ("definitions", "Definitions"),
    ("again", "Make it again"),
)
"""Sections by anchor, as the page's contents name them."""
WITHOUT_RESULTS = ("account", "definitions", "again")
NAMED = 100
"""Paths that are named of a kind, where there can be thousands."""


def page(report: Report, queries: Queries, examples: Sequence[Example]) -> str:
    """The whole page, UTF-8."""
    title = f"{report['dataset']}: evaluation"
    style = Markup(files(__package__).joinpath(STYLE).read_text("utf-8"))
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", style),
    )
    body = tag("body", _header(report, title), tag("main", _figures(report, queries, examples)), _footer(report))
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _figures(report: Report, queries: Queries, examples: Sequence[Example]) -> Content:
    overall = report["best"]["overall"]
    if overall is None:
        return [note("Nothing could be graded."), _account(report), _definitions(report), _again(report)]
    return [
        table.figure(report),
        curves.figure(report),
        comparisons.figure(report, queries),
        pareto.figure(report),
        rankings.figure(report, comparisons.name(overall), examples),
        categories.figure(report),
        labels.figure(report),
        _account(report),
        _definitions(report),
        _again(report),
    ]


def _header(report: Report, title: str) -> Markup:
    best = next((one for one in report["results"] if one["key"] == report["best"]["overall"]), None)
    facts = [
        ("best", best and join(tag("b", title_of(best)), f", {report['primary_measure']} ", _mean(report))),
        ("images", f"{report['images']:,}"),
        ("queries", f"{report['queries']:,}"),
        ("protocol", report["protocol"]),
        ("label column", report["label_column"]),
        ("rows", report["where"]),
        ("searched", f"by the engine {report['engine']}" if report["engine"] else "in memory"),
        ("made", f"{report['created_at'][:16].replace('T', ' ')} UTC by cbir {report['cbir_version']}"),
    ]
    terms = [tag("div", tag("dt", term), tag("dd", value)) for term, value in facts if value]
    links = [
        tag("li", tag("a", name, href=f"#{anchor}"))
        for anchor, name in CONTENTS
        if report["results"] or anchor in WITHOUT_RESULTS
    ]
    contents = tag("nav", tag("ul", links), aria_label="Contents")
    return tag("header", tag("h1", title), tag("dl", terms, class_="facts"), contents)


def _mean(report: Report) -> str:
    best = next(one for one in report["results"] if one["key"] == report["best"]["overall"])
    low, high = best["intervals"][report["primary_measure"]]
    return f"{grade(best['means'][report['primary_measure']])} ({grade(low)}–{grade(high)})"


def _account(report: Report) -> Markup:
    account = report["account"]
    counted = [
        (account["unlabelled"], "images without a label: can be found, are no queries"),
        (account["without_relevant"], "queries without a relevant image: left out of all means"),
        (len(account["missing"]), "labels of files that are not there"),
        (account["duplicates"], "files with the bytes of another one: one image with it"),
        (account["passed_over"], "files of no image format: passed over"),
        (len(account["failed"]), "files that could not be read"),
        (len(account["not_applicable"]), "pairs of extractor and metric without a meaning"),
    ]
    return section(
        "What was left out",
        "account",
        tag("ul", [tag("li", tag("b", f"{number:,} "), what) for number, what in counted if number])
        if any(number for number, _ in counted)
        else tag("p", "Nothing."),
        _named(
            "Files that could not be read", [f"{f['path']}: {f['reason']} {f['remedy']}" for f in account["failed"]]
        ),
        _named("Labels without a file", account["missing"]),
        _named(
            "Pairs without a meaning",
            [f"{n['extractor']} · {n['metric']}: {n['reason']}" for n in account["not_applicable"]],
        ),
    )


def _named(summary: str, lines: Sequence[str]) -> Markup | None:
    if not lines:
        return None
    more = f"and {len(lines) - NAMED:,} more, in report.json" if len(lines) > NAMED else None
    items = [tag("li", line) for line in [*lines[:NAMED], *([more] if more else [])]]
    return tag("details", tag("summary", summary), tag("ul", items))


def _definitions(report: Report) -> Markup:
    measures = [
        tag("div", tag("dt", one["name"]), tag("dd", f"{one['definition']}; at most {one['maximum']:g}"))
        for one in report["measures"]
    ]
    return section(
        "Definitions",
        "definitions",
        tag("h3", "Measures"),
        tag(
            "p",
            "rel(i) is 1 where the image at rank i is relevant, else 0; P(i) = (rel(1) + … + rel(i)) / i; R is the "
            "number of relevant images that there are.",
        ),
        tag("dl", measures),
        tag("h3", f"Protocol: {report['protocol']}"),
        tag("p", report["protocol_definition"]),
        tag("h3", "Intervals and tests"),
        tag("p", report["comparison_method"]),
    )


def _again(report: Report) -> Markup:
    return section(
        "Make it again",
        "again",
        tag("p", "In the folder that holds the dataset:"),
        _command(report["command"]),
        tag(
            "p",
            "The rankings stand in ",
            tag("code", f"{RUNS}/"),
            " and what is relevant in ",
            tag("code", QRELS),
            ", in TREC's form, so that they can be graded again without searching:",
        ),
        [
            _command(f"cbir grade {one['run']} --ground-truth {QRELS} --protocol trec")
            for one in report["results"]
            if one["key"] == report["best"]["overall"]
        ],
        tag("details", tag("summary", "Identities of the descriptors"), _identities(report)),
    )


def _command(text: str) -> Markup:
    return tag("pre", tag("code", text))


def _identities(report: Report) -> Markup:
    by_extractor = {one["extractor"]: one["identity"] for one in report["results"]}
    items = [
        tag(
            "div",
            tag("dt", name),
            tag("dd", tag("code", ", ".join(f"{key}: {value}" for key, value in made.items()))),
        )
        for name, made in by_extractor.items()
    ]
    return tag("dl", items)


def _footer(report: Report) -> Markup:
    graded = f"{count(report['queries'], 'query', 'queries')} in {count(report['images'], 'image')}"
    return tag("footer", tag("p", f"{report['name']}: {graded}."))
