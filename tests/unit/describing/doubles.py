"""Extractors whose descriptors follow from a formula, and a describer's process that has them.

`python -m tests.unit.describing.doubles DATA_DIR LOG [VERSION]` serves until it is told to end. LOG gets a line for
each pass: the number of its images.
"""

import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cbir.describing.server import serve
from cbir.errors import WeightsError
from cbir.extractors import EXTRACTORS
from cbir.records import Identity
from cbir.settings import Settings


class NoWeights:
    """For extractors that ask for none."""

    def digest(self, name, tensors=None):
        raise AssertionError(name, tensors)


@dataclass(eq=False)
class Means:
    """The mean of each colour channel (3,), so that a picture of one colour has that colour for its descriptor."""

    name: str = "means"
    version: int = 1
    passes: list = field(default_factory=list)
    """The number of images of each pass."""
    threads: set = field(default_factory=set)
    """Those on which passes ran."""
    log: Path | None = None
    """A file that is told the same."""
    takes_s: float = 0.0
    """Seconds of a pass."""
    gate: threading.Event | None = None
    """A pass waits until this is set."""
    running: threading.Event = field(default_factory=threading.Event)
    """A pass has begun."""
    summary: str = ""
    dims: int = 3
    non_negative: bool = True
    default_metric: str = "euclidean"
    weights: str = "means"

    @property
    def family(self):
        return self

    def identity(self, _weights):
        return Identity(self.name, self.version, self.dims, self.non_negative)

    def open(self, *_):
        return self

    def prepare(self, image):
        return image.mean(axis=(0, 1), dtype=np.float64)

    def run(self, prepared):
        self.passes.append(len(prepared))
        self.threads.add(threading.get_ident())
        if self.log:
            with self.log.open("a") as log:
                log.write(f"{len(prepared)}\n")
        self.running.set()
        time.sleep(self.takes_s)
        if self.gate:
            assert self.gate.wait(60)
        return {self.name: np.array(prepared, np.float32)}


class Broken(Means):
    """Another package's extractor, with a fault in it."""

    def run(self, prepared):
        raise ZeroDivisionError("a fault")


class Weightless(Means):
    """An extractor whose weights cannot be had."""

    def open(self, *_):
        raise WeightsError("The weights are not there.", remedy="Fetch them.")


def plain(colour, height=4, width=6):
    """A picture of one colour."""
    return np.full((height, width, 3), colour, np.uint8)


if __name__ == "__main__":
    data_dir, log, version = Path(sys.argv[1]), Path(sys.argv[2]), int(([*sys.argv, "1"])[3])
    EXTRACTORS.register("means", lambda: Means(version=version))
    EXTRACTORS.register("slow", lambda: Means("slow", version, log=log, takes_s=0.2))
    serve(Settings(data_dir=data_dir, weights_dir=data_dir / "weights", offline=True))
