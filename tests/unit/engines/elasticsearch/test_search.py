"""Pages end only when the best are proven, whatever the forms' rounding; against a server made of arrays."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.engines.elasticsearch.recorded import NO_SHARD

from cbir.engines.base import Filter, SearchRequest
from cbir.engines.elasticsearch import search
from cbir.engines.elasticsearch.failures import Asked
from cbir.engines.elasticsearch.forms import Form
from cbir.engines.elasticsearch.mapping import DescriptorFields
from cbir.engines.elasticsearch.names import Names
from cbir.errors import ConflictError, UnavailableError
from cbir.metrics import METRICS
from cbir.records import Identity

FIELDS = DescriptorFields("x0", Identity("d", 1, 2, non_negative=True))


class Server:
    """Answers `msearch` from native scores and from scores of the server's kind."""

    def __init__(self, exact: np.ndarray, scores: np.ndarray) -> None:
        self.ids = [f"{number:04}" for number in range(len(exact))]
        self.exact, self.scores = exact, scores.astype(np.float32)
        self.sizes: list[int] = []

    def msearch(self, searches):
        return {"responses": [self.search(body) for body in searches[1::2]]}

    def search(self, body):
        after = tuple(body.get("search_after", (np.inf, "")))
        rows = [
            (-float(score), image, float(native))
            for image, score, native in zip(self.ids, self.scores, self.exact, strict=True)
            if score >= body.get("min_score", -np.inf) and (-float(score), image) > (-after[0], after[1])
        ]
        self.sizes.append(body["size"])
        hits = [
            {"_id": image, "sort": [-score, image], "fields": {"exact": [native]}}
            for score, image, native in sorted(rows)[: body["size"]]
        ]
        return {"hits": {"hits": hits}, "timed_out": False, "status": 200}


def cluster(server) -> SimpleNamespace:
    return SimpleNamespace(
        client=server,
        timeout=30.0,
        names=Names(),
        answers=lambda about: nullcontext(),
        asked=lambda about: Asked(about, "http://localhost", Names(), 30.0),
    )


def all_rankings(server, form, request, queries):
    metric = METRICS.get(request.metric)
    wanted = search.ExactSearch(cluster(server), "cbir-photos", FIELDS, metric, request, lambda *_: form)
    return wanted.rankings(np.ones((queries, 2), np.float32))


def rankings(server, form, request):
    return all_rankings(server, form, request, queries=1)[0]


@given(
    st.lists(st.integers(0, 12), min_size=0, max_size=60),
    st.integers(1, 12),
    st.integers(0, 8),
    st.floats(0, 3),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=300, deadline=None)
def test_the_best_are_found_whatever_the_rounding(values, k, offset, error, seed):
    """Native scores with many ties; the server's are off by up to ``error``, and the floor says no more than that."""
    exact = np.array(values, dtype=np.float64)
    noise = np.random.default_rng(seed).uniform(-error, error, len(exact))
    server = Server(exact, np.maximum(0, 100 - exact + noise))
    form = Form("dot", {}, floor=lambda native: max(0.0, 100 - native - error - 1e-3), margin=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "WINDOW", 7 + k + offset)
        found = rankings(server, form, SearchRequest("d", "chi2", k=k, offset=offset))
    expected = sorted(zip(exact.tolist(), server.ids, strict=True))[offset : offset + k]
    assert [(hit.score, hit.id) for hit in found.hits] == expected


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=40), st.integers(1, 10))
@settings(deadline=None)
def test_similarities_come_largest_first(values, k):
    exact = np.array(values)
    form = Form("dot", {}, floor=lambda native: max(0.0, 1 + native - 1e-5), margin=1)
    found = rankings(Server(exact, 1 + exact), form, SearchRequest("d", "cosine", k=k))
    assert [hit.score for hit in found.hits] == sorted(values, reverse=True)[:k]


def test_one_page_is_enough_where_scores_lie_apart():
    exact = np.arange(1000.0)
    server = Server(exact, 1 / (1 + exact))
    form = Form("dot", {}, floor=lambda native: 1 / (1 + native) * (1 - 1e-6), margin=16)
    rankings(server, form, SearchRequest("d", "chi2", k=10))
    assert server.sizes == [26]


def test_a_form_that_leaves_too_many_in_the_running_gives_way():
    """A bound that says nothing, then the form that takes its place; the answer is the same."""
    exact = np.arange(200.0)[::-1]
    server = Server(exact, 1 / (1 + exact))
    tight = Form("dot", {}, floor=lambda native: 1 / (1 + native) * (1 - 1e-6), margin=4)
    loose = Form("chi2-bound", {}, floor=lambda _: 1e-9, margin=4, instead=tight, most=50)
    found = rankings(server, loose, SearchRequest("d", "chi2", k=3))
    assert [hit.score for hit in found.hits] == [0, 1, 2]
    assert server.sizes == [7, 53, 7]


def test_a_bound_that_is_good_enough_is_kept():
    exact = np.arange(200.0)
    server = Server(exact, 1 / (1 + exact))
    loose = Form("chi2-bound", {}, floor=lambda native: 1 / (3 + 2 * native), margin=1, instead=None, most=50)
    kept = Form("chi2-bound", {}, floor=loose.floor, margin=1, instead=loose, most=50)
    found = rankings(server, kept, SearchRequest("d", "chi2", k=3))
    assert [hit.score for hit in found.hits] == [0, 1, 2]
    assert server.sizes == [4, 53]


def test_a_score_that_all_images_share_needs_one_page():
    """A zero query: ids in order, and no walk through the collection."""
    server = Server(np.zeros(1000), np.ones(1000))
    form = Form("", {}, floor=lambda _: 0.0)
    found = rankings(server, form, SearchRequest("d", "cosine", k=3, offset=2))
    assert [hit.id for hit in found.hits] == ["0002", "0003", "0004"]
    assert len(server.sizes) == 1


def test_the_request():
    """What is sent: the filter, the script with its parameters, the exact script, the order, no vectors back."""
    request = SearchRequest("d", "chi2", filter=Filter(labels=("cat",), exclude=frozenset({"b", "a"})))
    wanted = search.ExactSearch(cluster(None), "cbir-photos", FIELDS, METRICS.get("chi2"), request)
    form = Form("chi2-loop", {"f": ["x0.values_0"]}, floor=lambda native: native)
    body = wanted.body(np.array([1, 2], np.float32), search.Proof(METRICS.get("chi2"), form, 10))
    scored = body["query"]["script_score"]
    assert scored["script"]["id"].startswith("cbir-chi2-loop-v")
    assert "cat" in str(scored["query"])
    assert body["sort"] == [{"_score": "desc"}, {"id": "asc"}]
    assert (body["size"], body["_source"], body["timeout"]) == (26, False, "30s")
    exact = body["script_fields"]["exact"]["script"]
    assert exact["id"].startswith("cbir-exact-chi2-v")
    assert exact["params"] == {"f": ("x0.values_0",), "q": [[1.0, 2.0]], "dims": 2}
    assert "min_score" not in body
    assert "search_after" not in body


def test_a_search_that_ran_out_of_time_is_an_error():
    late = {"hits": {"hits": []}, "timed_out": True, "status": 200}
    server = SimpleNamespace(msearch=lambda searches: {"responses": [late] * (len(searches) // 2)})
    form = Form("dot", {}, floor=lambda native: native)
    with pytest.raises(UnavailableError, match=r"Searching 'photos' took longer than 30 s.*TIMEOUT"):
        rankings(server, form, SearchRequest("d", "chi2"))


def test_a_missing_script_is_an_error_that_names_the_remedy():
    cause = {"type": "resource_not_found_exception", "reason": "unable to find script [cbir-dot-v1] in cluster state"}
    error = {"type": "search_phase_execution_exception", "reason": "all shards failed", "root_cause": [cause]}
    server = SimpleNamespace(msearch=lambda searches: {"responses": [{"error": error, "status": 404}]})
    with pytest.raises(ConflictError, match="elasticsearch setup"):
        rankings(server, Form("dot", {}, lambda native: native), SearchRequest("d", "kl"))


EXACTLY = Form("dot", {}, floor=lambda native: native, margin=1)


class Failing(Server):
    """Cuts some searches off, by their numbers."""

    def __init__(self, exact: np.ndarray, failing: set[int]) -> None:
        super().__init__(exact, exact)
        self.failing = failing
        self.searches = 0

    def search(self, body):
        self.searches += 1
        return NO_SHARD if self.searches - 1 in self.failing else super().search(body)


def test_searches_that_a_lost_node_cut_off_are_repeated_and_no_others(monkeypatch):
    monkeypatch.setattr(search, "PAUSES", (0, 0, 0))
    server = Failing(np.array([0.5, 0.25]), failing={1, 3, 4})
    request = SearchRequest("d", "cosine", k=2)
    found = all_rankings(server, EXACTLY, request, queries=3)
    assert [[(hit.id, hit.score) for hit in one.hits] for one in found] == [[("0000", 0.5), ("0001", 0.25)]] * 3
    assert server.searches == 3 + 1 + 1 + 1


def test_a_search_that_is_cut_off_again_and_again_is_an_error(monkeypatch):
    monkeypatch.setattr(search, "PAUSES", (0, 0, 0))
    server = Failing(np.array([0.5]), failing=set(range(100)))
    with pytest.raises(UnavailableError, match="the cluster is red"):
        rankings(server, EXACTLY, SearchRequest("d", "cosine"))
    assert server.searches == 4
