"""A new report against an old one."""

import copy

import pytest

from cbir.errors import ConflictError, InvalidRequestError, UnknownNameError
from cbir.evaluation.against import against

OLD = {
    "dataset": "wang",
    "label_column": "labels",
    "where": None,
    "protocol": "leave-one-out",
    "images": 1000,
    "queries": 990,
    "primary_measure": "AP@100",
    "measures": [{"name": "AP@100"}, {"name": "P@10"}],
    "results": [
        {"key": "hist-basic/chi2/exact", "means": {"AP@100": 0.5, "P@10": 0.75}},
        {"key": "cnn-conv/cosine/exact", "means": {"AP@100": 0.75, "P@10": 0.875}},
    ],
}


@pytest.fixture
def new():
    return copy.deepcopy(OLD)


def test_a_report_does_not_fall_against_itself(new):
    assert against(new, OLD, margin=0) == ()


def test_a_fall_beyond_the_margin_is_told_with_both_figures(new):
    new["results"][0]["means"]["AP@100"] = 0.25
    (fall,) = against(new, OLD, margin=0.125)
    assert str(fall) == "hist-basic/chi2/exact: AP@100 fell from 0.5000 to 0.2500 (-0.2500)"
    assert fall.to_json() == {"key": "hist-basic/chi2/exact", "measure": "AP@100", "old": 0.5, "new": 0.25}


def test_a_fall_of_just_the_margin_and_a_rise_pass(new):
    new["results"][0]["means"]["AP@100"] = 0.25
    new["results"][1]["means"]["AP@100"] = 1.0
    assert against(new, OLD, margin=0.25) == ()


def test_another_measure_can_be_watched(new):
    new["results"][1]["means"]["P@10"] = 0.5
    assert against(new, OLD, margin=0.01) == ()
    assert [fall.key for fall in against(new, OLD, margin=0.01, measure="P@10")] == ["cnn-conv/cosine/exact"]


def test_a_cell_that_vanished_is_a_fall_and_a_new_one_is_none(new):
    new["results"][0]["key"] = "hist-basic/kl/exact"
    (fall,) = against(new, OLD, margin=1)
    assert (fall.key, fall.new) == ("hist-basic/chi2/exact", None)
    assert "missing" in str(fall)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dataset", "holidays"),
        ("protocol", "oxford"),
        ("queries", 500),
        ("images", 10),
        ("label_column", "coarse"),
        ("where", "top=Packages"),
    ],
)
def test_reports_that_ask_something_else_are_refused_and_say_what(new, field, value):
    new[field] = value
    with pytest.raises(ConflictError, match=str(value)):
        against(new, OLD)


@pytest.mark.parametrize("margin", [-0.1, float("nan"), float("inf")])
def test_a_margin_that_means_nothing_is_refused(new, margin):
    with pytest.raises(InvalidRequestError, match="margin"):
        against(new, OLD, margin)


@pytest.mark.parametrize("which", ["new", "old"])
def test_a_measure_that_a_report_lacks_is_refused(new, which):
    old = copy.deepcopy(OLD)
    {"new": new, "old": old}[which]["measures"] = [{"name": "AP@100"}]
    with pytest.raises(UnknownNameError, match=f"The {which} report"):
        against(new, old, measure="P@10")
