"""The same answers from a cluster, on real descriptors: Corel-1k, every extractor with every metric.

    python -m benchmarks.elasticsearch_answers --datasets FOLDER [--queries 40]

The set is indexed by the embedded engine with hist-basic, cnn-hist, cnn-conv and cnn-basic (its dense layers with
random weights), then copied, without extracting again, to a secured node (TLS, API key) and to three nodes with three
shards and a replica of each. Every query runs on all of them; scores must agree within max(1e-4 |score|, 1e-6), and
ids may swap only within that.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.unit.extractors.fake_weights import FakeWeights, random_tensors

from benchmarks.servers import cluster_settings
from benchmarks.table import keep, print_table
from cbir.collection import Collection, LocalDescriber
from cbir.engines.base import SearchRequest, StoredCollection
from cbir.engines.elasticsearch.engine import ElasticsearchEngine
from cbir.engines.embedded.engine import EmbeddedEngine
from cbir.extractors import EXTRACTORS
from cbir.ingest.indexing import IndexOptions, index
from cbir.ingest.labels import read_labels
from cbir.ingest.walk import walk
from cbir.metrics import search_metrics
from cbir.progress import Silent
from cbir.records import Ranking
from cbir.settings import read_settings
from cbir.transfer.copying import copy
from cbir.weights.store import WeightStore

NAME = "corel1k"
DESCRIPTORS = ("hist-basic", "cnn-hist", "cnn-conv", "cnn-basic")
DEPTH = 100
CLUSTERS = {"secured node": {"nodes": 1, "secured": True}, "three nodes": {"nodes": 3, "secured": False}}


def tolerance(score: float) -> float:
    return max(1e-4 * abs(score), 1e-6)


def disagreement(found: Ranking, wanted: Ranking, truth: dict[str, float]) -> float:
    """How far two rankings lie apart, in tolerances; above 1 is a failure."""
    if len(found.hits) != len(wanted.hits) or len({hit.id for hit in found.hits}) != len(found.hits):
        return float("inf")
    worst = 0.0
    for hit, other in zip(found.hits, wanted.hits, strict=True):
        allowed = tolerance(other.score)
        own = truth.get(hit.id, float("inf"))
        worst = max(worst, abs(hit.score - other.score) / allowed, abs(own - hit.score) / allowed)
    return worst


def indexed(engine: EmbeddedEngine, folder: str) -> None:
    """Index the set with all four extractors."""
    settings = read_settings(environment=os.environ)
    store = WeightStore(settings.weights_dir, offline=settings.offline, announce=print)
    weights = FakeWeights(
        {"vgg16-conv": store.tensors("vgg16-conv"), "vgg16-dense": random_tensors("vgg16-dense", seed=1)}
    )
    engine.create(NAME, [EXTRACTORS.get(name).identity(weights) for name in DESCRIPTORS])
    with engine.open(NAME, write=True) as stored:
        collection = Collection(stored, weights, LocalDescriber(weights))
        report = index(collection, walk([folder]), IndexOptions(read_labels(f"{folder}/labels.csv")), Silent())
    assert not report.failed, report.failed


@contextmanager
def copies(embedded: EmbeddedEngine, folder: Path) -> Iterator[dict[str, StoredCollection]]:
    """The collection on every cluster, copied, open for reading."""
    with ExitStack() as stack:
        found = {}
        for title, plan in CLUSTERS.items():
            settings = stack.enter_context(cluster_settings(folder, heap="1g", **plan))  # type: ignore[arg-type]
            engine = ElasticsearchEngine(replace(settings, elasticsearch_shards=plan["nodes"]))
            source = stack.enter_context(embedded.open(NAME))
            copy(source, engine, NAME, Silent(), origin=embedded.name)
            found[title] = stack.enter_context(engine.open(NAME))
        yield found


def compare(embedded: StoredCollection, others: dict[str, StoredCollection], queries: int) -> list[dict[str, Any]]:
    """A row for each extractor and metric: the worst disagreement, in tolerances, on each cluster."""
    ids = [record.id for record in embedded.sample(queries, seed=1)]
    rows = []
    for extractor in DESCRIPTORS:
        vectors = embedded.vectors(extractor, ids)
        for metric in search_metrics():
            request = SearchRequest(extractor, metric.name, DEPTH)
            wanted = embedded.search(request, vectors)
            everything = embedded.search(replace(request, k=10_000), vectors)
            truths = [{hit.id: hit.score for hit in ranking.hits} for ranking in everything]
            row: dict[str, Any] = {"extractor": extractor, "metric": metric.name}
            for title, stored in others.items():
                found = stored.search(request, vectors)
                row[title] = max(map(disagreement, found, wanted, truths))
            rows.append(row)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datasets", type=Path, required=True)
    parser.add_argument("--queries", type=int, default=40)
    parser.add_argument("--keep", action="store_true", help="write benchmarks/results/elasticsearch_answers.json")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cbir-bench-") as name:
        folder = Path(name)
        embedded = EmbeddedEngine(folder / "collections")
        indexed(embedded, str(arguments.datasets / NAME))
        with embedded.open(NAME) as opened, copies(embedded, folder) as others:
            rows = compare(opened, others, arguments.queries)
    title = (
        f"Corel-1k, {arguments.queries} queries, k = {DEPTH}: largest difference of scores, in tolerances (1 fails)"
    )
    print_table(title, list(rows[0]), [list(row.values()) for row in rows])
    if arguments.keep:
        keep("elasticsearch_answers", "python -m benchmarks.elasticsearch_answers --datasets FOLDER --keep", rows)
    assert all(row[title] <= 1 for row in rows for title in CLUSTERS)


if __name__ == "__main__":
    main()
