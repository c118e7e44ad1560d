"""The page: one file, whole, that needs nothing else and that nothing it shows can change."""

import copy
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from tests.unit.evaluation.reports.conftest import HOSTILE

from cbir.evaluation.reports.examples import examples
from cbir.evaluation.reports.figures.rankings import Example, Picture, Place
from cbir.evaluation.reports.html import page
from cbir.evaluation.reports.markup import VOID

LIMIT = 3_000_000


class Checked(HTMLParser):
    """Elements in order, refusing what is not closed as it was opened."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.elements, self.text = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, name, attributes):
        self.elements.append((name, dict(attributes)))
        if name not in VOID:
            self.open.append(name)

    def handle_endtag(self, name):
        assert self.open.pop() == name

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text.append(data)

    def named(self, name):
        return [attributes for element, attributes in self.elements if element == name]


@pytest.fixture(scope="module")
def text(built, evaluation):
    best = next(one for one in evaluation.results if one.key == built[0]["best"]["overall"])
    return page(*built, examples(evaluation, best))


@pytest.fixture(scope="module")
def seen(text):
    return Checked(text)


def test_it_is_one_document_with_a_language_a_title_and_headings(text, seen):
    assert text.startswith("<!doctype html>\n")
    assert seen.named("html") == [{"lang": "en"}]
    assert "photos <2026>: evaluation" in seen.text
    assert [name for name, _ in seen.elements].count("h1") == 1


def test_it_calls_for_nothing(text, seen):
    assert not {"script", "link", "iframe", "object", "form"} & {name for name, _ in seen.elements}
    for attributes in (attributes for _, attributes in seen.elements):
        assert not any(name.startswith("on") for name in attributes)
        assert attributes.get("src", "data:").startswith("data:image/jpeg;base64,") or "src" not in attributes
    assert "http" not in text
    assert "url(" not in text
    assert "@import" not in text


def test_hostile_names_are_shown_and_nothing_else(text, seen):
    assert HOSTILE in "".join(seen.text)
    assert "<script" not in text
    assert "<b>&amp;\"'" not in text


def test_no_absolute_path_stands_in_it(text, evaluation):
    assert evaluation.dataset.folder not in text
    assert "/tmp" not in text


def test_every_drawing_tells_what_it_shows_to_those_who_cannot_see_it(seen):
    ids = {attributes["id"] for _, attributes in seen.elements if "id" in attributes}
    drawings = [one for one in seen.named("svg") if "aria-hidden" not in one]
    assert len(drawings) >= 5
    for one in drawings:
        assert one["role"] == "img"
        assert set(one["aria-labelledby"].split()) <= ids
    assert all("alt" in one for one in seen.named("img"))


def test_no_id_stands_twice(seen):
    ids = [attributes["id"] for _, attributes in seen.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def lead_to_sections(seen):
    ids = {attributes["id"] for name, attributes in seen.elements if name == "h2"}
    return {one["href"].removeprefix("#") for one in seen.named("a")} == ids


def test_the_contents_name_every_section(seen):
    assert lead_to_sections(seen)
    assert len(seen.named("a")) == 10


def test_every_table_has_a_caption_and_heads(seen):
    assert len(seen.named("table")) == len(seen.named("caption"))
    assert {one["scope"] for one in seen.named("th")} == {"col", "row"}


def test_measures_protocol_and_method_are_defined(seen, built):
    said = " ".join(seen.text)
    for measure in built[0]["measures"]:
        assert measure["definition"] in said
    assert built[0]["protocol_definition"] in said
    assert built[0]["comparison_method"] in said
    assert built[0]["command"] in said


def test_what_was_left_out_is_told(seen):
    said = " ".join(seen.text)
    assert "images/bad.jpg: It is damaged. Restore it." in said
    assert "images/gone.jpg" in said
    assert "poor · chi2" in said


def test_it_is_the_same_each_time(text, built, evaluation):
    best = next(one for one in evaluation.results if one.key == built[0]["best"]["overall"])
    assert page(*built, examples(evaluation, best)) == text


def test_a_report_without_results_has_a_page(built):
    report = copy.deepcopy(built[0])
    report["results"], report["comparisons"] = [], []
    report["best"] = {"by_extractor": {}, "by_metric": {}, "overall": None}
    seen = Checked(page(report, built[1], []))
    assert "Nothing could be graded" in " ".join(seen.text)
    assert lead_to_sections(seen)


def test_18_cells_and_1000_queries_fit_in_3_megabytes_with_pictures(built):
    report, queries = copy.deepcopy(built[0]), {"queries": [], "grades": {}}
    template, comparison = report["results"][0], report["comparisons"][0]
    metrics = ("euclidean", "cosine", "chi2", "kl", "bhattacharyya", "intersection")
    labels = [f"a label of some length {number}" for number in range(300)]
    random = np.random.default_rng(0)
    report["results"], report["comparisons"], report["best"]["by_extractor"] = [], [], {}
    for extractor in ("hist-basic", "cnn-hist", "cnn-conv"):
        for metric in metrics:
            key = f"{extractor}/{metric}/exact"
            of_labels = [{"label": label, "queries": 3, "means": template["means"]} for label in labels]
            report["results"].append(
                template | {"key": key, "extractor": extractor, "metric": metric, "by_label": of_labels}
            )
            report["best"]["by_extractor"][extractor] = key
            queries["grades"][key] = {one["name"]: random.uniform(size=1000).tolist() for one in report["measures"]}
    report["best"]["overall"] = report["results"][0]["key"]
    report["labels"] = [{"label": label, "queries": 3, "images": 3} for label in labels]
    for measure in report["measures"]:
        for one in report["results"][1:]:
            between = {"measure": measure["name"], "a": report["results"][0]["key"], "b": one["key"]}
            report["comparisons"].append(comparison | between)
    picture = Picture("images/some/folder/of/a/picture.jpg", "data:image/jpeg;base64," + "A" * 20_000)
    places = tuple(Place(picture, ("a label",), 0.123456, relevant=True) for _ in range(9))
    shown = [Example("worst", picture, "x" * 64, ("a label",), None, 99, 0.5, places) for _ in range(6)]
    text = page(report, queries, shown)
    Checked(text)
    assert len(text.encode()) < LIMIT


def test_colours_come_from_variables_that_the_dark_scheme_has_too(text):
    style = re.search("<style>(.*?)</style>", text, re.DOTALL)[1]
    light, dark = style.split("@media screen and (prefers-color-scheme: dark)")
    of_dark = dark.split("@media")[0].split("\n* {")[0]
    defined = set(re.findall(r"(--[a-z0-9]+):", light))
    assert defined == set(re.findall(r"(--[a-z0-9]+):", of_dark))
    assert set(re.findall(r"var\((--[a-z0-9]+)", style)) - {"--share", "--length"} <= defined
    assert "@media print" in style
