"""What the figures mark, against plain restatements."""

import base64
import copy
import io
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from cbir.evaluation.dataset import Query
from cbir.evaluation.reports.build import build, images
from cbir.evaluation.reports.examples import chosen, examples
from cbir.evaluation.reports.figures import categories, comparisons, curves, labels, pareto, rankings, table
from cbir.evaluation.reports.figures.frame import champions
from cbir.searching.crops import Crop


@pytest.fixture
def report(built):
    return copy.deepcopy(built[0])


def plain(markup):
    return re.sub(r"<[^>]*>", " ", markup)


def test_the_table_marks_the_best_of_each_row_and_column_by_a_sign(report):
    """Means are set so that the best are known: rows good 0.3 0.5 0.4, poor 0.6 0.2 and no chi2."""
    means = {"good": (0.3, 0.5, 0.4), "poor": (0.6, 0.2)}
    for extractor, values in means.items():
        own = [one for one in report["results"] if one["extractor"] == extractor]
        for one, value in zip(own, values, strict=True):
            one["means"]["AP@100"] = value
    text = re.sub(r"\s+", " ", plain(table.tables(report, "AP@100")[0]))
    assert "0.3000 0." in text
    assert "0.5000 → ↓" in text
    assert "0.4000 ↓" in text
    assert "0.6000 → ↓" in text
    assert "0.2000 0." in text
    assert "–" in text.split("poor")[1]


def test_each_strategy_has_a_table_of_its_own(report):
    approximate = copy.deepcopy(report["results"])
    for one in approximate:
        one["strategy"], one["key"] = "graph", one["key"].replace("exact", "graph")
    report["results"] += approximate
    first, second = table.tables(report, "AP@100")
    assert "strategy exact" in first
    assert "strategy graph" in second


def test_the_curves_are_those_of_each_extractor_at_its_best(report):
    shown = champions(report)
    assert {one["key"] for one in shown} == set(report["best"]["by_extractor"].values())
    drawn = curves.figure(report)
    assert len(re.findall(r"<polyline", drawn)) == 2 * len(shown)
    # lines differ in dashes (by class) and in symbols, not in colour alone
    assert len({curves.symbol(index, 0, 0).split("c")[0] for index in range(4)}) >= 3


def test_with_one_extractor_all_its_metrics_are_drawn(report):
    report["results"] = [one for one in report["results"] if one["extractor"] == "good"]
    report["best"]["by_extractor"] = {"good": report["results"][0]["key"]}
    assert len(champions(report)) == 3


def test_a_curve_goes_through_its_values(report):
    (one,) = report["results"][:1]
    one["precision_curve"] = [1.0] * 50 + [0.5] * 50
    report["results"] = [one]
    report["best"]["by_extractor"] = {one["extractor"]: one["key"]}
    points = re.search(r'<polyline points="([^"]*)"', curves.figure(report))[1].split()
    assert len(points) == 100
    heights = {float(point.split(",")[1]) for point in points}
    top, middle = min(heights), max(heights)
    # precision runs from 0 at y = 290 to 1 at y = 36
    assert (top, middle) == (36, (290 + 36) / 2)


def test_the_front_is_what_nothing_beats_in_both(report):
    random = np.random.default_rng(0)
    template = report["results"][0]
    report["results"] = [copy.deepcopy(template) | {"key": str(number)} for number in range(60)]
    for one in report["results"]:
        one["means"] = {"AP@100": float(random.integers(0, 12))}
        one["ms_per_query"] = float(random.integers(1, 12))
    found = pareto.front(report["results"], lambda one: one["ms_per_query"], report)
    by_cost = sorted(report["results"], key=lambda one: (one["ms_per_query"], -one["means"]["AP@100"]))
    expected, reached = set(), -1.0
    for one in by_cost:
        mean = one["means"]["AP@100"]
        last = [other for other in by_cost if other["key"] in expected]
        equal = any((o["ms_per_query"], o["means"]["AP@100"]) == (one["ms_per_query"], mean) for o in last)
        if mean > reached or equal:
            expected.add(one["key"])
        reached = max(reached, mean)
    assert found == expected


@pytest.mark.parametrize("milliseconds", [0.0, 3.0])
def test_cells_of_one_time_and_size_can_be_plotted(report, milliseconds):
    for one in report["results"]:
        one["ms_per_query"], one["bytes_per_image"] = milliseconds, 100
    assert "nan" not in pareto.figure(report)
    assert "◆" in pareto.figure(report)


def test_categories_mark_the_best_and_the_second_by_a_sign():
    marked = [re.sub("<[^>]*>", "", one) for one in categories.marked([0.5, 0.25, 0.5, 0.125])]
    assert marked == ["● 0.5000", "○ 0.2500", "● 0.5000", "0.1250"]
    assert [re.sub("<[^>]*>", "", one) for one in categories.marked([0.5, 0.5])] == ["0.5000", "0.5000"]


def test_thousands_of_labels_are_cut_short_and_say_so(report):
    report["labels"] = [{"label": f"l{number}", "queries": 1, "images": 2} for number in range(1000)]
    drawn = plain(labels.figure(report))
    assert "700 more labels in report.json" in drawn
    assert "l299" in drawn
    assert "l300" not in drawn


def test_a_dataset_without_labels_is_no_error(report):
    report["labels"] = []
    for one in report["results"]:
        one["by_label"] = []
    assert "No image has a label" in labels.figure(report)
    assert "No query has a label" in categories.figure(report)


def test_comparisons_say_yes_where_they_are_significant(report, built):
    for one in report["comparisons"]:
        one["significant"] = one["b"].startswith("poor")
    drawn = comparisons.figure(report, built[1]).split("Query by query")[0]
    primary = drawn.split("<details>")[0]
    expected = [one["significant"] for one in report["comparisons"] if one["measure"] == "AP@100"]
    assert re.findall(r"<b>yes</b>|<td>no</td>", primary) == [
        "<b>yes</b>" if yes else "<td>no</td>" for yes in expected
    ]


def test_a_single_cell_has_nothing_to_be_compared_with(report, built):
    report["comparisons"] = []
    assert "nothing to compare" in comparisons.figure(report, built[1])


def test_examples_are_the_worst_the_middling_and_the_best():
    grades = np.array([0.5, 0.1, 0.9, 0.3, 0.7, 0.2, 0.8])
    assert chosen(grades) == [("worst", 1), ("worst", 5), ("median", 3), ("median", 0), ("best", 2), ("best", 6)]


@pytest.mark.parametrize("queries", [1, 2, 3, 5, 6, 100])
def test_no_example_stands_twice_and_few_queries_have_few(queries):
    found = [position for _, position in chosen(np.linspace(0, 1, queries))]
    assert len(found) == len(set(found)) == min(queries, 6 if queries >= 6 else 3)


def test_examples_show_what_the_evaluation_found(evaluation):
    result = evaluation.results[0]
    for one in examples(evaluation, result):
        row = [query.name for query in evaluation.queries].index(one.name)
        assert one.grade == result.grades[evaluation.measures[0]][row]
        assert [place.relevant for place in one.places] == list(result.top_relevant[row, :9])
        assert [place.score for place in one.places] == list(result.top_scores[row, :9])
        shown = [evaluation.dataset.images[position].path.rsplit("/")[-1] for position in result.top[row, :9]]
        assert [
            place.picture.name.removeprefix("images/").replace("\\xe9", "\udce9") for place in one.places
        ] == shown
        assert all(place.picture.data.startswith("data:image/jpeg;base64,") for place in one.places)


@pytest.fixture
def with_parts(evaluation):
    """The same evaluation, its queries parts of pictures that are not in the gallery."""
    outside = [replace(query.image, id=f"{row:064x}") for row, query in enumerate(evaluation.queries)]
    asked = [Query(f"q-{row}", image, Crop(10, 5, 20, 10)) for row, image in enumerate(outside)]
    return replace(evaluation, queries=tuple(asked))


def test_queries_from_outside_the_gallery_are_told_with_their_part(with_parts, circumstances):
    _, queries = build(with_parts, circumstances)
    assert queries["queries"][3]["name"] == "q-3"
    assert {one["crop"] for one in queries["queries"]} == {"10,5,20,10"}
    known = images(with_parts.dataset, with_parts)
    assert {one["id"] for one in queries["queries"]} <= known.keys()
    assert len(known) == 25 + 24


def test_of_a_query_that_is_a_part_its_part_is_shown(with_parts):
    for one in examples(with_parts, with_parts.results[0]):
        shown = Image.open(io.BytesIO(base64.b64decode(one.picture.data.partition(",")[2])))
        assert shown.size == (20, 10)
        assert one.crop == "10,5,20,10"


def test_a_part_beyond_its_picture_and_a_file_that_is_gone_have_no_picture(with_parts):
    beyond = replace(with_parts.queries[0], crop=Crop(30, 0, 20, 10))
    gone = replace(beyond, crop=None, image=replace(beyond.image, path="/nowhere/x.jpg"))
    for query in (beyond, gone):
        asked = replace(with_parts, queries=(query,) * len(with_parts.queries))
        assert {one.picture.data for one in examples(asked, asked.results[0])} == {""}


def test_a_picture_that_is_gone_has_a_placeholder_with_its_name(report):
    picture = rankings.Picture("images/<gone>.jpg", "")
    place = rankings.Place(picture, ("bus",), 0.5, relevant=True)
    example = rankings.Example("worst", picture, "q", ("bus",), "1,2,3,4", 5, 0.25, (place,))
    drawn = rankings.figure(report, "good · chi2", [example])
    assert "<img" not in drawn
    assert "no picture: images/&lt;gone&gt;.jpg" in drawn
    assert "part 1,2,3,4" in drawn


def test_relevant_and_not_relevant_differ_by_sign_words_and_frame(report):
    picture = rankings.Picture("a.jpg", "data:,")
    places = tuple(rankings.Place(picture, (), 0.5, relevant=yes) for yes in (True, False))
    example = rankings.Example("best", picture, "q", (), None, 5, 0.25, places)
    yes, no = re.findall(r'<li class="(?:relevant|other)">.*?</li>', rankings.figure(report, "x", [example]))
    assert "✓" in yes
    assert 'aria-label="relevant"' in yes
    assert "✗" in no
    assert 'aria-label="not relevant"' in no
