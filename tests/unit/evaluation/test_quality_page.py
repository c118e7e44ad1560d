"""docs/quality.md says what the kept figures say."""

import json
import re

import pytest
from benchmarks.evaluation import TABLES
from benchmarks.quality_page import PAGE, TITLES, best_cell, page, step
from benchmarks.table import RESULTS

NAMES = [table.name for table in TABLES]


@pytest.fixture(scope="module")
def text():
    return PAGE.read_text("utf-8")


def figures(name):
    return json.loads((RESULTS / f"evaluation_{name}.json").read_text("utf-8"))["figures"]


def section(text, name):
    return text.partition(f"## {TITLES[name]}\n")[2].partition("\n## ")[0]


def test_the_page_is_the_one_that_the_figures_make(text):
    assert text == page(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_cell_stands_on_the_page(name, text):
    """Read back from the table: a row a cell, its mean and interval, and the best one bold."""
    found = figures(name)
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in section(text, name).splitlines() if "|" in line
    ]
    by_cell = {(row[0], row[1]): row for row in rows[2:]}
    assert len(by_cell) == len(found["results"]) == 18
    best = max(one["means"]["AP@100"] for one in found["results"])
    for one in found["results"]:
        row = by_cell[one["extractor"], one["metric"]]
        mean = one["means"]["AP@100"]
        assert row[2] == (f"**{mean:.4f}**" if mean == best else f"{mean:.4f}")
        assert row[3] == "{:.4f}-{:.4f}".format(*one["intervals"]["AP@100"])


@pytest.mark.parametrize("name", NAMES)
def test_the_order_that_is_told_is_that_of_the_means(name, text):
    """A verdict of yes needs the higher mean and an adjusted p below 0.05; the row shows each extractor's best."""
    found = figures(name)
    row = next(line for line in text.splitlines() if line.startswith(f"| {TITLES[name]} |"))
    cells = [cell.strip() for cell in row.split("|")[2:-1]]
    best = [best_cell(found, extractor, "AP@100") for extractor in ("cnn-conv", "cnn-hist", "hist-basic")]
    for cell, one in zip(cells[:3], best, strict=True):
        means = [other["means"]["AP@100"] for other in found["results"] if other["extractor"] == one["extractor"]]
        assert one["means"]["AP@100"] == max(means)
        assert cell == f"{max(means):.3f} ({one['metric']})"
    for cell, (better, worse) in zip(cells[3:], [(best[0], best[1]), (best[1], best[2])], strict=True):
        difference = better["means"]["AP@100"] - worse["means"]["AP@100"]
        told, _, shown = cell.partition(": ")
        assert float(shown.split()[0]) == pytest.approx(difference, abs=6e-4)
        low, high = map(float, re.search(r"\[([^,]+), ([^\]]+)\]", shown).groups())
        assert low <= difference + 6e-4
        assert high >= difference - 6e-4
        p = step(found, better["extractor"], worse["extractor"], "AP@100").p_adjusted
        assert told == ("undecided" if p >= 0.05 else "yes" if difference > 0 else "no")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("measure", ["AP@100", "AP", "P@1", "P@10"])
def test_each_measure_has_its_verdict(name, measure, text):
    """The difference of the best means, and no verdict against its sign."""
    found = figures(name)
    for better, worse in [("cnn-conv", "cnn-hist"), ("cnn-hist", "hist-basic")]:
        part = text.partition(f"### {better} > {worse},")[2].partition("\n#")[0]
        header, row = (
            [cell.strip() for cell in line.split("|")[1:-1]]
            for line in part.splitlines()
            if line.startswith(("| set |", f"| {TITLES[name]} |"))
        )
        told, shown = row[header.index(measure)].split()
        means = [best_cell(found, extractor, measure)["means"][measure] for extractor in (better, worse)]
        assert float(shown) == pytest.approx(means[0] - means[1], abs=6e-4)
        compared = step(found, better, worse, measure)
        assert compared.low <= compared.difference <= compared.high
        assert told == ("undecided" if compared.p_adjusted >= 0.05 else "yes" if means[0] > means[1] else "no")
