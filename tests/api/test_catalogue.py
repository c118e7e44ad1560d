"""What there is to choose from."""

from dataclasses import replace

import pytest

from cbir.extractors import EXTRACTORS

FORMULAS = {
    "euclidean": (False, False),
    "cosine": (True, False),
    "chi2": (False, True),
    "kl": (False, True),
    "bhattacharyya": (False, True),
    "intersection": (True, True),
}
"""The table of the design: whether larger is better, and whether values have to be >= 0."""


def by_name(rows):
    return {row["name"]: row for row in rows}


def test_extractors_say_what_they_describe_and_need(client):
    answer = client.get("/api/v1/extractors").json
    found = by_name(answer["extractors"])
    assert {name: found[name]["dims"] for name in ("hist-basic", "cnn-hist", "cnn-basic", "cnn-conv")} == {
        "hist-basic": 405,
        "cnn-hist": 4416,
        "cnn-basic": 4096,
        "cnn-conv": 512,
    }
    assert found["hist-basic"]["weights"] is None
    assert found["hist-basic"]["usable"] is True
    assert found["hist-basic"]["default_metric"] == "chi2"
    assert found["cnn-conv"]["default_metric"] == "cosine"
    assert all(row["summary"] for row in found.values())
    assert answer["default"][0] == "hist-basic"
    assert "vgg16:" in [row["pattern"] for row in answer["patterns"]]


def test_weights_that_are_missing_come_with_a_remedy(client):
    found = by_name(client.get("/api/v1/extractors").json["extractors"])["cnn-conv"]
    assert found["usable"] is False
    assert found["weights"]["available"] is False
    assert f"cbir weights fetch {found['weights']['name']}" in found["weights"]["remedy"]


def test_weights_that_are_there_need_none(client, library, monkeypatch):
    monkeypatch.setattr(library.weights, "available", lambda _name: True)
    found = by_name(client.get("/api/v1/extractors").json["extractors"])["cnn-conv"]
    assert found["usable"] is True
    assert (found["weights"]["available"], found["weights"]["remedy"]) == (True, "")


def test_every_metric_for_searching_is_allowed_on_values_that_are_never_negative(client):
    rows = by_name(client.get("/api/v1/extractors").json["extractors"])["hist-basic"]["metrics"]
    assert {row["name"]: row["allowed"] for row in rows} == dict.fromkeys(FORMULAS, True)


def test_a_metric_that_a_descriptor_does_not_allow_says_why(client, monkeypatch):
    signed = EXTRACTORS.get("vgg16:fc1-linear")
    monkeypatch.setattr(EXTRACTORS, "_made", {**EXTRACTORS._made})
    monkeypatch.setitem(EXTRACTORS._factories, "signed", lambda: signed)
    rows = by_name(by_name(client.get("/api/v1/extractors").json["extractors"])["vgg16:fc1-linear"]["metrics"])
    refused = {name for name, row in rows.items() if not row["allowed"]}
    assert refused == {name for name, (_, non_negative) in FORMULAS.items() if non_negative}
    assert "negative" in rows["chi2"]["reason"]
    assert rows["cosine"]["reason"] == ""


def test_metrics_have_their_formulas_and_orders(client):
    found = by_name(client.get("/api/v1/metrics").json["metrics"])
    told = {name: (row["larger_is_better"], row["needs_non_negative"]) for name, row in found.items()}
    assert {name: told[name] for name in FORMULAS} == FORMULAS
    assert "min(A" in found["intersection"]["formula"]
    assert {name for name, row in found.items() if row["evaluation_only"]} == {"kl-literal", "bhattacharyya-literal"}


def test_strategies_say_whether_the_engine_can_run_them(client):
    (exact,) = [row for row in client.get("/api/v1/strategies").json["strategies"] if row["name"] == "exact"]
    assert exact["exact"] is True
    assert exact["available"] is True


def test_a_strategy_that_the_engine_cannot_run_is_named_as_such(client, library, monkeypatch):
    capabilities = type(library.engine.capabilities)(strategies=())
    monkeypatch.setattr(type(library.engine), "capabilities", capabilities)
    assert [row["available"] for row in client.get("/api/v1/strategies").json["strategies"]] == [False]


def test_the_engine_says_what_it_is(client):
    found = client.get("/api/v1/engine").json
    assert (found["name"], found["strategies"]) == ("embedded", ["exact"])
    assert (found["max_dims"], found["many_writers"]) == (None, False)


@pytest.mark.parametrize(
    ("allowed", "offline", "may"), [(True, False, True), (True, True, False), (False, False, False)]
)
def test_whether_addresses_are_fetched_is_said(make_app, settings, allowed, offline, may):
    client = make_app(settings=replace(settings, server_url_queries=allowed, offline=offline)).test_client()
    assert client.get("/api/v1/engine").json["url_queries"] is may
