"""Every stored script on a real server, against numpy in float64."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from elasticsearch import Elasticsearch
from elasticsearch.helpers import pack_dense_vector

from cbir.engines.elasticsearch import forms
from cbir.engines.elasticsearch.mapping import MAX_NORM, DescriptorFields
from cbir.metrics import METRICS
from cbir.records import Identity
from tests.contract.oracle import FORMULAS, LARGER_IS_BETTER, NEEDS_NON_NEGATIVE

SCRIPTS = sorted((Path(__file__).parents[2] / "es-config" / "scripts").glob("*.painless"))
LENGTHS = {"one field": 70, "two fields": 4416, "eight fields": 32_768}
IMAGES = 24
MANY_DIMS = 10_000
ONE_SCALE = np.setdiff1d(np.arange(IMAGES), [6, 7, 10, 11])
"""Images whose descriptors are neither tiny nor huge."""
INDEX = "scripts"
PREFIX = "script-under-test-"
ALL_FORMS = {
    "euclidean": forms.euclidean,
    "cosine": forms.cosine,
    "bhattacharyya": forms.bhattacharyya,
    "kl": forms.kl,
    **{f"chi2, {name}": form for name, form in forms.ALTERNATIVES["chi2"].items()},
    **{f"intersection, {name}": form for name, form in forms.ALTERNATIVES["intersection"].items()},
}

LOOSE = {"chi2, bound and refine", "intersection, bound and refine", "intersection, built-in norm"}
"""Forms that order images only nearly as the metric does: bounds, and a norm whose rounding a small query feels."""


def gallery(dims: int) -> np.ndarray:
    """Random, dense, sparse, tiny, huge and zero descriptors, one of them twice."""
    rng = np.random.default_rng(dims)
    rows = np.maximum(rng.standard_normal((IMAGES, dims)) - 0.7, 0)
    rows[::3] = rng.gamma(0.8, 1.0, rows[::3].shape)
    rows[1::5] = rng.dirichlet(np.ones(dims), rows[1::5].shape[0])
    rows[4] = 0
    rows[5] = rows[8]
    rows[6] *= 1e-30
    rows[7] *= 1e-20
    rows[10] *= 1e12
    rows[11] *= MAX_NORM / np.linalg.norm(rows[11]) * 0.99
    rows[13] = 0
    rows[13, dims // 2] = 3
    return rows.astype(np.float32)


def transformed(row: np.ndarray) -> dict[str, np.ndarray]:
    """The stored transforms by their definitions."""
    b = row.astype(np.float64)
    mass, dims = b.sum(), len(b)
    roots = np.sqrt(b / mass) if mass else b
    smooth = 0.9 * b / mass + 0.1 / dims if mass else np.full(dims, 1 / dims)
    return {"values": row, "roots": roots.astype(np.float32), "logs": np.log(smooth * dims / 0.1).astype(np.float32)}


@pytest.fixture(scope="module")
def client(elasticsearch_secured):
    with Elasticsearch(
        list(elasticsearch_secured.urls), api_key=elasticsearch_secured.api_key, ca_certs=elasticsearch_secured.ca
    ) as opened:
        for script in SCRIPTS:
            context = "field" if script.stem.startswith("exact-") else "score"
            source = {"lang": "painless", "source": script.read_text()}
            opened.put_script(id=PREFIX + script.stem, script=source, context=context)
        yield opened
        for script in SCRIPTS:
            opened.delete_script(id=PREFIX + script.stem)


@pytest.fixture(scope="module", params=LENGTHS.values(), ids=LENGTHS)
def stored(client, request):
    """A gallery in an index: the client, its rows, and the fields that hold them."""
    fields = DescriptorFields("x0", Identity("d", 1, request.param, non_negative=True))
    rows = gallery(request.param)
    properties = fields.properties() | {"id": {"type": "keyword"}}
    client.indices.create(index=INDEX, mappings={"properties": properties})
    operations = []
    for number, row in enumerate(rows):
        held = {"sum": float(row.astype(np.float64).sum())}
        for kind, values in transformed(row).items():
            for part, place in enumerate(fields.parts):
                held[f"{kind}_{part}"] = pack_dense_vector(np.ascontiguousarray(values[place]))
        operations += [{"index": {"_id": str(number)}}, {"id": f"{number:03}", "x0": held}]
    answer = client.bulk(index=INDEX, operations=operations, refresh=True)
    assert not answer["errors"], answer["items"]
    yield client, rows, fields
    client.indices.delete(index=INDEX)


def queries(rows: np.ndarray, metric: str) -> list[np.ndarray]:
    """Of every kind; for the longest descriptors, whose every query is a megabyte, two."""
    if rows.shape[1] > MANY_DIMS:
        return [rows[2], rows[5]]
    rng = np.random.default_rng(1)
    chosen = [*rows[[0, 2, 5, 6, 10, 11, 13]], np.abs(rng.standard_normal(rows.shape[1])).astype(np.float32)]
    return chosen if metric in forms.SAME_FOR_A_ZERO_QUERY else [*chosen, rows[4]]


def search(client, form: forms.Form, exact: dict, metric: str):
    """Scores of the form and of the exact script, by image."""
    answer = client.search(
        index=INDEX,
        size=IMAGES,
        source=False,
        query={
            "script_score": {
                "query": {"match_all": {}},
                "script": {"id": PREFIX + form.script, "params": form.params},
            }
        },
        script_fields={"exact": {"script": {"id": f"{PREFIX}exact-{metric}", "params": exact}}},
    )
    hits = answer["hits"]["hits"]
    assert len(hits) == IMAGES
    by_image = {int(hit["_id"]): (hit["_score"], hit["fields"]["exact"][0]) for hit in hits}
    return zip(*(by_image[image] for image in range(IMAGES)), strict=True)


class TestForms:
    @pytest.mark.parametrize("name", ALL_FORMS)
    def test_scores(self, stored, name):
        """The exact script has the formula's value, and no form's score falls below the floor for that value."""
        client, rows, fields = stored
        metric = METRICS.get(name.partition(",")[0])
        for query in queries(rows, metric.name):
            form = ALL_FORMS[name](query.astype(np.float64), fields)
            scores, exact = search(client, form, forms.exact_params(metric, query, fields), metric.name)
            truth = [FORMULAS[metric.name](query.astype(np.float64), row.astype(np.float64)) for row in rows]
            np.testing.assert_allclose(exact, truth, rtol=1e-9, atol=1e-12)
            floors = [form.floor(value) for value in truth]
            assert all(score >= floor for score, floor in zip(scores, floors, strict=True)), (scores, floors)

    @pytest.mark.parametrize("name", [name for name in ALL_FORMS if name not in LOOSE])
    def test_the_order_of_scores_is_the_metrics(self, stored, name):
        """Images of one scale that the metric holds clearly apart, a form that is not a mere bound ranks alike."""
        client, rows, fields = stored
        metric = METRICS.get(name.partition(",")[0])
        sign = 1 if metric.larger_is_better else -1
        for query in queries(rows, metric.name):
            form = ALL_FORMS[name](query.astype(np.float64), fields)
            scores, exact = map(
                np.array, search(client, form, forms.exact_params(metric, query, fields), metric.name)
            )
            scale = 1.0 if metric.name in ("cosine", "intersection") else np.abs(exact).max()
            scores, exact = scores[ONE_SCALE], exact[ONE_SCALE]
            for one in range(len(ONE_SCALE)):
                worse = sign * (exact[one] - exact) > 1e-3 * max(scale, 1e-6)
                assert (scores[one] >= scores[worse]).all(), (one, exact, scores)


@pytest.mark.parametrize("kind", ["chi2", "intersection"])
def test_a_bound_is_within_a_factor_of_two(stored, kind):
    """S <= chi2 <= 2s, and Σ min(A,B) <= Σ√(AB) by not more than their difference in chi2."""
    client, rows, fields = stored
    query = rows[0]
    metric = METRICS.get(kind)
    form = forms.ALTERNATIVES[kind]["bound and refine"](query.astype(np.float64), fields)
    scores, exact = map(np.array, search(client, form, forms.exact_params(metric, query, fields), kind))
    plain = ONE_SCALE[1:]
    if kind == "chi2":
        bounds = 1 / scores[plain]
        assert (bounds <= exact[plain] * (1 + 1e-6)).all()
        assert (exact[plain] <= 2 * bounds * (1 + 1e-3)).all()
    else:
        affinities = np.sqrt(query.astype(np.float64) * rows[plain]).sum(axis=1) / query.sum()
        assert (scores[plain] >= exact[plain] * (1 - 1e-6)).all()
        limit = np.minimum(affinities, np.minimum(1, rows[plain].sum(axis=1) / query.sum()))
        np.testing.assert_allclose(scores[plain], limit, rtol=1e-3)


def test_every_script_is_among_the_forms():
    dims = 8
    fields = DescriptorFields("x0", Identity("d", 1, dims, non_negative=True))
    used = {form(np.ones(dims), fields).script for form in ALL_FORMS.values()}
    used |= {forms.exact_script(METRICS.get(name)) for name in FORMULAS}
    assert used == {script.stem for script in SCRIPTS}


@pytest.mark.parametrize("name", ["euclidean", "cosine"])
def test_descriptors_that_can_be_negative(client, name):
    dims = 33
    rng = np.random.default_rng(3)
    fields = DescriptorFields("x0", Identity("d", 1, dims, non_negative=False))
    rows = rng.standard_normal((IMAGES, dims)).astype(np.float32)
    rows[3] = -rows[2]
    index = "scripts-signed"
    client.indices.create(index=index, mappings={"properties": fields.properties()})
    try:
        operations = []
        for number, row in enumerate(rows):
            operations += [{"index": {"_id": str(number)}}, {"x0": {"values_0": pack_dense_vector(row)}}]
        client.bulk(index=index, operations=operations, refresh=True)
        metric, query = METRICS.get(name), rows[2]
        form = forms.form_for(metric, query, fields)
        answer = client.search(
            index=index,
            size=IMAGES,
            query={
                "script_score": {
                    "query": {"match_all": {}},
                    "script": {"id": PREFIX + form.script, "params": form.params},
                }
            },
        )
    finally:
        client.indices.delete(index=index)
    found = [int(hit["_id"]) for hit in answer["hits"]["hits"]]
    truth = [FORMULAS[name](query.astype(np.float64), row.astype(np.float64)) for row in rows]
    sign = -1 if name in LARGER_IS_BETTER else 1
    assert found == sorted(range(IMAGES), key=lambda image: sign * truth[image])
    assert math.isclose(truth[found[0]], 1 if sign < 0 else 0)


def test_metrics_that_need_non_negative_values_have_the_fields_for_it():
    signed = DescriptorFields("x0", Identity("d", 1, 8, non_negative=False))
    assert {"chi2", "kl", "bhattacharyya", "intersection"} == NEEDS_NON_NEGATIVE
    assert (signed.roots, signed.logs, signed.sum) == ((), (), "")
