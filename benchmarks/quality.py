"""A labelled set indexed with every extractor, then searched with every metric: quality and time.

    python -m benchmarks.quality corel1k --datasets FOLDER

Every image is a query, itself left out of its answer; an image is relevant if it shares a label. MAP@100 divides by
min(relevant, 100). The time is that of one query among all, through the engine, all queries in one call.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.table import keep, print_table
from cbir.collection import DEFAULT_EXTRACTORS, Collection, Library
from cbir.engines.base import SearchRequest
from cbir.evaluation.measures import AveragePrecision, Precision, Relevance
from cbir.extractors import EXTRACTORS
from cbir.ingest.indexing import IndexOptions, index
from cbir.ingest.labels import read_labels
from cbir.ingest.walk import walk
from cbir.metrics import search_metrics
from cbir.progress import Silent
from cbir.records import Hit, ImageRecord
from cbir.settings import Settings, read_settings

DEPTH = 100
MEASURES = (AveragePrecision(DEPTH), Precision(10))


def relevance(query: ImageRecord, hits: tuple[Hit, ...], labels: dict[str, set[str]], total: int) -> Relevance:
    """Which of the hits are relevant, the query itself taken out."""
    own = labels[query.id]
    found = [bool(own & labels[hit.id]) for hit in hits if hit.id != query.id]
    return Relevance(np.array(found[:DEPTH], dtype=bool), total)


def grade(collection: Collection, extractor: str, metric: str) -> dict[str, object]:
    """Mean grades of all images as queries, and milliseconds a query."""
    records = collection.stored.page(0, collection.stored.count())
    labels = {record.id: set(record.labels) for record in records}
    totals = [sum(bool(labels[a.id] & labels[b.id]) for b in records) - 1 for a in records]
    queries = collection.stored.vectors(extractor, [record.id for record in records])
    request = SearchRequest(extractor, metric, k=DEPTH + 1)
    collection.stored.search(request, queries[:2])
    started = time.perf_counter()
    rankings = collection.stored.search(request, queries)
    took = time.perf_counter() - started
    lists = [
        relevance(record, ranking.hits, labels, total)
        for record, ranking, total in zip(records, rankings, totals, strict=True)
        if total
    ]
    means = {str(measure): sum(map(measure.grade, lists)) / len(lists) for measure in MEASURES}
    return {"extractor": extractor, "metric": metric, **means, "ms a query": 1000 * took / len(records)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="folder of the set below --datasets")
    parser.add_argument("--datasets", type=Path, required=True)
    parser.add_argument("--keep", action="store_true", help="write benchmarks/results/quality_NAME.json")
    arguments = parser.parse_args()
    folder = str(arguments.datasets / arguments.name)
    with tempfile.TemporaryDirectory(prefix="cbir-bench-") as temporary:
        weights_dir = read_settings(environment=os.environ).weights_dir
        library = Library(Settings(data_dir=Path(temporary), weights_dir=weights_dir), announce=print)
        usable = [
            name
            for name in DEFAULT_EXTRACTORS
            if not EXTRACTORS.get(name).weights or library.weights.available(EXTRACTORS.get(name).weights)
        ]
        library.create(arguments.name, usable)
        with library.open(arguments.name, write=True) as opened:
            report = index(opened, walk([folder]), IndexOptions(read_labels(f"{folder}/labels.csv")), Silent())
            print(f"{report.added} images indexed with {', '.join(usable)} in {report.seconds:.0f} s")
            rows = [grade(opened, name, metric.name) for name in usable for metric in search_metrics()]
    print_table(f"{arguments.name}, {report.added} images", list(rows[0]), [list(row.values()) for row in rows])
    if arguments.keep:
        command = f"python -m benchmarks.quality {arguments.name} --datasets FOLDER --keep"
        keep(f"quality_{arguments.name}", command, {"images": report.added, "results": rows})


if __name__ == "__main__":
    main()
