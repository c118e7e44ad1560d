"""How long a person waits for the answer to an uploaded picture, against the network's forward pass alone.

    python -m benchmarks.http_upload [--rounds 40]

`cbir serve` runs as a person would start it, warm. Each round uploads a picture nobody has seen, once for each
extractor and size, and computes one forward pass of the same network in this process, in turn, so that whatever else
the machine does falls on all alike. Figures are medians. The collection holds 1,000 images.
"""

from __future__ import annotations

import argparse
import http.client
import io
import json
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from benchmarks.exact_search import descriptors
from benchmarks.http_load import served
from benchmarks.table import keep, print_table
from cbir.engines import open_engine
from cbir.extractors import EXTRACTORS
from cbir.extractors.base import Extraction
from cbir.records import ImageEntry, ImageRecord
from cbir.settings import Settings, read_settings
from cbir.weights.store import WeightStore

IMAGES = 1000
NEURAL, COLOUR = "cnn-conv", "hist-basic"
SIZES = {"640 x 480": (640, 480), "12 megapixels": (4000, 3000)}
BOUNDARY = "a-boundary-that-no-picture-holds"


def picture(size: tuple[int, int], random: np.random.Generator) -> bytes:
    """A JPEG with coarse and fine structure, of about the size of a photograph's file."""
    coarse = Image.fromarray(random.integers(0, 256, (30, 40, 3), dtype=np.uint8)).resize(size)
    fine = random.normal(0, 6, (size[1], size[0], 1))
    data = io.BytesIO()
    Image.fromarray(np.clip(np.asarray(coarse) + fine, 0, 255).astype(np.uint8)).save(data, "JPEG", quality=88)
    return data.getvalue()


def fill(settings: Settings, weights: WeightStore) -> None:
    identities = [EXTRACTORS.get(name).identity(weights) for name in (COLOUR, NEURAL)]
    engine = open_engine(settings)
    engine.create("default", identities)
    rows = {one.name: descriptors(IMAGES, one.dims, seed=1) for one in identities}
    with engine.open("default", write=True) as opened:
        opened.upsert(
            [
                ImageEntry(
                    ImageRecord(f"{number:064x}", 640, 480, "JPEG"), {name: m[number] for name, m in rows.items()}
                )
                for number in range(IMAGES)
            ]
        )


def upload(connection: http.client.HTTPConnection, data: bytes, extractor: str) -> tuple[float, dict[str, float]]:
    """Milliseconds of a search by upload, from the first byte sent to the last received, and what the server says."""
    fields = {"extractor": extractor, "k": "10"}
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = 'Content-Disposition: form-data; name="image"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    body = b"".join([*parts, f"--{BOUNDARY}\r\n{head}".encode(), data, f"\r\n--{BOUNDARY}--\r\n".encode()])
    started = time.perf_counter()
    connection.request("POST", "/api/v1/search", body, {"content-type": f"multipart/form-data; boundary={BOUNDARY}"})
    answer = connection.getresponse()
    content = answer.read()
    took = 1000 * (time.perf_counter() - started)
    assert answer.status == 200, content
    return took, json.loads(content)["steps_ms"]


def memory(settings: Settings) -> dict[str, float]:
    """MiB that belong to each of the server's processes alone, by what it is."""
    here = str(settings.data_dir)
    found: dict[str, float] = defaultdict(float)
    for process in psutil.process_iter():
        try:
            if process.environ().get("CBIR_DATA_DIR") != here:
                continue
            words = " ".join(process.cmdline())
            name = next((name for name in ("describing", "jobs", "gunicorn") if name in words), "supervisor")
            found[f"{name} {process.pid}"] += process.memory_full_info().uss / 2**20
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return dict(sorted(found.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--keep", action="store_true", help="write benchmarks/results/http_upload.json")
    options = parser.parse_args()
    random = np.random.default_rng(int(time.time()))
    took: dict[str, list[float]] = defaultdict(list)
    steps: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings({"data_dir": Path(folder) / "data"}, environment={})
        weights = WeightStore(settings.weights_dir, offline=True, announce=print)
        fill(settings, weights)
        passes = Extraction([EXTRACTORS.get(NEURAL)], weights)
        prepared = passes.prepare(np.zeros((224, 224, 3), np.uint8))
        with served(settings) as port:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
            for turn in range(options.rounds + 4):
                figures: dict[str, float] = {}
                started = time.perf_counter()
                passes.run([prepared])
                figures["forward pass alone"] = 1000 * (time.perf_counter() - started)
                for size, shape in SIZES.items():
                    for extractor in (COLOUR, NEURAL):
                        name = f"{extractor}, {size}"
                        figures[name], parts = upload(connection, picture(shape, random), extractor)
                        if turn >= 4:
                            for step, milliseconds in parts.items():
                                steps[name][step].append(milliseconds)
                if turn >= 4:
                    for name, one in figures.items():
                        took[name].append(one)
            used = memory(settings)
    medians = {name: float(np.median(times)) for name, times in took.items()}
    alone = medians["forward pass alone"]
    rows = [
        [
            name,
            median,
            float(np.percentile(took[name], 95)),
            median - alone if NEURAL in name else "",
            " ".join(f"{step} {np.median(times):.0f}" for step, times in steps[name].items()),
        ]
        for name, median in medians.items()
    ]
    print_table("An upload, warm", ["what", "median ms", "p95", "over the pass", "steps, ms"], rows)
    print_table("Memory of its own", ["process", "MiB"], list(used.items()))
    if options.keep:
        figures = {"milliseconds": medians, "MiB": used}
        keep("http_upload", "python -m benchmarks.http_upload", figures)


if __name__ == "__main__":
    main()
