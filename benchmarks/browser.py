"""What a person's browser does with the pages: a real Chromium against `cbir serve`, both on this machine.

    python -m benchmarks.browser [--runs 5] [--keep]

A collection of 1,000 made pictures with `hist-basic`. Each run starts with an empty cache: it opens the search page,
then a search, and turns the wheel until every hit has gone by. Figures are medians of the runs.

A task is long from 50 ms on, as the browser's own observer counts it: by the clock, so whatever else the machine does
counts as well. Beside it stands the processor time of the longest task, which is the pages' own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.http_load import served
from benchmarks.table import keep, print_table
from cbir.settings import Settings, read_settings

FRONTEND = Path(__file__).parent.parent / "frontend"
IMAGES = 1000
SIZES = ((640, 480), (480, 640), (800, 450), (600, 600), (900, 400))
COLLECTION = "default"
FIGURES = {
    "usable_ms": ("first search page usable, ms", "< 1000"),
    "script_gzip_bytes": ("its scripts, bytes gzipped", "<= 250000"),
    "first_page_shift": ("layout shift while it comes", "0"),
    "hits_seen": ("hits scrolled by", "1000"),
    "shift": ("layout shift in the results", "0"),
    "long_tasks": ("tasks over 50 ms while scrolling", "0"),
    "longest_ms": ("the longest of them, ms", ""),
    "busiest_ms": ("the busiest task, ms of processor time", "< 50"),
}
"""By the name that `frontend/bench/browser.mjs` gives it: in words, and what was set as the aim."""


def pictures(folder: Path, count: int) -> Path:
    """Pictures of several proportions, no two alike."""
    folder.mkdir()
    random = np.random.default_rng(0)
    for number in range(count):
        coarse = Image.fromarray(random.integers(0, 256, (6, 8, 3), dtype=np.uint8))
        coarse.resize(SIZES[number % len(SIZES)]).save(folder / f"{number:04}.jpg", quality=85)
    return folder


def index(settings: Settings, folder: Path) -> None:
    environment = os.environ | {"CBIR_DATA_DIR": str(settings.data_dir), "CBIR_CACHE_DIR": str(settings.cache_dir)}
    cbir = str(Path(sys.executable).with_name("cbir"))
    command = [cbir, "index", str(folder), "--collection", COLLECTION, "--extractors", "hist-basic"]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


def measured(port: int, runs: int) -> list[dict[str, Any]]:
    """What the browser saw, a dictionary a run."""
    command = ["node", "bench/browser.mjs", f"http://127.0.0.1:{port}", COLLECTION, str(IMAGES), str(runs)]
    done = subprocess.run(command, cwd=FRONTEND, stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--keep", action="store_true", help="write benchmarks/results/browser.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = read_settings({"data_dir": folder / "data", "cache_dir": folder / "cache"}, environment={})
        settings.data_dir.mkdir()
        index(settings, pictures(folder / "pictures", IMAGES))
        load = os.getloadavg()[0]
        with served(settings) as port:
            runs = measured(port, options.runs)
    figures = {key: median(run[key] for run in runs) for key in FIGURES}
    rows = [[said, figures[key], wanted] for key, (said, wanted) in FIGURES.items()]
    print_table(f"Chromium, median of {options.runs} runs", ["what", "measured", "wanted"], rows)
    if options.keep:
        kept = {"median": figures, "runs": runs, "load_before": load, "cores": os.cpu_count()}
        keep("browser", "python -m benchmarks.browser", kept)


if __name__ == "__main__":
    main()
