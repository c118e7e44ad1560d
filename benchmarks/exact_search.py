"""How fast exact search is, against reading the same bytes, FAISS and scikit-learn/scipy, all in one process.

    python -m benchmarks.exact_search [--rows 25000] [--dims 4096,405,4416] [--repeats 15] [--json FILE]

A search is the embedded engine's, from the call to the ranking: keys of all rows, the contenders among them scored in
float64, the best 10 by name. Every contestant takes its turn in every round, so that whatever else the machine does
falls on all alike; figures are medians over the rounds. Galleries are warm memory maps of files.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from benchmarks.table import keep, print_table
from cbir.engines.base import SearchRequest, StoredCollection
from cbir.engines.embedded.engine import EmbeddedEngine
from cbir.metrics import search_metrics
from cbir.metrics.parallel import available_cores, scan_rows
from cbir.records import Identity, ImageEntry, ImageRecord, Matrix, Vector

K = 10
DESCRIPTOR = "descriptor"
Task = Callable[[], object]


@dataclass
class Timings:
    """Milliseconds by contestant."""

    rounds: dict[str, list[float]] = field(default_factory=dict)

    def run(self, name: str, task: Task) -> None:
        started = time.perf_counter()
        task()
        self.rounds.setdefault(name, []).append((time.perf_counter() - started) * 1e3)

    def median(self, name: str) -> float:
        return float(np.median(self.rounds[name]))


# -- the gallery -----------------------------------------------------------------------------------------------


def descriptors(rows: int, dims: int, seed: int) -> Matrix:
    """Rows (rows, dims) like those of photographs: non-negative, around 200 themes that many share.

    At 4096 dims a quarter of the values is not zero and rows have length 1 (a dense layer after ReLU); at others rows
    are dense with sum 1 (histograms).
    """
    themes = np.random.default_rng(0).standard_normal((200, dims), dtype=np.float32)
    random = np.random.default_rng(seed)
    values = themes[random.integers(0, len(themes), rows)] + random.standard_normal((rows, dims), dtype=np.float32)
    if dims == 4096:
        values = np.maximum(values - 0.95, 0)
        return values / np.linalg.norm(values, axis=1, keepdims=True)
    values = np.exp(values)
    return values / values.sum(axis=1, keepdims=True)


def gallery(folder: Path, rows: int, dims: int) -> Matrix:
    """A memory map of a new file of descriptors (writable, as scikit-learn refuses to read others)."""
    path = folder / f"{rows}x{dims}.f32"
    with path.open("wb") as file:
        for start in range(0, rows, 1000):
            file.write(descriptors(min(1000, rows - start), dims, seed=1 + start).tobytes())
    return np.memmap(path, np.float32, "r+", shape=(rows, dims))


# -- the yardstick ---------------------------------------------------------------------------------------------


@numba.njit(nogil=True, fastmath=True)
def _sum(block: NDArray[np.int64]) -> int:
    total = 0
    for i in range(block.size):
        total += block[i]
    return total


@dataclass(frozen=True)
class Reading:
    """The least work that touches every byte, run like a scan."""

    def __call__(self, block: Matrix, keys: Vector) -> None:
        flat = block.reshape(-1).view(np.ndarray)
        even = flat[: flat.size // 2 * 2].view(np.int64)
        even.flags.writeable = False
        keys[0] = _sum(even)


def read(matrix: Matrix) -> None:
    """Read all bytes in the way that was found fastest: in the same blocks as a scan."""
    scan_rows(Reading(), [matrix], np.empty(len(matrix), np.float32))


# -- ours ------------------------------------------------------------------------------------------------------


def stored_copy(engine: EmbeddedEngine, matrix: Matrix) -> StoredCollection:
    """A collection that holds the gallery, open for reading."""
    name = f"dims{matrix.shape[1]}"
    engine.create(name, [Identity(DESCRIPTOR, 1, matrix.shape[1], non_negative=True)])
    with engine.open(name, write=True) as writer:
        for start in range(0, len(matrix), 1000):
            rows = matrix[start : start + 1000]
            records = [ImageRecord(f"{start + i:064x}", 640, 480, "JPEG") for i in range(len(rows))]
            writer.upsert([ImageEntry(r, {DESCRIPTOR: row}) for r, row in zip(records, rows, strict=True)])
    return engine.open(name)


# -- theirs ----------------------------------------------------------------------------------------------------


def faiss_searches(matrix: Matrix, query: Vector) -> dict[str, Task]:
    """FAISS flat indexes; `… sharded` splits the gallery so that one query can use several threads."""
    import faiss

    threads = available_cores()
    faiss.omp_set_num_threads(threads)
    kinds = {
        "faiss L2": faiss.METRIC_L2,
        "faiss inner product": faiss.METRIC_INNER_PRODUCT,
        "faiss L1": faiss.METRIC_L1,
    }
    tasks: dict[str, Task] = {}
    dims = matrix.shape[1]
    for name, kind in kinds.items():
        shards = faiss.IndexShards(dims, True, True)
        for part in np.array_split(np.arange(len(matrix)), threads):
            flat = faiss.IndexFlat(dims, kind)
            flat.add(matrix[part[0] : part[-1] + 1])
            shards.add_shard(flat)
        whole = faiss.IndexFlat(dims, kind)
        whole.add(matrix)
        tasks[name] = lambda index=whole: index.search(query[None], K)  # type: ignore[misc]
        tasks[name + ", sharded"] = lambda index=shards: index.search(query[None], K)  # type: ignore[misc]
    return tasks


FAISS_RIVALS = {"euclidean": "faiss L2", "cosine": "faiss inner product"}
"""The index to compare with; the nearest relative of the other four is L1."""


def library_searches(matrix: Matrix, query: Vector) -> dict[str, Task]:
    """The same scores by the best library, or vectorised numpy, that a person would take."""
    from scipy.special import rel_entr
    from sklearn.metrics.pairwise import additive_chi2_kernel, cosine_similarity, euclidean_distances

    def smoothed(x: NDArray[np.float32]) -> NDArray[np.float32]:
        return 0.9 * x / x.sum(axis=-1, keepdims=True) + np.float32(0.1 / x.shape[-1])  # type: ignore[no-any-return]

    g = np.asarray(matrix)
    scores: dict[str, Callable[[], NDArray[Any]]] = {
        "euclidean": lambda: euclidean_distances(query[None], g)[0],
        "cosine": lambda: -cosine_similarity(query[None], g)[0],
        "chi2": lambda: -additive_chi2_kernel(query[None], g)[0],
        "kl": lambda: rel_entr(smoothed(query), smoothed(g)).sum(axis=1),
        "bhattacharyya": lambda: -np.log(np.sqrt(query * g).sum(axis=1) / np.sqrt(query.sum() * g.sum(axis=1))),
        "intersection": lambda: -np.minimum(query, g).sum(axis=1) / query.sum(),
    }
    return {name: lambda score=score: np.argpartition(score(), K)[:K] for name, score in scores.items()}  # type: ignore[misc]


# -- the contest -----------------------------------------------------------------------------------------------


@dataclass
class Options:
    rows: int
    repeats: int
    slow_repeats: int
    queries: int


def contest(folder: Path, dims: int, options: Options) -> list[dict[str, Any]]:
    """All contestants on one gallery: a row of figures for each metric."""
    matrix = gallery(folder, options.rows, dims)
    queries = descriptors(options.queries, dims, seed=0)
    quick: dict[str, Task] = {"read": lambda: read(matrix)}
    slow: dict[str, Task] = {}
    with stored_copy(EmbeddedEngine(folder), matrix) as stored:
        for metric in search_metrics():
            request = SearchRequest(DESCRIPTOR, metric.name, K)
            quick[metric.name] = lambda request=request: stored.search(request, queries[:1])  # type: ignore[misc]
            slow[metric.name + " many"] = lambda request=request: stored.search(request, queries)  # type: ignore[misc]
        quick |= faiss_searches(matrix, queries[0])
        slow |= {f"{name} library": task for name, task in library_searches(matrix, queries[0]).items()}
        timings = Timings()
        for task in (quick | slow).values():
            task()
        for turn in range(options.repeats):
            for name, task in quick.items():
                timings.run(name, task)
            if turn < options.slow_repeats:
                for name, task in slow.items():
                    timings.run(name, task)
    return [figures(metric.name, dims, options, timings) for metric in search_metrics()]


def figures(metric: str, dims: int, options: Options, timings: Timings) -> dict[str, Any]:
    own, rival = timings.median(metric), FAISS_RIVALS.get(metric, "faiss L1")
    many = timings.median(metric + " many") / options.queries
    faiss, sharded = timings.median(rival), timings.median(rival + ", sharded")
    library = timings.median(metric + " library")
    return {
        "rows": options.rows,
        "dims": dims,
        "metric": metric,
        "read_ms": timings.median("read"),
        "search_ms": own,
        "of_read": own / timings.median("read"),
        "faiss": rival,
        "faiss_ms": faiss,
        "faiss_times": faiss / own,
        "faiss_sharded_ms": sharded,
        "faiss_sharded_times": sharded / own,
        "library_ms": library,
        "library_times": library / own,
        "many_ms_per_query": many,
        "many_times_cheaper": own / many,
    }


COLUMNS = {
    "metric": "metric",
    "search_ms": "search ms",
    "of_read": "x read",
    "faiss_ms": "FAISS ms",
    "faiss_times": "faster",
    "faiss_sharded_times": "than sharded",
    "library_ms": "library ms",
    "library_times": "faster",
    "many_ms_per_query": "many ms",
    "many_times_cheaper": "cheaper",
}


def show(rows: list[dict[str, Any]]) -> None:
    first = rows[0]
    size = first["rows"] * first["dims"] * 4
    title = (
        f"{first['rows']:,} x {first['dims']} float32, {size / 1e6:.0f} MB, {available_cores()} threads; "
        f"parallel read {first['read_ms']:.2f} ms ({size / first['read_ms'] / 1e6:.1f} GB/s)"
    )
    print_table(title, list(COLUMNS.values()), [[row[column] for column in COLUMNS] for row in rows])


LEGEND = """
search: one query. x read: of the time of a parallel read of the same bytes. FAISS: flat index, L2 for euclidean,
inner product for cosine, L1 for the rest; sharded: its gallery split over the threads. library: scikit-learn, scipy
or numpy. many: several queries at once, a query."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=25_000)
    parser.add_argument("--dims", default="4096,405,4416", help="comma-separated")
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--slow-repeats", type=int, default=3, help="rounds for scikit-learn/scipy and many queries")
    parser.add_argument("--queries", type=int, default=32, help="queries at once")
    parser.add_argument("--folder", type=Path, help="where the galleries' files are made (a temporary folder)")
    parser.add_argument("--json", type=Path, help="also write all figures to this file")
    parser.add_argument("--keep", action="store_true", help="write benchmarks/results/exact_search_ROWS.json")
    args = parser.parse_args()
    options = Options(args.rows, args.repeats, min(args.slow_repeats, args.repeats), args.queries)
    results = []
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        for dims in (int(d) for d in args.dims.split(",")):
            rows = contest(Path(folder), dims, options)
            show(rows)
            results += rows
    print(LEGEND)
    if args.json:
        args.json.write_text(json.dumps(results, indent=2))
    if args.keep:
        command = (
            f"python -m benchmarks.exact_search --rows {args.rows} --dims {args.dims} --repeats {args.repeats} --keep"
        )
        keep(f"exact_search_{args.rows}", command, results)


if __name__ == "__main__":
    main()
