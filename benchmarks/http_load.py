"""The server under load: clients that search by id, all the time, on loopback.

    python -m benchmarks.http_load [--seconds 60] [--clients 16] [--images 25000]

`cbir serve` runs as a person would start it, with its two web processes; the clients are threads of another process,
on the same cores, each with a connection that stays open. One table row a situation: nothing else happens; a folder
of photographs is indexed into the same collection meanwhile; Elasticsearch is stopped and started again meanwhile,
where answers other than 503 while it is away count as errors.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.exact_search import descriptors
from benchmarks.servers import running_cluster
from benchmarks.table import keep, print_table
from cbir.engines import open_engine
from cbir.extractors import EXTRACTORS
from cbir.records import Identity, ImageEntry, ImageRecord
from cbir.settings import Settings, read_settings
from cbir.weights.store import WeightStore

BATCH = 1000
CODE = Identity("code", 1, 4096, non_negative=True)
"""Like a dense layer after ReLU: imported, so that nothing has to be extracted."""
AWAY_AFTER, AWAY_FOR = 0.25, 0.25
"""Shares of the time: when the cluster goes away, and for how long."""


@dataclass
class Tally:
    """What clients saw."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    """Of each answer with status 200."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def row(self, name: str, elapsed: float) -> list[Any]:
        times = 1000 * np.array(self.seconds)
        errors = sum(count for status, count in self.statuses.items() if status not in (200, 503))
        quantiles = [float(np.percentile(times, share)) for share in (50, 95, 99)]
        return [name, len(times) / elapsed, *quantiles, float(times.max()), self.statuses[503], errors]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def served(settings: Settings, *roots: Path) -> Iterator[int]:
    """The port of a `cbir serve` that lives as long as the block."""
    port = free_port()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CBIR_")}
    environment |= {
        "CBIR_DATA_DIR": str(settings.data_dir),
        "CBIR_CACHE_DIR": str(settings.cache_dir),
        "CBIR_ENGINE": settings.engine,
        "CBIR_ELASTICSEARCH_URL": settings.elasticsearch_url,
        "CBIR_ELASTICSEARCH_TIMEOUT": "10",
        "CBIR_SERVER_RATE": "100000000",
    }
    command = [str(Path(sys.executable).with_name("cbir")), "serve", *map(str, roots), "--port", str(port)]
    log = settings.data_dir / "serve.log"
    with log.open("wb") as output:
        server = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            deadline = time.monotonic() + 60
            while request(HTTPConnection("127.0.0.1", port, timeout=5), "GET", "/health")[0] != 200:
                if server.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"cbir serve does not answer:\n{log.read_text()}")
                time.sleep(0.2)
            yield port
        finally:
            server.terminate()
            server.wait(30)


def request(connection: HTTPConnection, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
    """Status and body of an answer; status 0 where there was none."""
    try:
        headers = {"content-type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, HTTPException):
        connection.close()
        return 0, b""


@dataclass(frozen=True)
class Target:
    """What clients search in."""

    port: int
    ids: list[str]
    extractor: str
    metric: str


def search(target: Target, seconds: float, clients: int) -> Tally:
    """Clients that search with random images for some time."""
    tally, end = Tally(), time.monotonic() + seconds

    def client(seed: int) -> None:
        choose = random.Random(seed)
        connection = HTTPConnection("127.0.0.1", target.port, timeout=60)
        while time.monotonic() < end:
            image = choose.choice(target.ids)
            body = {"image_id": image, "extractor": target.extractor, "metric": target.metric, "k": 10}
            started = time.perf_counter()
            status, data = request(connection, "POST", "/api/v1/search", body)
            took = time.perf_counter() - started
            if status == 200 and len(json.loads(data)["hits"]) != 10:
                status = -1
            with tally.lock:
                tally.statuses[status] += 1
                if status == 200:
                    tally.seconds.append(took)

    threads = [threading.Thread(target=client, args=(seed,)) for seed in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tally


def fill(settings: Settings, identity: Identity, images: int) -> list[str]:
    """A collection of images that have no files; their ids."""
    engine = open_engine(settings)
    engine.create("default", [identity])
    ids = [f"{number:064x}" for number in range(images)]
    with engine.open("default", write=True) as opened:
        for start in range(0, images, BATCH):
            part = ids[start : start + BATCH]
            rows = descriptors(len(part), identity.dims, seed=start)
            opened.upsert(
                [
                    ImageEntry(ImageRecord(image, 640, 480, "JPEG"), {identity.name: row})
                    for image, row in zip(part, rows, strict=True)
                ]
            )
    return ids


def photographs(folder: Path, count: int) -> Path:
    """A folder of pictures to be indexed meanwhile."""
    folder.mkdir()
    noise = np.random.default_rng(0)
    for number in range(count):
        coarse = Image.fromarray(noise.integers(0, 256, (48, 64, 3), dtype=np.uint8))
        coarse.resize((1280, 960)).save(folder / f"{number}.jpg", quality=85)
    return folder


class Bench:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.rows: list[list[Any]] = []

    def run(self, name: str, target: Target) -> Tally:
        search(target, 3, 4)
        started = time.monotonic()
        tally = search(target, self.options.seconds, self.options.clients)
        self.rows.append(tally.row(name, time.monotonic() - started))
        print(*self.rows[-1], dict(tally.statuses), flush=True)
        return tally

    def embedded(self, folder: Path) -> None:
        settings = read_settings({"data_dir": folder / "code", "cache_dir": folder / "cache"}, environment={})
        ids = fill(settings, CODE, self.options.images)
        with served(settings) as port:
            self.run("embedded, 4096 dims, cosine", Target(port, ids, CODE.name, "cosine"))
            self.run("embedded, 4096 dims, chi2", Target(port, ids, CODE.name, "chi2"))
        settings = replace(settings, data_dir=folder / "hist")
        identity = EXTRACTORS.get("hist-basic").identity(
            WeightStore(settings.weights_dir, offline=True, announce=print)
        )
        ids = fill(settings, identity, self.options.images)
        pictures = photographs(folder / "pictures", int(40 * self.options.seconds))
        with served(settings, pictures) as port:
            self.run("embedded, 405 dims, chi2", Target(port, ids, identity.name, "chi2"))
            connection = HTTPConnection("127.0.0.1", port, timeout=60)
            status, data = request(connection, "POST", "/api/v1/collections/default/folders", {"path": str(pictures)})
            assert status == 202, data
            self.run("the same while a folder is indexed", Target(port, ids, identity.name, "chi2"))
            job = json.loads(request(connection, "GET", "/api/v1/jobs")[1])
            print(json.dumps(job)[:600])

    def cluster(self, folder: Path) -> None:
        with running_cluster(folder / "cluster") as (connected, cluster):
            settings = replace(connected, engine="elasticsearch", cache_dir=folder / "cache")
            settings.data_dir.mkdir()
            identity = EXTRACTORS.get("hist-basic").identity(
                WeightStore(settings.weights_dir, offline=True, announce=print)
            )
            ids = fill(settings, identity, self.options.images)
            with served(settings) as port:
                self.run("Elasticsearch, 405 dims, chi2", Target(port, ids, identity.name, "chi2"))
                node = cluster.nodes[0]

                def away() -> None:
                    time.sleep(AWAY_AFTER * self.options.seconds)
                    node.stop()
                    time.sleep(AWAY_FOR * self.options.seconds)
                    cluster.restart(node)

                beside = threading.Thread(target=away)
                beside.start()
                self.run("the same, the cluster stopped and started", Target(port, ids, identity.name, "chi2"))
                beside.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--images", type=int, default=25_000)
    parser.add_argument("--only", choices=["embedded", "cluster"])
    parser.add_argument("--keep", action="store_true", help="write benchmarks/results/http_load.json")
    options = parser.parse_args()
    bench = Bench(options)
    parts: dict[str, Callable[[Path], None]] = {"embedded": bench.embedded, "cluster": bench.cluster}
    with tempfile.TemporaryDirectory() as folder:
        for name, part in parts.items():
            if options.only in (None, name):
                part(Path(folder))
    columns = ["situation", "searches/s", "median ms", "p95", "p99", "longest", "503", "errors"]
    print_table(f"{options.clients} clients, {options.images:,} images, {options.seconds:g} s", columns, bench.rows)
    if options.keep:
        rows = [dict(zip(columns, row, strict=True)) for row in bench.rows]
        keep("http_load", "python -m benchmarks.http_load", {"options": vars(options), "rows": rows})


if __name__ == "__main__":
    main()
