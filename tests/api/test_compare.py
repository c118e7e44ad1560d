"""POST /compare."""

from itertools import combinations

import pytest
from tests.api.asking import SEARCH, answered, picture, problem, upload

COMPARE = "/api/v1/compare"
NOBODY = "0" * 64


def pairs(*metrics):
    return [{"extractor": "hist-basic", "metric": metric} for metric in metrics]


def tau(first, second):
    """Kendall's rank correlation of two orders of the same things, by its definition."""
    agreeing = [
        (first.index(a) - first.index(b)) * (second.index(a) - second.index(b)) > 0 for a, b in combinations(first, 2)
    ]
    return (2 * sum(agreeing) - len(agreeing)) / len(agreeing)


def ids(answer):
    return [hit["id"] for hit in answer["hits"]]


def test_each_column_is_the_answer_of_a_search(client, indexed):
    metrics = ["chi2", "cosine", "euclidean", "kl"]

    answer = answered(client.post(COMPARE, json={"image_id": indexed[0], "k": 4, "pairs": pairs(*metrics)}))

    assert [(column["extractor"], column["metric"]) for column in answer["columns"]] == [
        ("hist-basic", metric) for metric in metrics
    ]
    for metric, column in zip(metrics, answer["columns"], strict=True):
        alone = answered(client.post(SEARCH, json={"image_id": indexed[0], "k": 4, "metric": metric}))
        assert column["hits"] == alone["hits"]


def test_every_two_columns_have_their_agreement(client, indexed):
    """All five images are in each column, so overlap is 1 and Fagin's correlation is Kendall's tau."""
    answer = answered(
        client.post(COMPARE, json={"image_id": indexed[3], "k": 5, "pairs": pairs("chi2", "euclidean", "kl")})
    )

    orders = [ids(column) for column in answer["columns"]]
    assert [one["columns"] for one in answer["agreements"]] == [[0, 1], [0, 2], [1, 2]]
    for one in answer["agreements"]:
        first, second = one["columns"]
        assert one["overlap"] == 1
        assert one["kendall"] == pytest.approx(tau(orders[first], orders[second]))


def test_overlap_counts_the_hits_that_two_columns_share(client, indexed):
    body = {"image_id": indexed[3], "k": 2, "pairs": pairs("chi2", "cosine", "intersection")}
    answer = answered(client.post(COMPARE, json=body))

    orders = [set(ids(column)) for column in answer["columns"]]
    for one in answer["agreements"]:
        first, second = one["columns"]
        assert one["overlap"] == pytest.approx(len(orders[first] & orders[second]) / 2)


def test_an_upload_is_compared_and_kept(client, indexed):
    fields = {"pairs": ["hist-basic,chi2", "hist-basic,cosine"], "labels": "even", "exclude_self": "true", "k": "3"}

    answer = answered(upload(client, picture(0), COMPARE, **fields))

    assert sorted(ids(answer["columns"][0])) == sorted([indexed[2], indexed[4]])
    assert answer["query"]
    again = {
        "query": answer["query"],
        "pairs": pairs("chi2", "cosine"),
        "labels": ["even"],
        "exclude_self": True,
        "k": 3,
    }
    assert answered(client.post(COMPARE, json=again))["columns"] == answer["columns"]


def test_the_steps_of_all_columns_add_up(client, indexed):
    answer = answered(upload(client, picture(0), COMPARE, pairs=["hist-basic,chi2", "hist-basic,kl"]))

    assert answer["took_ms"] == pytest.approx(sum(answer["steps_ms"].values()), abs=0.01)
    assert answer["steps_ms"]["decode"] > 0


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"pairs": pairs("chi2")}, 422, "pairs"),
        ({"pairs": pairs(*["chi2"] * 13)}, 422, "pairs"),
        ({"pairs": [{"extractor": "hist-basic"}, *pairs("chi2")]}, 422, "pairs.0.metric"),
        ({"pairs": pairs("chi2", "chi3")}, 422, "pairs.1.metric"),
        ({"pairs": [*pairs("chi2"), {"extractor": "nothing", "metric": "chi2"}]}, 422, "pairs.1.extractor"),
        ({"pairs": pairs("kl-literal", "chi2")}, 422, "pairs.0.metric"),
        ({"strategy": "guess"}, 422, "strategy"),
        ({"k": 201}, 422, "k"),
        ({"offset": 1}, 422, "offset"),
        ({"image_id": NOBODY}, 404, "image_id"),
        ({"collection": "nowhere"}, 404, "collection"),
    ],
    ids=str,
)
def test_what_cannot_be_compared_is_refused_by_its_field(client, indexed, change, status, field):
    body = {"image_id": indexed[0], "pairs": pairs("chi2", "cosine"), **change}

    fields, _ = problem(client.post(COMPARE, json=body), status)

    assert fields == [field]


@pytest.mark.parametrize("text", ["hist-basic", "hist-basic,chi2,kl", ",chi2", "hist-basic,"])
def test_a_pair_in_a_form_is_two_names(client, indexed, text):
    fields, _ = problem(upload(client, picture(0), COMPARE, pairs=["hist-basic,chi2", text]), 422)

    assert fields == ["pairs.1"]
