"""Small embedded collections."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import numpy as np
import pytest

from cbir.engines.embedded.engine import EmbeddedEngine
from cbir.records import Identity, ImageEntry, ImageRecord, Location

IDENTITY = Identity("dense", 1, 8, non_negative=True)


def entries(count: int, *, start: int = 0, dims: int = 8) -> list[ImageEntry]:
    """Image number n has descriptor values that tell n."""
    return [
        ImageEntry(
            ImageRecord(f"{n:064x}", 4, 3, "PNG", (Location(f"/photos/{n}.png", n, n, "/photos"),), ("label",)),
            {"dense": np.arange(1, dims + 1, dtype=np.float32) + n},
        )
        for n in range(start, start + count)
    ]


@pytest.fixture
def engine(tmp_path):
    return EmbeddedEngine(tmp_path / "collections")


@pytest.fixture
def folder(engine):
    """The folder of a collection of 20 images, closed."""
    engine.create("photos", [IDENTITY])
    with engine.open("photos", write=True) as collection:
        collection.upsert(entries(20))
    return engine.folder / "photos"


PREAMBLE = """
import os, sys
from pathlib import Path
import numpy as np
from cbir.engines.base import Filter, SearchRequest
from cbir.engines.embedded.engine import EmbeddedEngine
from cbir.errors import CbirError
from cbir.metrics import METRICS
from cbir.records import Identity, ImageEntry, ImageRecord, Location
from cbir.strategies import STRATEGIES
METRICS.names(), STRATEGIES.names()
engine = EmbeddedEngine(Path(sys.argv[1]))

def entries(count, start=0, dims=8):
    return [
        ImageEntry(ImageRecord(f"{n:064x}", 4, 3, "PNG"), {"dense": np.arange(1, dims + 1, dtype=np.float32) + n})
        for n in range(start, start + count)
    ]

def best(collection, k=3):
    (ranking,) = collection.search(SearchRequest("dense", "euclidean", k), np.arange(1, 9, dtype=np.float32)[None])
    return [int(hit.id, 16) for hit in ranking.hits]
"""


@pytest.fixture
def start():
    """Starts Python on a piece of code that finds `engine`, `entries` and `best` ready."""
    running = []

    def begin(code: str, folder, *, wrapper=()) -> subprocess.Popen[str]:
        command = [*wrapper, sys.executable, "-c", PREAMBLE + textwrap.dedent(code), str(folder)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        running.append(process)
        return process

    yield begin
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def run(start):
    """Runs such a piece of code to its end and gives what it printed."""

    def finish(code: str, folder, *, wrapper=()) -> str:
        process = start(code, folder, wrapper=wrapper)
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, output
        return output

    return finish
