"""Ingest throughput against the bare forward pass, over the same images, interleaved in one process.

    python -m benchmarks.ingest --datasets FOLDER

The bare forward pass runs the same network up to the same layer on pictures that are in memory and resized
already, at its best batch size, and throws its output away. Ingest walks, reads, hashes, decodes, describes
(hist-basic, cnn-hist and cnn-conv from one pass) and commits. Chunks of the folder alternate between the two.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from benchmarks.table import keep, print_table
from cbir.collection import Library
from cbir.extractors.scaling import square
from cbir.extractors.vgg16_network import INPUT_SIDE, Network
from cbir.images.decode import read_image
from cbir.ingest.indexing import IndexOptions, index
from cbir.ingest.walk import Walk, walk
from cbir.progress import Silent
from cbir.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cbir.collection import Collection
    from cbir.records import RGB, Location

EXTRACTORS = ("hist-basic", "cnn-hist", "cnn-conv")
DEEPEST = "block5_conv3"
BATCHES = (1, 4, 8, 16, 32)
CHUNK = 100


def bare(network: Network, pictures: Sequence[RGB], batch: int) -> float:
    """Images a second of the network alone."""
    started = time.perf_counter()
    for at in range(0, len(pictures), batch):
        network.run(np.stack(pictures[at : at + batch]))
    return len(pictures) / (time.perf_counter() - started)


def best_batch(network: Network, pictures: Sequence[RGB]) -> tuple[int, dict[int, float]]:
    """The batch size with the highest rate, from interleaved rounds."""
    rates: dict[int, list[float]] = {size: [] for size in BATCHES}
    for _ in range(3):
        for size in BATCHES:
            rates[size].append(bare(network, pictures, size))
    medians = {size: statistics.median(found) for size, found in rates.items()}
    return max(medians, key=lambda size: medians[size]), medians


def compare(
    name: str, locations: Sequence[Location], collection: Collection, settings: Settings
) -> dict[str, object]:
    """Alternate bare passes and ingest over the same chunks of one folder."""
    network = Network([DEEPEST], collection.weights)
    first = [square(read_image(one.path).pixels, INPUT_SIDE) for one in locations[:32]]
    bare(network, first, BATCHES[-1])
    batch, by_batch = best_batch(network, first)
    index(collection, Walk(found=list(locations[:16])), IndexOptions(batch_size=settings.batch_size), Silent())
    seconds = {"bare": 0.0, "ingest": 0.0}
    count = 0
    ratios = []
    rest = locations[16:]
    for at in range(0, len(rest), CHUNK):
        chunk = list(rest[at : at + CHUNK])
        pictures = [square(read_image(one.path).pixels, INPUT_SIDE) for one in chunk]
        bare_rate = bare(network, pictures, batch)
        started = time.perf_counter()
        report = index(collection, Walk(found=chunk), IndexOptions(batch_size=settings.batch_size), Silent())
        took = time.perf_counter() - started
        assert report.added == len(chunk), report
        seconds["bare"] += len(chunk) / bare_rate
        seconds["ingest"] += took
        ratios.append(len(chunk) / took / bare_rate)
        count += len(chunk)
    return {
        "folder": name,
        "images": count,
        "best batch": batch,
        "bare by batch": {str(size): round(rate, 2) for size, rate in by_batch.items()},
        "bare images/s": count / seconds["bare"],
        "ingest images/s": count / seconds["ingest"],
        "ratio": seconds["bare"] / seconds["ingest"],
        "median ratio": statistics.median(ratios),
    }


def large_photographs(folder: Path, count: int) -> None:
    """Photographs of 12 megapixels, as a camera writes them: enlarged real ones with sensor-like noise."""
    from skimage import data

    rng = np.random.default_rng(0)
    sources = [Image.fromarray(make()) for make in (data.astronaut, data.chelsea, data.coffee, data.rocket)]
    for number in range(count):
        source = sources[number % len(sources)].resize((4000, 3000), Image.Resampling.BICUBIC)
        noise = rng.integers(-6, 7, (3000, 4000, 1), dtype=np.int16)
        pixels = np.clip(np.asarray(source, np.int16) + noise, 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.jpg", quality=92)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datasets", type=Path, required=True)
    parser.add_argument("--images", type=int, default=1000, help="of corel1k")
    parser.add_argument("--large", type=int, default=80, help="12-megapixel photographs")
    parser.add_argument("--keep", action="store_true", help="write benchmarks/results/ingest.json")
    arguments = parser.parse_args()
    weights_dir = read_settings(environment=os.environ).weights_dir
    results = []
    with tempfile.TemporaryDirectory(prefix="cbir-bench-") as temporary:
        settings = Settings(data_dir=Path(temporary) / "data", weights_dir=weights_dir)
        library = Library(settings)
        large = Path(temporary) / "large"
        large.mkdir()
        large_photographs(large, arguments.large)
        folders = {"corel1k": arguments.datasets / "corel1k/images", "12 megapixels": large}
        for name, folder in folders.items():
            collection = name.replace(" ", "-")
            library.create(collection, EXTRACTORS)
            with library.open(collection, write=True) as opened:
                results.append(compare(name, walk([str(folder)]).found[: arguments.images], opened, settings))
    columns = ("folder", "images", "best batch", "bare images/s", "ingest images/s", "ratio", "median ratio")
    print_table("Ingest against the bare forward pass", columns, [[row[c] for c in columns] for row in results])
    if arguments.keep:
        keep("ingest", "python -m benchmarks.ingest --datasets FOLDER --keep", results)


if __name__ == "__main__":
    main()
