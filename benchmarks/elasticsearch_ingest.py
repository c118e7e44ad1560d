"""Bulk indexing of ready descriptors: ours, a bare loop of the client sending the same bytes, and JSON lists.

    python -m benchmarks.elasticsearch_ingest [--images 4000] [--rounds 5]

The three take turns on indices of one mapping (one 4096-d vector field beside the record's), on one shard of one node
with a heap of 2 GB; figures are medians over the rounds. Ours is the engine's `upsert`, 1,000 images a call, which
also asks what is there already. The bare loop sends documents that are ready as bytes of JSON, and looks at nothing.
JSON lists are what the client makes of documents with lists of floats, 250 a request.
Last, all default descriptors of an image together.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import orjson
from elasticsearch import Elasticsearch

from benchmarks.exact_search import descriptors
from benchmarks.servers import cluster_settings
from benchmarks.table import keep, print_table
from cbir.engines.elasticsearch.connection import Cluster, connect
from cbir.engines.elasticsearch.engine import ElasticsearchEngine
from cbir.records import Identity, ImageEntry, ImageRecord, Location, Matrix

CODE = Identity("code", 1, 4096, non_negative=False)
"""Declared as one that can be negative: then the values are its only field."""
DEFAULT = (
    Identity("hist-basic", 1, 405, non_negative=True),
    Identity("cnn-hist", 1, 4416, non_negative=True),
    Identity("cnn-conv", 1, 512, non_negative=True),
    Identity("cnn-basic", 1, 4096, non_negative=True),
)
BATCH = 1000
REQUEST_BYTES = 10 << 20
LISTS_AT_ONCE = 250


def record(number: int) -> ImageRecord:
    place = Location(f"/photos/{number}.jpg", 1 << 20, 10**18 + number, "/photos")
    return ImageRecord(f"{number:064x}", 640, 480, "JPEG", (place,), labels=("cat",))


@dataclass
class Contest:
    engine: ElasticsearchEngine
    cluster: Cluster
    rates: dict[str, list[float]] = field(default_factory=dict)

    def time(self, name: str, images: int, task: Callable[[str], None]) -> None:
        """Images a second of filling a new collection, which is deleted after."""
        collection = f"{name}-{len(self.rates.get(name, []))}".replace(" ", "-")
        self.engine.create(collection, [CODE])
        started = time.perf_counter()
        task(collection)
        self.cluster.client.indices.refresh(index=self.cluster.names.alias(collection))
        took = time.perf_counter() - started
        with self.engine.open(collection) as opened:
            assert opened.count() == images
        self.engine.drop(collection)
        self.rates.setdefault(name, []).append(images / took)

    def ours(self, collection: str, entries: Sequence[ImageEntry]) -> None:
        with self.engine.open(collection, write=True) as opened:
            for start in range(0, len(entries), BATCH):
                opened.upsert(entries[start : start + BATCH])

    def bare(self, collection: str, requests: Sequence[bytes]) -> None:
        for body in requests:
            answer = self.cluster.client.perform_request(
                "POST",
                f"/{self.cluster.names.alias(collection)}/_bulk",
                headers={"content-type": "application/x-ndjson", "accept": "application/json"},
                body=body,
            )
            assert not answer.body["errors"], answer.body["items"][0]

    def lists(self, collection: str, documents: Sequence[dict[str, object]], rows: Matrix) -> None:
        """As most programs do it: the client, with its own serializer, and vectors as lists of floats."""
        with Elasticsearch(list(self.cluster.address.urls)) as client:
            for start in range(0, len(rows), LISTS_AT_ONCE):
                operations: list[dict[str, object]] = []
                part = slice(start, start + LISTS_AT_ONCE)
                for document, row in zip(documents[part], rows[part], strict=True):
                    operations.append({"index": {"_id": document["id"]}})
                    operations.append(document | {"x0": {"values_0": row.tolist()}})
                assert not client.bulk(index=self.cluster.names.alias(collection), operations=operations)["errors"]

    def documents(self, entries: Sequence[ImageEntry]) -> list[dict[str, object]]:
        """What ours stores, read back from a collection: the very documents, vectors as they were sent."""
        from elasticsearch.helpers import pack_dense_vector

        self.engine.create("sample", [CODE])
        self.ours("sample", entries)
        alias = self.cluster.names.alias("sample")
        found = []
        for start in range(0, len(entries), BATCH):
            part = entries[start : start + BATCH]
            ids = [entry.record.id for entry in part]
            for document, entry in zip(self.cluster.client.mget(index=alias, ids=ids)["docs"], part, strict=True):
                found.append(document["_source"] | {"x0": {"values_0": pack_dense_vector(entry.descriptors["code"])}})
        self.engine.drop("sample")
        return found


def requests_of(documents: Sequence[dict[str, object]]) -> Iterator[bytes]:
    """Bulk bodies of about `REQUEST_BYTES`."""
    body = bytearray()
    for document in documents:
        body += orjson.dumps({"index": {"_id": document["id"]}}) + b"\n" + orjson.dumps(document) + b"\n"
        if len(body) >= REQUEST_BYTES:
            yield bytes(body)
            body = bytearray()
    if body:
        yield bytes(body)


def together(contest: Contest, images: int) -> dict[str, object]:
    """All default descriptors of an image: fields, bytes an image after a merge, images a second."""
    contest.engine.create("all", DEFAULT)
    vectors: dict[str, Matrix] = {one.name: descriptors(images, one.dims, seed=9) for one in DEFAULT}
    entries = [
        ImageEntry(record(number), {name: rows[number] for name, rows in vectors.items()}) for number in range(images)
    ]
    started = time.perf_counter()
    contest.ours("all", entries)
    rate = images / (time.perf_counter() - started)
    alias = contest.cluster.names.alias("all")
    client = contest.cluster.client
    client.indices.forcemerge(index=alias, max_num_segments=1)
    size = client.indices.stats(index=alias)["_all"]["primaries"]["store"]["size_in_bytes"]
    mapping = next(iter(client.indices.get_mapping(index=alias).values()))["mappings"]["properties"]
    count = sum(
        1
        for slot, one in mapping.items()
        if slot.startswith("x")
        for name, part in one["properties"].items()
        if "dims" in part and name != "code"
    )
    contest.engine.drop("all")
    raw = sum(4 * one.dims for one in DEFAULT)
    return {
        "images": images,
        "vector fields": count,
        "bytes an image": size / images,
        "descriptors' own bytes": raw,
        "images a second": rate,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", action="store_true", help="write benchmarks/results/elasticsearch_ingest.json")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, cluster_settings(Path(folder)) as settings:
        engine, cluster = ElasticsearchEngine(settings), connect(settings)
        contest = Contest(engine, cluster)
        rows = descriptors(arguments.images, CODE.dims, seed=1)
        entries = [ImageEntry(record(number), {"code": row}) for number, row in enumerate(rows)]
        documents = contest.documents(entries)
        requests = list(requests_of(documents))
        few = max(LISTS_AT_ONCE, arguments.images // 4)
        for _ in range(arguments.rounds + 1):
            contest.time("ours", len(entries), lambda name: contest.ours(name, entries))
            contest.time("bare loop", len(entries), lambda name: contest.bare(name, requests))
            contest.time("JSON lists", few, lambda name: contest.lists(name, documents[:few], rows[:few]))
        rates = {name: float(np.median(found[1:])) for name, found in contest.rates.items()}
        figures = {
            "images a second": rates,
            "ours / bare loop": rates["ours"] / rates["bare loop"],
            "ours / JSON lists": rates["ours"] / rates["JSON lists"],
            "all descriptors together": together(contest, arguments.images // 2),
        }
        cluster.close()
    print_table("Bulk indexing, 4096 dims, one field", ["way", "images/s"], list(rates.items()))
    print_table("Ratios", ["", "x"], [(name, figures[name]) for name in ("ours / bare loop", "ours / JSON lists")])
    print_table("All descriptors of an image", ["", ""], list(figures["all descriptors together"].items()))
    if arguments.keep:
        keep("elasticsearch_ingest", "python -m benchmarks.elasticsearch_ingest", figures)


if __name__ == "__main__":
    main()
