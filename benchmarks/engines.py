"""Embedded and Elasticsearch side by side: bytes an image, indexing rate, time a query, 1k to 100k documents.

    python -m benchmarks.engines [--sizes 1000,10000,100000] [--dims 512] [--shards 1,4] [--rounds 7]

Descriptors are dense, non-negative and of sum 1, as histograms are. One node with a heap of 2 GB on the same
machine; its bytes are those after a merge, with what it stores besides the values (roots and logarithms). A
query's time is from the call to the ranking; engines and metrics take turns.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.exact_search import descriptors
from benchmarks.servers import cluster_settings
from benchmarks.table import keep, print_table
from cbir.engines.base import Engine, SearchRequest, StoredCollection
from cbir.engines.elasticsearch.connection import connect
from cbir.engines.elasticsearch.engine import ElasticsearchEngine
from cbir.engines.embedded.engine import EmbeddedEngine
from cbir.metrics import search_metrics
from cbir.records import Identity, ImageEntry, ImageRecord, Matrix
from cbir.settings import Settings

K = 10
BATCH = 500
NAME = "table"


def fill(engine: Engine, identity: Identity, rows: Matrix) -> float:
    """Make a collection of these descriptors (N, D); images a second."""
    engine.create(NAME, [identity])
    started = time.perf_counter()
    with engine.open(NAME, write=True) as opened:
        for start in range(0, len(rows), BATCH):
            part = rows[start : start + BATCH]
            records = [ImageRecord(f"{start + i:064x}", 640, 480, "JPEG") for i in range(len(part))]
            opened.upsert([ImageEntry(r, {identity.name: row}) for r, row in zip(records, part, strict=True)])
    return len(rows) / (time.perf_counter() - started)


def folder_bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


STALE_SECONDS = 11
"""A node measures a shard's files every 10 s."""


def cluster_bytes(settings: Settings) -> int:
    cluster = connect(settings)
    alias = cluster.names.alias(NAME)
    cluster.client.indices.forcemerge(index=alias, max_num_segments=1)
    cluster.client.indices.flush(index=alias, force=True, wait_if_ongoing=True)
    time.sleep(STALE_SECONDS)
    stats = cluster.client.indices.stats(index=alias)
    cluster.close()
    return int(stats["_all"]["primaries"]["store"]["size_in_bytes"])


@contextmanager
def collections(
    folder: Path, settings: Settings, shards: list[int], identity: Identity, rows: Matrix
) -> Iterator[dict[str, tuple[StoredCollection, dict[str, Any]]]]:
    """The same collection in every engine, open for reading, with its figures so far."""
    found: dict[str, tuple[StoredCollection, dict[str, Any]]] = {}
    with ExitStack() as stack:
        embedded = EmbeddedEngine(folder / "collections")
        rate = fill(embedded, identity, rows)
        stack.callback(embedded.drop, NAME)
        size = folder_bytes(folder / "collections" / NAME)
        found["embedded"] = (stack.enter_context(embedded.open(NAME)), {"images/s": rate, "bytes": size / len(rows)})
        for count in shards:
            own = replace(settings, elasticsearch_shards=count, elasticsearch_namespace=f"shards{count}")
            engine = ElasticsearchEngine(own)
            rate = fill(engine, identity, rows)
            stack.callback(engine.drop, NAME)
            figures = {"images/s": rate, "bytes": cluster_bytes(own) / len(rows)}
            title = f"Elasticsearch, {count} shard{'s' if count > 1 else ''}"
            found[title] = (stack.enter_context(engine.open(NAME)), figures)
        yield found


def measure(folder: Path, settings: Settings, images: int, options: argparse.Namespace) -> list[dict[str, Any]]:
    """A row an engine."""
    dims, rounds = options.dims, options.rounds
    identity = Identity("descriptor", 1, dims, non_negative=True)
    rows = descriptors(images, dims, seed=1)
    queries = descriptors(4, dims, seed=0)
    took: dict[tuple[str, str], list[float]] = {}
    with collections(folder, settings, options.shards, identity, rows) as opened:
        for turn in range(rounds + 3):
            for metric in search_metrics():
                for title, (stored, _) in opened.items():
                    request = SearchRequest(identity.name, metric.name, K)
                    query = queries[turn % len(queries)][None]
                    started = time.perf_counter()
                    stored.search(request, query)
                    if turn >= 3:
                        took.setdefault((title, metric.name), []).append(1e3 * (time.perf_counter() - started))
        return [
            {"engine": title, "images": images, **figures}
            | {metric.name: float(np.median(took[title, metric.name])) for metric in search_metrics()}
            for title, (_, figures) in opened.items()
        ]


def numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=numbers, default=[1000, 10_000, 100_000])
    parser.add_argument("--dims", type=int, default=512)
    parser.add_argument("--shards", type=numbers, default=[1, 4])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--keep", action="store_true", help="write benchmarks/results/engines.json")
    arguments = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="cbir-bench-") as folder, cluster_settings(Path(folder)) as settings:
        for images in arguments.sizes:
            rows += measure(Path(folder), settings, images, arguments)
    columns = list(rows[0])
    title = f"{arguments.dims} dims: bytes an image, images a second, milliseconds a query by metric"
    print_table(title, columns, [list(row.values()) for row in rows])
    if arguments.keep:
        keep("engines", f"python -m benchmarks.engines --dims {arguments.dims} --keep", rows)


if __name__ == "__main__":
    main()
