"""`cnn-hist-fixed`: as `cnn-hist`, but what is weak, middling and strong in a channel is the same for every image.

`cnn-hist` lays its bins between the least and the greatest value of the channel in each image, so that a faint trace
of a pattern and a strong one count alike. Here the edges between the bins were learnt once, from photographs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cbir.extractors.channel_histogram import BINS
from cbir.extractors.vgg16 import HISTOGRAM_LAYERS, Values, Vgg16Extractor
from cbir.extractors.vgg16_network import layer_of
from cbir.metrics.parallel import available_cores
from cbir.records import Matrix, Vector

CALIBRATION = Path(__file__).with_name("cnn_hist_fixed.json")

ChannelEdges = NDArray[np.float32]
"""The two edges between a layer's bins (2, channels), ascending; a value on an edge lies above it."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was learnt, and from what."""

    rule: str
    source: str
    licence: str
    edges: tuple[ChannelEdges, ...]
    """For each of `HISTOGRAM_LAYERS`."""

    @property
    def digest(self) -> str:
        """SHA-256 of all edges, little-endian, in order."""
        return hashlib.sha256(b"".join(one.astype("<f4").tobytes() for one in self.edges)).hexdigest()


@cache
def calibration() -> Calibration:
    """The one that comes with the program, read once."""
    stored = json.loads(CALIBRATION.read_text(encoding="utf-8"))
    edges = tuple(np.array(stored["edges"][layer], np.float32) for layer in HISTOGRAM_LAYERS)
    for one in edges:
        one.flags.writeable = False
    return Calibration(stored["rule"], stored["source"], stored["licence"], edges)


def fixed_histograms(maps: Sequence[NDArray[np.float32]], edges: Sequence[ChannelEdges]) -> Vector:
    """One descriptor from the feature maps of one image.

    Args:
        maps: each (height, width, channels), C-contiguous; they stay as they are.
        edges: for each map.

    Returns:
        (3 · channels of all maps,): for each map in order, for each channel, the shares of its values below the
        first edge, between the two, and from the second on, over the number of channels; the whole sums to 1.
    """
    shares = [_shares(values, own) for values, own in zip(maps, edges, strict=True)]
    channels = sum(len(one) for one in shares)
    return (np.concatenate(shares) / channels).astype(np.float32).reshape(-1)


def _shares(values: NDArray[np.float32], edges: ChannelEdges) -> NDArray[np.float64]:
    """(channels, 3)."""
    from cbir.extractors.channel_kernels import counts

    pixels = values.reshape(-1, values.shape[-1])
    reached = np.zeros(edges.shape, np.int32)
    counts(pixels, *(np.array(edge) for edge in edges), *reached)
    low, high = reached / len(pixels)
    return np.stack([1 - low, low - high, high], axis=1)


def _describe(values: Values) -> Matrix:
    edges = calibration().edges
    with ThreadPoolExecutor(available_cores()) as pool:
        return np.stack(list(pool.map(lambda maps: fixed_histograms(maps, edges), zip(*values, strict=True))))


def cnn_hist_fixed() -> Vgg16Extractor:
    """Histograms of channels from all depths, with fixed edges."""
    return Vgg16Extractor(
        name="cnn-hist-fixed",
        summary="As cnn-hist, but strong means the same in every image: a faint trace of a pattern does not count as "
        "much as the pattern itself.",
        dims=BINS * sum(layer_of(layer).shape[-1] for layer in HISTOGRAM_LAYERS),
        layers=HISTOGRAM_LAYERS,
        describe=_describe,
        parameters={"bins": BINS, "edges": f"fixed, sha256 {calibration().digest}"},
        default_metric="chi2",
    )
