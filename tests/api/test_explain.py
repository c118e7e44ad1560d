"""POST /explain."""

import numpy as np
import pytest
from tests.api.asking import SEARCH, answered, picture, problem, upload

from cbir.explain.terms import DECOMPOSITIONS
from cbir.extractors.hsv import hist_basic
from cbir.images.decode import decode
from cbir.metrics import METRICS, search_metrics
from cbir.records import Identity, ImageEntry, ImageRecord

EXPLAIN = "/api/v1/explain"
NOBODY = "0" * 64
NAMES = [metric.name for metric in search_metrics()]


def vector(number):
    """The descriptor of one of the photographs, computed here."""
    return hist_basic(decode(picture(number)).pixels).astype(float)


def ranking(client, **wanted):
    return answered(client.post(SEARCH, json={"k": 5, **wanted}))["hits"]


@pytest.mark.parametrize("metric", NAMES)
def test_a_hit_has_the_score_and_the_rank_of_the_search(client, indexed, metric):
    hits = ranking(client, image_id=indexed[0], metric=metric)
    for hit in hits:
        found = answered(client.post(EXPLAIN, json={"image_id": indexed[0], "hit": hit["id"], "metric": metric}))
        assert (found["extractor"], found["metric"], found["hit"]) == ("hist-basic", metric, hit["id"])
        assert found["score"] == hit["score"]
        assert {one["metric"]: one["rank"] for one in found["ranks"]}[metric] == hit["rank"]


def test_ranks_are_those_of_every_metric(client, indexed):
    found = answered(client.post(EXPLAIN, json={"image_id": indexed[0], "hit": indexed[3]}))

    assert [one["metric"] for one in found["ranks"]] == NAMES
    for one in found["ranks"]:
        hits = ranking(client, image_id=indexed[0], metric=one["metric"])
        (hit,) = [hit for hit in hits if hit["id"] == indexed[3]]
        assert (one["rank"], one["score"], one["beyond"]) == (hit["rank"], hit["score"], None)
        assert one["larger_is_better"] == METRICS.get(one["metric"]).larger_is_better


def test_the_filter_of_the_search_is_the_filter_of_the_ranks(client, indexed):
    wanted = {"image_id": indexed[0], "labels": ["even"], "exclude_self": True}
    found = answered(client.post(EXPLAIN, json={**wanted, "hit": indexed[4], "metric": "chi2"}))

    for one in found["ranks"]:
        hits = ranking(client, **wanted, metric=one["metric"])
        assert one["rank"] == next(hit["rank"] for hit in hits if hit["id"] == indexed[4])
    odd = answered(client.post(EXPLAIN, json={**wanted, "hit": indexed[1]}))
    assert {(one["rank"], one["beyond"]) for one in odd["ranks"]} == {(None, None)}
    assert answered(client.post(EXPLAIN, json={**wanted, "hit": indexed[1], "ranks": False}))["ranks"] == []


def test_dimensions_are_colours_in_regions_with_the_values_of_both_sides(client, indexed):
    body = {"image_id": indexed[0], "hit": indexed[3], "metric": "intersection", "top": 405}
    found = answered(client.post(EXPLAIN, json=body))

    query, image = vector(0), vector(3)
    minima = np.minimum(query, image) / query.sum()
    together = found["dimensions"]["together"]
    assert (found["kind"], found["dims"], found["dimensions"]["count"]) == ("colours", 405, 405)
    assert [one["together"] for one in together] == pytest.approx(sorted(minima[minima > 0], reverse=True))
    for one in together:
        dim = one["part"]["dim"]
        assert (one["query"], one["hit"]) == pytest.approx((query[dim], image[dim]))
        assert one["part"]["region"] == ["ellipse", "top-left", "top-right", "bottom-right", "bottom-left"][dim // 81]
        assert one["part"]["colour"]["number"] == dim % 81
        assert one["part"]["layer"] is None
    assert sum(one["together"] for one in together) == pytest.approx(found["score"])
    assert found["together"] == pytest.approx(found["score"])


def test_groups_are_regions_and_colours_and_regions_have_their_shape(client, indexed):
    found = answered(client.post(EXPLAIN, json={"image_id": indexed[0], "hit": indexed[3], "top": 2}))

    query, image = vector(0).reshape(5, 81), vector(3).reshape(5, 81)
    sums = query + image
    terms = np.divide((query - image) ** 2, 2 * sums, out=np.zeros((5, 81)), where=sums > 0)
    region, colour = found["groups"]
    assert [one["apart"] for one in region["apart"]] == pytest.approx(sorted(terms.sum(axis=1), reverse=True))
    assert [one["apart"] for one in colour["apart"]] == pytest.approx(sorted(terms.sum(axis=0), reverse=True)[:2])
    assert len(found["dimensions"]["apart"]) == 2
    assert {one["part"]["region"] for one in region["together"]} <= {one["name"] for one in found["regions"]}
    ellipse, corner = found["regions"][:2]
    assert (ellipse["ellipse"], ellipse["polygon"]) == ({"centre": [0.5, 0.5], "half_axes": [0.375, 0.375]}, [])
    assert (corner["ellipse"], corner["polygon"]) == (None, [[0, 0], [0.5, 0], [0.5, 0.5], [0, 0.5]])


def test_a_picture_from_outside_is_explained_and_kept(client, indexed):
    found = answered(upload(client, picture(0), EXPLAIN, hit=indexed[3], metric="kl", top="3", exclude_self="true"))

    again = {"query": found["query"], "hit": indexed[3], "metric": "kl", "top": 3, "exclude_self": True}
    repeated = answered(client.post(EXPLAIN, json=again))
    times = ("took_ms", "steps_ms", "query_expires_at")
    assert {k: v for k, v in repeated.items() if k not in times} == {k: v for k, v in found.items() if k not in times}
    indexed_one = answered(client.post(EXPLAIN, json={**again, "query": None, "image_id": indexed[0]}))
    assert indexed_one["score"] == found["score"]
    assert indexed_one["ranks"] == found["ranks"]
    assert (indexed_one["query"], indexed_one["query_expires_at"]) == (None, None)
    assert found["took_ms"] == pytest.approx(sum(found["steps_ms"].values()), abs=0.01)


def test_examples_and_crops_are_explained_as_they_are_searched_with(client, indexed):
    for wanted in (
        {"positive": [indexed[0], indexed[1]], "negative": [indexed[2]]},
        {"image_id": indexed[0], "crop": "4,4,20,16"},
    ):
        found = answered(client.post(EXPLAIN, json={**wanted, "hit": indexed[3], "metric": "chi2"}))
        hits = ranking(client, **wanted, metric="chi2")
        assert found["score"] == next(hit["score"] for hit in hits if hit["id"] == indexed[3])


def test_a_code_that_can_be_negative_is_ranked_by_what_it_allows(client, library):
    rows = np.random.default_rng(3).standard_normal((4, 8)).astype(np.float32)
    ids = [f"{row:064x}" for row in range(4)]
    library.engine.create("codes", [Identity("codes", 1, 8, non_negative=False)])
    with library.engine.open("codes", write=True) as stored:
        stored.upsert(
            [ImageEntry(ImageRecord(one, 1, 1, "PNG"), {"codes": row}) for one, row in zip(ids, rows, strict=True)]
        )

    body = {"collection": "codes", "image_id": ids[0], "hit": ids[1], "top": 8}
    found = answered(client.post(EXPLAIN, json=body))

    query, image = (row / np.linalg.norm(row) for row in rows[:2].astype(float))
    assert (found["kind"], found["metric"], found["groups"], found["regions"]) == ("values", "cosine", [], [])
    assert {one["metric"] for one in found["ranks"]} == {"euclidean", "cosine"}
    assert found["score"] == pytest.approx(query @ image)
    assert {one["part"]["dim"]: one["apart"] for one in found["dimensions"]["apart"]} == pytest.approx(
        dict(enumerate((query - image) ** 2 / 2))
    )
    fields, _ = problem(client.post(EXPLAIN, json={**body, "metric": "chi2"}), 422)
    assert fields == ["metric"]


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"hit": NOBODY}, 404, "hit"),
        ({"hit": "x"}, 422, "hit"),
        ({"image_id": NOBODY}, 404, "image_id"),
        ({"collection": "nowhere"}, 404, "collection"),
        ({"extractor": "nothing"}, 422, "extractor"),
        ({"metric": "chi3"}, 422, "metric"),
        ({"metric": "kl-literal"}, 422, "metric"),
        ({"top": 0}, 422, "top"),
        ({"top": 1001}, 422, "top"),
        ({"crop": "900,0,1,1"}, 422, "crop"),
        ({"k": 3}, 422, "k"),
    ],
    ids=str,
)
def test_what_cannot_be_explained_is_refused_by_its_field(client, indexed, change, status, field):
    fields, _ = problem(client.post(EXPLAIN, json={"image_id": indexed[0], "hit": indexed[1], **change}), status)

    assert fields == [field]


def test_a_query_and_a_hit_are_needed(client, indexed):
    problem(client.post(EXPLAIN, json={"hit": indexed[1]}), 422)
    fields, _ = problem(client.post(EXPLAIN, json={"image_id": indexed[1]}), 422)
    assert fields == ["hit"]


@pytest.mark.parametrize("other", ["image_id", "query", "url", "positive", "negative"])
def test_a_form_has_a_picture_and_no_other_query(client, indexed, other):
    fields, _ = problem(upload(client, picture(0), EXPLAIN, hit=indexed[1], **{other: indexed[0]}), 422)
    assert other in fields


def test_a_metric_that_nobody_has_taken_apart_is_refused_clearly(client, indexed, monkeypatch):
    monkeypatch.delitem(DECOMPOSITIONS._factories, "chi2")

    body = {"image_id": indexed[0], "hit": indexed[1], "metric": "chi2"}
    fields, document = problem(client.post(EXPLAIN, json=body), 422)

    assert fields == ["metric"]
    assert "'chi2' cannot be explained" in document["detail"]
    assert "euclidean" in document["remedy"]


def test_an_extractor_that_is_not_complete_is_said_so(client, indexed, library):
    with library.open("default", write=True) as collection:
        collection.stored.add_extractor(Identity("later", 1, 8, non_negative=True))

    body = {"image_id": indexed[0], "hit": indexed[1], "extractor": "later"}
    fields, document = problem(client.post(EXPLAIN, json=body), 409)

    assert fields == ["extractor"]
    assert "not complete" in document["detail"]
