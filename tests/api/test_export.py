"""POST /search/export."""

import csv
import io
import json

import pytest
from tests.api.asking import SEARCH, answered, picture, problem, upload

from cbir.records import Identity

EXPORT = "/api/v1/search/export"


def export(client, form, **body):
    response = client.post(f"{EXPORT}?format={form}", json=body)
    assert response.status_code == 200, response.text
    return response


def test_json_has_the_hits_of_the_search(client, indexed, photos):
    body = {"image_id": indexed[1], "metric": "cosine", "k": 4}
    answer = answered(client.post(SEARCH, json=body))

    response = export(client, "json", **body)

    saved = json.loads(response.text)
    assert response.content_type == "application/json"
    for name in ("collection", "extractor", "metric", "strategy", "exact", "total"):
        assert saved[name] == answer[name]
    for one, hit in zip(saved["hits"], answer["hits"], strict=True):
        assert one == {name: hit[name] for name in one}
    assert str(photos.parent) not in response.text


def test_csv_has_a_line_a_hit(client, indexed):
    body = {"image_id": indexed[1], "k": 3, "offset": 1}
    answer = answered(client.post(SEARCH, json=body))

    response = export(client, "csv", **body)

    rows = list(csv.DictReader(io.StringIO(response.text, newline="")))
    assert response.content_type.startswith("text/csv")
    assert [int(row["rank"]) for row in rows] == [2, 3, 4]
    assert [(row["id"], float(row["score"]), row["path"], row["labels"].split(";")) for row in rows] == [
        (hit["id"], hit["score"], hit["path"], hit["labels"]) for hit in answer["hits"]
    ]


@pytest.mark.parametrize(("metric", "sign"), [("euclidean", -1), ("cosine", 1)])
def test_trec_has_larger_scores_for_better_hits(client, indexed, metric, sign):
    body = {"image_id": indexed[1], "metric": metric}
    answer = answered(client.post(SEARCH, json=body))

    lines = [line.split(" ") for line in export(client, "trec", **body).text.splitlines()]

    assert [(line[0], line[1], line[2], int(line[3])) for line in lines] == [
        (indexed[1], "Q0", hit["id"], hit["rank"]) for hit in answer["hits"]
    ]
    assert [sign * float(line[4]) for line in lines] == pytest.approx(
        [hit["score"] for hit in answer["hits"]], rel=1e-6
    )
    assert [float(line[4]) for line in lines] == sorted((float(line[4]) for line in lines), reverse=True)


def test_an_uploaded_picture_is_saved_in_the_form_that_is_the_default(client, indexed):
    response = upload(client, picture(0), EXPORT)

    assert json.loads(response.text)["hits"][0]["id"] == indexed[0]


@pytest.mark.parametrize("form", ["json", "csv", "trec"])
def test_a_file_has_a_safe_name_that_says_what_it_is(client, indexed, form):
    response = export(client, form, image_id=indexed[0])

    assert response.headers["Content-Disposition"] == f'attachment; filename="default-hist-basic-chi2.{form}"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_names_that_no_file_should_have_are_changed(client, library, indexed):
    """The extractor of imported descriptors may be called anything."""
    library.engine.create("odd.name", [Identity('../a"b\r\nX: c/ü', 1, 4, non_negative=True)])
    with library.open("odd.name", write=True) as collection:
        import numpy as np

        from cbir.records import ImageEntry, ImageRecord

        record = ImageRecord("ab" * 32, 4, 4, "PNG")
        collection.stored.upsert([ImageEntry(record, {'../a"b\r\nX: c/ü': np.ones(4, np.float32)})])

    response = export(client, "csv", image_id="ab" * 32, collection="odd.name", metric="cosine")

    assert response.headers["Content-Disposition"] == 'attachment; filename="odd.name-.._a_b_X_c_-cosine.csv"'


@pytest.mark.parametrize(("form", "status"), [("xml", 422), ("", 422), ("JSON", 422)])
def test_other_forms_are_refused(client, indexed, form, status):
    fields, _ = problem(client.post(f"{EXPORT}?format={form}", json={"image_id": indexed[0]}), status)

    assert fields == ["format"]


def test_what_a_search_refuses_is_refused(client, indexed):
    assert problem(client.post(EXPORT, json={"image_id": indexed[0], "k": 10_001}), 422)[0] == ["k"]
    assert problem(client.post(EXPORT, json={"image_id": "0" * 64}), 404)[0] == ["image_id"]
    assert problem(client.post(EXPORT, json={}), 422)[0][0] == "image"
