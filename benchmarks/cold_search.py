"""What a search costs a new process: time on 1,000 images, and memory on 1,000 and on 100,000.

    python -m benchmarks.cold_search [--datasets FOLDER]

Time is that of the whole command `cbir search PICTURE --extractor hist-basic`, from start to exit, with the files in
the page cache. Memory is the highest RssAnon (anonymous memory, which mapped files are not part of) that a sampling
thread sees in a process that opens a collection and searches it three times under every metric.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.table import keep, print_table
from cbir.collection import Library
from cbir.engines.base import Engine
from cbir.ingest.indexing import index
from cbir.ingest.walk import walk
from cbir.records import Identity, ImageEntry, ImageRecord
from cbir.settings import Settings

RUNS = 9
SIZES = (1_000, 100_000)
SHAPES = {"hist-basic": 405, "a neural code": 2048}

SEARCHER = """
import sys, threading, time
from pathlib import Path
def anonymous():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))
highest = [0]
def watch():
    while True:
        highest[0] = max(highest[0], anonymous())
        time.sleep(0.001)
from cbir.engines import open_engine
from cbir.engines.base import SearchRequest
from cbir.metrics import search_metrics
from cbir.settings import Settings
threading.Thread(target=watch, daemon=True).start()
name, extractor = sys.argv[2:4]
with open_engine(Settings(data_dir=Path(sys.argv[1]))).open(name) as stored:
    query = stored.vectors(extractor, [stored.page(7, 1)[0].id])
    for metric in search_metrics():
        for _ in range(3):
            stored.search(SearchRequest(extractor, metric.name, k=100), query)
time.sleep(0.01)
print(highest[0] / 1024)
"""


def fill(engine: Engine, name: str, extractor: str, dims: int, count: int) -> None:
    """A collection of made-up descriptors."""
    rng = np.random.default_rng(0)
    engine.create(name, [Identity(extractor, 1, dims, non_negative=True)])
    with engine.open(name, write=True) as stored:
        for start in range(0, count, 1000):
            matrix = rng.random((min(1000, count - start), dims), dtype=np.float32)
            matrix *= rng.random(matrix.shape) < 0.25
            matrix /= matrix.sum(axis=1, keepdims=True)
            records = [ImageRecord(f"{start + i:064x}", 640, 480, "JPEG") for i in range(len(matrix))]
            stored.upsert([ImageEntry(r, {extractor: row}) for r, row in zip(records, matrix, strict=True)])


def memory(data_dir: Path) -> list[dict[str, object]]:
    """Highest RssAnon in MB, by descriptor and size."""
    engine = Library(Settings(data_dir=data_dir, offline=True)).engine
    rows = []
    for extractor, dims in SHAPES.items():
        found = {}
        for count in SIZES:
            name = f"m{dims}-{count}"
            fill(engine, name, extractor, dims, count)
            runs = [
                float(subprocess.run(
                    [sys.executable, "-c", SEARCHER, str(data_dir), name, extractor],
                    capture_output=True, text=True, check=True,
                ).stdout)
                for _ in range(3)
            ]  # fmt: skip
            found[count] = statistics.median(runs)
            engine.drop(name)
        small, large = (found[count] for count in SIZES)
        rows.append({"descriptor": extractor, "dims": dims, "1,000": small, "100,000": large, "more": large - small})
    return rows


def thousand_pictures(folder: Path, datasets: Path | None) -> list[str]:
    """Corel-1k where it is at hand, else as many photographs of noise."""
    if datasets:
        return [one.path for one in walk([str(datasets / "corel1k/images")]).found[:1000]]
    from PIL import Image

    rng = np.random.default_rng(0)
    for number in range(1000):
        small = rng.integers(0, 256, (6, 9, 3), dtype=np.uint8)
        Image.fromarray(small).resize((384, 256)).save(folder / f"{number}.jpg")
    return [str(folder / f"{number}.jpg") for number in range(1000)]


def seconds(data_dir: Path, paths: list[str]) -> dict[str, float]:
    """Of whole commands in new processes: the search, and the interpreter alone beside it."""
    library = Library(Settings(data_dir=data_dir, offline=True))
    library.create("thousand", ["hist-basic"])
    with library.open("thousand", write=True) as opened:
        index(opened, walk(paths))
    environment = os.environ | {"CBIR_DATA_DIR": str(data_dir)}
    program = str(Path(sys.executable).parent / "cbir")
    commands = {
        "cbir search PICTURE": [program, "search", paths[500], "-c", "thousand", "-x", "hist-basic"],
        "python -c pass": [sys.executable, "-c", "pass"],
    }
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(RUNS):
        for name, command in commands.items():
            started = time.perf_counter()
            subprocess.run(command, env=environment, check=True, capture_output=True)
            taken[name].append(time.perf_counter() - started)
    return {name: statistics.median(found) for name, found in taken.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datasets", type=Path)
    parser.add_argument("--keep", action="store_true", help="write benchmarks/results/cold_search.json")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cbir-bench-") as temporary:
        pictures = Path(temporary) / "pictures"
        pictures.mkdir()
        times = seconds(Path(temporary) / "data", thousand_pictures(pictures, arguments.datasets))
        anonymous = memory(Path(temporary) / "data")
    print_table("A new process, 1,000 images, hist-basic", ("command", "median s"), [[*row] for row in times.items()])
    columns = ("descriptor", "dims", "1,000", "100,000", "more")
    print_table("Highest RssAnon in MB", columns, [[row[column] for column in columns] for row in anonymous])
    if arguments.keep:
        keep("cold_search", "python -m benchmarks.cold_search --keep", {"seconds": times, "RssAnon MB": anonymous})


if __name__ == "__main__":
    main()
