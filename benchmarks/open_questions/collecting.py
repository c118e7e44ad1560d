"""The one pass over the pictures: what is kept of each, so that every summary can be worked out afterwards.

Of each channel's values in a picture it keeps a fine histogram, eight bins to the octave, and a few moments: any
histogram whose edges are edges of the fine one follows exactly. The pass may be stopped at any time and goes on
where it was.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from benchmarks.open_questions.pictures import Pictures
from cbir.extractors import EXTRACTORS
from cbir.extractors.base import Extraction, Extractor
from cbir.extractors.vgg16 import HISTOGRAM_LAYERS, Values, Vgg16Extractor
from cbir.extractors.vgg16_network import layer_of
from cbir.images.decode import read_image
from cbir.ingest.pipeline import batched, work_ahead
from cbir.records import Matrix
from cbir.weights.base import Weights

TOGETHER = 24
"""Pictures that go into one file; an interruption costs no more."""
DESCRIPTORS = ("hist-basic", "cnn-hist", "cnn-conv", "vgg16:block5_pool")
LAYERS = (*HISTOGRAM_LAYERS, "block5_conv3")

LOWEST, OCTAVES, STEPS = -3, 16, 8
"""The fine histogram reaches from 2**LOWEST over so many octaves, each cut into STEPS of equal width."""
BINS = 2 + OCTAVES * STEPS
"""The first for zero, the second for what is below 2**LOWEST; the last takes all that is larger."""
EDGES = np.concatenate(
    [[0.0, 0.0], *(2.0**octave * (1 + np.arange(STEPS) / STEPS) for octave in range(LOWEST, LOWEST + OCTAVES))]
)
"""Lower edge of each bin; the first two meet in zero."""
MOMENTS = ("minimum", "maximum", "mean", "mean of squares", "mean of cubes", "mean of fourth powers")

_MANTISSA_BITS = 23 - 3
_FIRST = (LOWEST + 127) * STEPS


@njit(nogil=True, cache=True)
def _count(bits: NDArray[np.int32], counts: NDArray[np.float32]) -> None:
    """Add the values (pixels, channels) of a map after ReLU, as their bit patterns, to counts (channels, BINS)."""
    for pixel in range(bits.shape[0]):
        for channel in range(bits.shape[1]):
            pattern = bits[pixel, channel]
            step = (pattern >> _MANTISSA_BITS) - _FIRST
            place = 0 if pattern <= 0 else min(max(step, -1), OCTAVES * STEPS - 1) + 2
            counts[channel, place] += 1


@njit(nogil=True, cache=True)
def _power_means(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Means of the first four powers of each column of values (pixels, channels): (4, channels)."""
    sums = np.zeros((4, values.shape[1]))
    for pixel in range(values.shape[0]):
        for channel in range(values.shape[1]):
            value = np.float64(values[pixel, channel])
            square = value * value
            sums[0, channel] += value
            sums[1, channel] += square
            sums[2, channel] += square * value
            sums[3, channel] += square * square
    return sums / values.shape[0]


def _fine(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """(height, width, channels) to (channels, BINS + moments)."""
    flat = values.reshape(-1, values.shape[-1])
    found = np.zeros((flat.shape[1], BINS + len(MOMENTS)), np.float32)
    _count(flat.view(np.int32), found[:, :BINS])
    found[:, BINS], found[:, BINS + 1] = flat.min(axis=0), flat.max(axis=0)
    found[:, BINS + 2 :] = _power_means(flat).T
    return found


def _describe(values: Values) -> Matrix:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        kept = pool.map(
            lambda maps: np.concatenate([_fine(one) for one in maps]).reshape(-1), zip(*values, strict=True)
        )
        return np.stack(list(kept))


def _statistics() -> Vgg16Extractor:
    """The statistics in the guise of an extractor, so that they share the forward pass."""
    channels = sum(layer_of(layer).shape[-1] for layer in LAYERS)
    return Vgg16Extractor("statistics", "", channels * (BINS + len(MOMENTS)), LAYERS, _describe)


@dataclass(frozen=True, slots=True)
class Collected:
    """What was kept of a set's pictures."""

    folder: Path
    count: int

    def descriptor(self, name: str) -> Matrix:
        """(pictures, D)."""
        return self._read(_file_name(name))

    def counts(self, layer: str) -> NDArray[np.uint16]:
        """(pictures, channels, BINS)."""
        return self._read(f"{layer}-counts")

    def moments(self, layer: str) -> NDArray[np.float32]:
        """(pictures, channels, len(MOMENTS))."""
        return self._read(f"{layer}-moments")

    def _read(self, what: str) -> NDArray:
        parts = [np.load(self.folder / f"{start:05}" / f"{what}.npy") for start in range(0, self.count, TOGETHER)]
        return np.concatenate(parts)


def collect(pictures: Pictures, folder: Path, weights: Weights) -> Collected:
    """Run what is lacking of the pass over one set."""
    target = folder / pictures.name
    starts = [at for at in range(0, len(pictures.paths), TOGETHER) if not (target / f"{at:05}").exists()]
    if starts:
        extractors: list[Extractor] = [EXTRACTORS.get(name) for name in DESCRIPTORS]
        extraction = Extraction([*extractors, _statistics()], weights)
        for start in starts:
            began = time.perf_counter()
            paths = pictures.paths[start : start + TOGETHER]
            _keep(target / f"{start:05}", _extracted(paths, extraction))
            rate = len(paths) / (time.perf_counter() - began)
            print(f"{pictures.name}: {start + len(paths)} of {len(pictures.paths)}, {rate:.1f} a second", flush=True)
    return Collected(target, len(pictures.paths))


def _extracted(paths: Sequence[str], extraction: Extraction) -> dict[str, Matrix]:
    def batches() -> Iterator[dict[str, Matrix]]:
        prepared = work_ahead(paths, lambda path: extraction.prepare(read_image(path).pixels), window=TOGETHER)
        for batch in batched(prepared, 8):
            yield extraction.run(batch)

    parts = list(batches())
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _keep(target: Path, found: dict[str, Matrix]) -> None:
    """Write a folder of arrays, complete or not at all."""
    unfinished = target.with_name(f"{target.name}.part")
    unfinished.mkdir(parents=True, exist_ok=True)
    statistics = found.pop("statistics")
    rows = statistics.reshape(len(statistics), -1, BINS + len(MOMENTS))
    ends = np.cumsum([layer_of(layer).shape[-1] for layer in LAYERS])
    for layer, values in zip(LAYERS, np.split(rows, ends[:-1], axis=1), strict=True):
        np.save(unfinished / f"{layer}-counts.npy", values[:, :, :BINS].astype(np.uint16))
        np.save(unfinished / f"{layer}-moments.npy", values[:, :, BINS:])
    for name, matrix in found.items():
        np.save(unfinished / f"{_file_name(name)}.npy", matrix)
    unfinished.rename(target)


def _file_name(extractor: str) -> str:
    return extractor.replace(":", "-")


def pixels(layer: str) -> int:
    """Values of one channel of one picture."""
    return prod(layer_of(layer).shape[:-1])
