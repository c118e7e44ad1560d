"""What each form of each metric takes on the server (`took`), beside the built-in dot product, over real descriptors.

    python -m benchmarks.elasticsearch_scoring --datasets FOLDER [--images 25000] [--rounds 9]

The descriptors are those of Corel-1k's photographs, and 25,000 images are made of them block by block: each region or
channel of an image comes from one of two photographs, so that every block is a real one. The post-ReLU code is a
random layer on cnn-conv with a quarter of its outputs above zero. One shard of one node with a heap of 2 GB. Every
form answers every query in turns; `took` is the sum over a search's pages, with the exact scores of its hits in it.
All forms of a metric must give the same answers, and those of the embedded engine.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.servers import cluster_settings
from benchmarks.table import keep, print_table
from cbir.engines.base import SearchRequest
from cbir.engines.elasticsearch import forms
from cbir.engines.elasticsearch.connection import Cluster, connect
from cbir.engines.elasticsearch.engine import ElasticsearchEngine
from cbir.engines.elasticsearch.mapping import DescriptorFields
from cbir.engines.elasticsearch.search import ExactSearch
from cbir.evaluation.cache import DescriptorCache
from cbir.evaluation.datasets.labelled_folder import read_labelled_folder
from cbir.evaluation.descriptors import Describer
from cbir.extractors import EXTRACTORS
from cbir.metrics import METRICS
from cbir.metrics.base import Metric
from cbir.progress import Silent
from cbir.records import Identity, ImageEntry, ImageRecord, Matrix, Ranking, Vector
from cbir.settings import read_settings
from cbir.weights.store import WeightStore

K = 10
QUERIES = 5
BLOCKS = {"hist-basic": 5, "cnn-hist": 1472, "post-relu": 512}
DOT_METRICS = ("euclidean", "cosine", "bhattacharyya", "kl")
Choice = Callable[[Metric, Vector, DescriptorFields], forms.Form]


def real_descriptors(datasets: Path) -> dict[str, Matrix]:
    """Descriptors (N, D) of Corel-1k, from the cache or computed."""
    settings = read_settings(environment=os.environ)
    weights = WeightStore(settings.weights_dir, offline=settings.offline, announce=print)
    describer = Describer(weights, DescriptorCache(settings.cache_dir / "descriptors"))
    extractors = [EXTRACTORS.get(name) for name in ("hist-basic", "cnn-hist", "cnn-conv")]
    return dict(describer.describe(read_labelled_folder(str(datasets / "corel1k")), extractors, Silent()).descriptors)


def recombined(rows: Matrix, images: int, blocks: int, seed: int) -> Matrix:
    """Images (images, D) whose every block comes from one of two rows of ``rows`` (N, D)."""
    random = np.random.default_rng(seed)
    size = rows.shape[1] // blocks
    made = np.empty((images, rows.shape[1]), np.float32)
    for image in made:
        one, other = rows[random.integers(0, len(rows), 2)].reshape(2, blocks, size)
        image[:] = np.where(random.random((blocks, 1)) < random.random(), one, other).ravel()
    return made


def relu_codes(rows: Matrix) -> Matrix:
    """Codes (N, 4096), a quarter of them not zero: a random layer on rows (N, D)."""
    layer = np.random.default_rng(0).standard_normal((rows.shape[1], 4096)).astype(np.float32)
    outputs = (rows - rows.mean(axis=0)) @ layer
    codes = np.maximum(outputs - np.quantile(outputs[:1000], 0.75), 0).astype(np.float32)
    return codes / np.linalg.norm(codes, axis=1, keepdims=True).clip(1e-9)


def galleries(datasets: Path, images: int) -> dict[str, Matrix]:
    """By descriptor: ``images`` rows and `QUERIES` more, which are the queries."""
    real = real_descriptors(datasets)
    made = {
        name: recombined(real[name], images + QUERIES, BLOCKS[name], seed=1) for name in ("hist-basic", "cnn-hist")
    }
    made["post-relu"] = relu_codes(recombined(real["cnn-conv"], images + QUERIES, BLOCKS["post-relu"], seed=1))
    return made


@dataclass
class Recorder:
    """The client, as far as a search uses it; it adds up what the server says a search took."""

    cluster: Cluster
    took: list[int] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cluster, name)

    @property
    def client(self) -> Recorder:
        return self

    def msearch(self, searches: Sequence[Mapping[str, Any]]) -> Any:
        answer = self.cluster.client.msearch(searches=searches)
        self.took[-1] += sum(one["took"] for one in answer["responses"])
        self.pages[-1] += 1
        return answer


@dataclass
class Contest:
    """All forms on one gallery."""

    cluster: Cluster
    alias: str
    fields: DescriptorFields
    queries: Matrix
    took: dict[str, list[float]] = field(default_factory=dict)
    pages: dict[str, int] = field(default_factory=dict)

    def forms(self) -> Iterator[tuple[str, str, Choice]]:
        """Name, metric, and how the form is chosen."""
        for metric in ("euclidean", "cosine", "bhattacharyya", "kl"):
            yield metric, metric, forms.form_for
        for metric, others in forms.ALTERNATIVES.items():
            for name, choice in others.items():
                yield (
                    f"{metric}: {name}",
                    metric,
                    lambda _metric, query, fields, choice=choice: choice(np.asarray(query, np.float64), fields),
                )

    def built_in(self, query: Vector) -> float:
        """The yardstick: a bare dot product of the stored values, the best 10 and nothing else."""
        calls = " + ".join(f"dotProduct(params.q{n}, '{name}')" for n, name in enumerate(self.fields.values))
        params = {f"q{n}": query[part].tolist() for n, part in enumerate(self.fields.parts)}
        answer = self.cluster.client.search(
            index=self.alias,
            size=K,
            source=False,
            track_total_hits=False,
            query={
                "script_score": {
                    "query": {"match_all": {}},
                    "script": {"source": f"return Math.max(0, {calls})", "params": params},
                }
            },
        )
        return float(answer["took"])

    def search(self, metric: str, choose: Choice, query: Vector) -> tuple[Ranking, float, int]:
        recorder = Recorder(self.cluster, [0], [0])
        request = SearchRequest(self.fields.identity.name, metric, K)
        wanted = ExactSearch(recorder, self.alias, self.fields, METRICS.get(metric), request, choose)  # type: ignore[arg-type]
        (ranking,) = wanted.rankings(query[np.newaxis])
        return ranking, float(recorder.took[0]), recorder.pages[0]

    def run(self, rounds: int, truth: Mapping[str, Sequence[Ranking]]) -> None:
        """Every form and the yardstick in every round; the first round warms the server up and checks the answers."""
        for turn in range(rounds + 4):
            for number, query in enumerate(self.queries):
                took = self.built_in(query)
                if turn >= 4:
                    self.took.setdefault("built-in dot product", []).append(took)
                for name, metric, choose in self.forms():
                    ranking, took, pages = self.search(metric, choose, query)
                    if turn == 0:
                        require_same(ranking, truth[metric][number], f"{self.fields.identity.name}, {name}")
                    elif turn >= 4:
                        self.took.setdefault(name, []).append(took)
                        self.pages[name] = max(self.pages.get(name, 0), pages)


def require_same(found: Ranking, wanted: Ranking, what: str) -> None:
    """Scores equal within the tolerance between engines, rank by rank."""
    assert len(found.hits) == len(wanted.hits), what
    for one, other in zip(found.hits, wanted.hits, strict=True):
        assert abs(one.score - other.score) <= max(1e-4 * abs(other.score), 1e-6), (what, one, other)


@contextmanager
def filled(engine: Any, identity: Identity, rows: Matrix) -> Iterator[Any]:
    """A collection with these descriptors, open for reading."""
    engine.create(identity.name, [identity])
    with engine.open(identity.name, write=True) as opened:
        for start in range(0, len(rows), 500):
            part = rows[start : start + 500]
            records = [ImageRecord(f"{start + i:064x}", 640, 480, "JPEG") for i in range(len(part))]
            opened.upsert([ImageEntry(r, {identity.name: row}) for r, row in zip(records, part, strict=True)])
    with engine.open(identity.name) as opened:
        yield opened
    engine.drop(identity.name)


def measure(name: str, rows: Matrix, engines: tuple[Any, Any], cluster: Cluster, rounds: int) -> dict[str, Any]:
    """One gallery: median `took` by form."""
    queries = rows[-QUERIES:]
    identity = Identity(name, 1, rows.shape[1], non_negative=True)
    embedded, server = engines
    with filled(embedded, identity, rows[:-QUERIES]) as opened:
        truth = {
            metric: opened.search(SearchRequest(name, metric, K), queries)
            for metric in (*DOT_METRICS, *forms.ALTERNATIVES)
        }
    with filled(server, identity, rows[:-QUERIES]):
        alias = cluster.names.alias(name)
        cluster.client.indices.forcemerge(index=alias, max_num_segments=1)
        contest = Contest(cluster, alias, DescriptorFields("x0", identity), queries)
        contest.run(rounds, truth)
    medians = {form: float(np.median(took)) for form, took in contest.took.items()}
    base = medians["built-in dot product"]
    return {
        "images": len(rows) - QUERIES,
        "dims": rows.shape[1],
        "non-zero in gallery": share(rows[:-QUERIES]),
        "non-zero in queries": share(queries),
        "took ms": medians,
        "times the built-in dot product": {form: took / base for form, took in medians.items()},
        "pages at most": contest.pages,
    }


def share(rows: NDArray[np.float32]) -> float:
    return float(np.count_nonzero(rows) / rows.size)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datasets", type=Path, required=True)
    parser.add_argument("--images", type=int, default=25_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--keep", action="store_true", help="write benchmarks/results/elasticsearch_scoring.json")
    arguments = parser.parse_args()
    from cbir.engines.embedded.engine import EmbeddedEngine

    figures = {}
    with tempfile.TemporaryDirectory(prefix="cbir-bench-") as folder, cluster_settings(Path(folder)) as settings:
        engines = (EmbeddedEngine(Path(folder) / "collections"), ElasticsearchEngine(settings))
        cluster = connect(settings)
        for name, rows in galleries(arguments.datasets, arguments.images).items():
            figures[name] = measure(name, rows, engines, cluster, arguments.rounds)
            one = figures[name]
            title = (
                f"{name}: {one['images']:,} x {one['dims']}, "
                f"non-zero {one['non-zero in gallery']:.2f} (queries {one['non-zero in queries']:.2f})"
            )
            table = [
                (form, took, one["times the built-in dot product"][form], one["pages at most"].get(form, 1))
                for form, took in one["took ms"].items()
            ]
            print_table(title, ["form", "took ms", "x dot", "pages"], table)
        cluster.close()
    if arguments.keep:
        keep("elasticsearch_scoring", "python -m benchmarks.elasticsearch_scoring --datasets FOLDER --keep", figures)


if __name__ == "__main__":
    main()
