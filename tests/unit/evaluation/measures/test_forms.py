"""Measures by name: what prints is what is parsed, a wrong name leads to the right one, all are documented."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cbir.evaluation.measures as measures_package
from cbir.errors import UnknownNameError
from cbir.evaluation.measures import DEFAULT_MEASURES, FORMS, AveragePrecision, Form, Precision, parse_measure
from cbir.registry import Registry

DOCUMENT = (Path(__file__).parents[4] / "docs/measures.md").read_text()
ROWS = [[cell.strip() for cell in line.split("|")[1:-1]] for line in DOCUMENT.splitlines() if line.startswith("| `")]


@pytest.mark.parametrize(
    "name",
    [
        *("AP", "AP@100", "AP@100-trec", "AP@7", "AP-trapezoid", "P@1", "P@10", "P@999999999"),
        *("recall@100", "hit@5", "nDCG", "nDCG@10", "Rprec", "RR", "N-S"),
    ],
)
def test_a_measure_prints_as_the_name_that_it_is_parsed_from(name):
    assert str(parse_measure(name)) == name


@given(st.sampled_from(FORMS.names()), st.integers(1, 10**9 - 1))
def test_every_form_takes_any_cutoff_from_1(template, cutoff):
    name = template.replace("@k", f"@{cutoff}")
    measure = parse_measure(name)
    assert str(measure) == name
    assert measure == FORMS.get(template).make(cutoff)
    assert hash(measure) == hash(FORMS.get(template).make(cutoff))


def test_different_measures_have_different_names_and_keys():
    made = [form.make(k) for form in FORMS for k in ((1, 10) if "@k" in form.template else (1,))]
    assert len({str(one) for one in made}) == len({one.mean_key for one in made}) == len(made)


@pytest.mark.parametrize(
    "name",
    [
        *("", "AP@0", "AP@-1", "AP@x", "AP@1.5", "AP@1²", "AP@٣", "AP@1000000000", "AP@100 ", "ap@100", "@5"),
        *("P", "P@", "P@k", "P@010", "P@10-trec", "N-S@4", "RR@10", "recall", "AP-trapezoid@5"),
    ],
)
def test_a_name_that_no_measure_has_is_refused(name):
    with pytest.raises(UnknownNameError, match="No measure is called") as refused:
        parse_measure(name)
    assert "AP@100" in refused.value.remedy
    assert "nDCG@k" in refused.value.remedy


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("ndcg@7", "nDCG@7"),
        ("map", "AP"),
        ("mAP@50", "AP@50"),
        ("map_at_100_trec", "AP@100-trec"),
        ("precision@7", "P@7"),
        ("Recall@20", "recall@20"),
        ("mrr", "RR"),
        ("r-prec", "Rprec"),
        ("NS", "N-S"),
        ("hit_rate_at_5", "hit@5"),
        ("AP-trapezium", "AP-trapezoid"),
    ],
)
def test_a_wrong_name_leads_to_the_measure_that_was_meant(name, meant):
    with pytest.raises(UnknownNameError) as refused:
        parse_measure(name)
    assert refused.value.remedy.startswith(f"Did you mean '{meant}'?")
    assert str(parse_measure(meant)) == meant


def test_json_names_of_the_means_are_those_of_the_contract():
    keys = [measure.mean_key for measure in DEFAULT_MEASURES]
    assert keys[:3] == ["map_at_100", "map_at_100_trec", "map"]
    assert "precision_at_10" in keys


def test_each_measure_states_its_definition():
    assert AveragePrecision(100).definition == "Σ rel(i)·P(i) / min(R, 100) over the first 100"
    assert AveragePrecision(100, by_all_relevant=True).definition == "Σ rel(i)·P(i) / R over the first 100"
    assert "whole ranking" in AveragePrecision().definition
    assert "first 10" in Precision(10).definition
    definitions = [form.make(10).definition for form in FORMS]
    assert len(set(definitions)) == len(definitions)


def test_another_package_adds_a_measure_as_a_form(monkeypatch):
    class Found(Precision):
        def __str__(self):
            return f"found@{self.cutoff}"

    forms = Registry("measure", group="cbir.measures")
    forms.register("AP", lambda: FORMS.get("AP"))
    forms.register("found@k", lambda: Form("found@k", Found))
    monkeypatch.setattr(measures_package, "FORMS", forms)
    assert isinstance(parse_measure("found@3"), Found)


@pytest.mark.parametrize("template", FORMS.names())
def test_every_form_is_documented_with_its_key_in_json(template):
    (row,) = [row for row in ROWS if row[0] == f"`{template}`"]
    key = FORMS.get(template).make(7).mean_key
    assert row[1] == f"`{re.sub('7', 'k', key)}`"
    assert row[2]
    assert row[3]


def test_what_is_documented_as_a_measure_is_one():
    section = DOCUMENT.split("## The measures")[1].split("\n## ")[0]
    assert re.findall(r"^\| `([^`]+)`", section, re.MULTILINE) == FORMS.names()
