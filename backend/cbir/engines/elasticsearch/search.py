"""Exact search: images in the order of a form's scores, each hit scored in double, until the best are proven.

Images come best first by a stored script's score; a second script computes the native score of each that comes. Once
the `need`-th best native score is known, no image whose score lies below the form's floor for it can be among the
best, so the pages end there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cbir.engines.base import SearchRequest
from cbir.engines.elasticsearch.connection import Cluster
from cbir.engines.elasticsearch.failures import Asked, refused
from cbir.engines.elasticsearch.filters import query as filter_query
from cbir.engines.elasticsearch.forms import Form, exact_params, exact_script, form_for
from cbir.engines.elasticsearch.mapping import DescriptorFields
from cbir.engines.elasticsearch.resources import script_id
from cbir.engines.elasticsearch.transport import RETRIED
from cbir.errors import UnavailableError
from cbir.metrics.base import Metric
from cbir.records import Hit, Matrix, Ranking, Vector

WINDOW = 10_000
"""Hits that one answer may hold (the server's `max_result_window`)."""
QUERIES_AT_ONCE = 8
"""Queries in one request."""
PAUSES = (0.1, 0.3, 1.0)
"""Seconds before a search is repeated which a node that went away cut off: other nodes hold what it held."""
EXACT = "exact"


@dataclass(slots=True)
class Proof:
    """The hits of one query so far, and whether they hold all that belong among the ``need`` best."""

    metric: Metric
    form: Form
    need: int
    ids: list[str] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    last: list[Any] = field(default_factory=list)
    """Where the next page begins; empty for the first."""
    done: bool = False

    @property
    def size(self) -> int:
        """Hits to ask for: first a few more than are needed, then all that can be among the best."""
        if not self.last:
            return min(WINDOW, self.need + self.form.margin)
        return min(WINDOW, self.need + self.form.most) if self.form.instead else WINDOW

    def take(self, hits: list[Mapping[str, Any]]) -> None:
        """Take the page of `size` hits; a form that leaves too many in the running gives way to another."""
        asked, further = self.size, bool(self.last)
        self.ids += [hit["_id"] for hit in hits]
        self.scores += [float(hit["fields"][EXACT][0]) for hit in hits]
        self.last = hits[-1]["sort"] if hits else []
        self.done = len(hits) < asked or self._proven()
        if further and not self.done and self.form.instead:
            self.form, self.ids, self.scores, self.last = self.form.instead, [], [], []

    @property
    def floor(self) -> float:
        """The least score of Elasticsearch that an image among the best can have."""
        if len(self.scores) < self.need:
            return 0.0
        order = np.partition(self.metric.best_first(np.array(self.scores)), self.need - 1)
        return self.form.floor(float(self.metric.best_first(order[self.need - 1 : self.need])[0]))

    def _proven(self) -> bool:
        if not self.form.script:
            return len(self.ids) >= self.need
        return float(self.last[0]) < self.floor

    def ranking(self, offset: int, k: int) -> Ranking:
        """The hits from ``offset`` on; equal scores by ascending id."""
        keys = self.metric.best_first(np.array(self.scores))
        ranked = sorted(zip(keys.tolist(), self.ids, self.scores, strict=True))
        return Ranking(tuple(Hit(image, score) for _, image, score in ranked[offset : offset + k]))


@dataclass(frozen=True, slots=True)
class ExactSearch:
    """One request on one extractor's descriptors."""

    cluster: Cluster
    alias: str
    fields: DescriptorFields
    metric: Metric
    request: SearchRequest
    choose: Callable[[Metric, Vector, DescriptorFields], Form] = form_for
    """The form for a query (D,)."""

    def rankings(self, queries: Matrix) -> list[Ranking]:
        """The rankings of ``queries`` (Q, D), checked.

        Raises:
            ConflictError: a stored script is missing.
            UnavailableError: the cluster does not answer, or not in time.
        """
        return [
            ranking
            for start in range(0, len(queries), QUERIES_AT_ONCE)
            for ranking in self._group(queries[start : start + QUERIES_AT_ONCE])
        ]

    def _group(self, queries: Matrix) -> Iterator[Ranking]:
        need = self.request.offset + self.request.k
        proofs = [Proof(self.metric, self.choose(self.metric, query, self.fields), need) for query in queries]
        while open_ones := [(proof, query) for proof, query in zip(proofs, queries, strict=True) if not proof.done]:
            bodies = [self.body(query, proof) for proof, query in open_ones]
            for (proof, _), hits in zip(open_ones, self._send(bodies), strict=True):
                proof.take(hits)
        return (proof.ranking(self.request.offset, self.request.k) for proof in proofs)

    def body(self, query: Vector, proof: Proof) -> dict[str, Any]:
        """The request for the next hits of a query (D,)."""
        form, floor = proof.form, proof.floor
        params = exact_params(self.metric, query, self.fields)
        body: dict[str, Any] = {
            "query": self._query(form),
            "size": proof.size,
            "sort": [{"_score": "desc"}, {"id": "asc"}],
            "_source": False,
            "track_total_hits": False,
            "timeout": f"{self.cluster.timeout:g}s",
            "script_fields": {EXACT: {"script": {"id": script_id(exact_script(self.metric)), "params": params}}},
        }
        if proof.last:
            body["search_after"] = proof.last
        if floor > 0:
            body["min_score"] = floor
        return body

    def _query(self, form: Form) -> dict[str, Any]:
        wanted = filter_query(self.request.filter)
        if not form.script:
            return {"constant_score": {"filter": wanted}}
        script = {"id": script_id(form.script), "params": form.params}
        return {"script_score": {"query": wanted, "script": script}}

    def _send(self, bodies: list[dict[str, Any]]) -> list[list[Mapping[str, Any]]]:
        """The hits of each search."""
        about = f"searching '{self.cluster.names.collection(self.alias)}'"
        answers = self._answers(bodies, about)
        for pause in PAUSES:
            broken = [number for number, answer in enumerate(answers) if answer["status"] in RETRIED]
            if not broken:
                break
            time.sleep(pause)
            again = self._answers([bodies[number] for number in broken], about)
            for number, answer in zip(broken, again, strict=True):
                answers[number] = answer
        return [_hits(answer, self.cluster.asked(about)) for answer in answers]

    def _answers(self, bodies: list[dict[str, Any]], about: str) -> list[Mapping[str, Any]]:
        header = {"index": self.alias, "allow_partial_search_results": False}
        searches = [part for body in bodies for part in (header, body)]
        with self.cluster.answers(about):
            return list(self.cluster.client.msearch(searches=searches)["responses"])


def _hits(answer: Mapping[str, Any], asked: Asked) -> list[Mapping[str, Any]]:
    if "error" in answer:
        raise refused(answer["status"], answer["error"], asked)
    if answer["timed_out"]:
        raise UnavailableError(
            f"{asked.about[0].upper()}{asked.about[1:]} took longer than {asked.timeout:g} s.",
            remedy="Give it more time (CBIR_ELASTICSEARCH_TIMEOUT), or the collection more shards or nodes.",
        )
    hits: list[Mapping[str, Any]] = answer["hits"]["hits"]
    return hits
