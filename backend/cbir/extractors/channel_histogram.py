"""Histograms of feature maps, channel by channel: how often a channel is weak, middling and strong in an image.

Three equal bins between the channel's minimum and maximum in this image. A value belongs to the upper of two bins
that meet in it, as in `np.histogram` over float64, except that a constant channel lies wholly in the first bin.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cbir.records import Vector

BINS = 3


def channel_histograms(maps: Sequence[NDArray[np.float32]]) -> Vector:
    """One descriptor from the feature maps of one image.

    Args:
        maps: each (height, width, channels), C-contiguous; they stay as they are.

    Returns:
        (3 · channels of all maps,): for each map in order, for each channel, its three bins. Every channel's
        histogram sums to one over the number of channels, so the whole sums to 1.
    """
    histograms = [_histogram(values.reshape(-1, values.shape[-1])) for values in maps]
    channels = sum(len(histogram) for histogram in histograms)
    return (np.concatenate(histograms) / channels).astype(np.float32).reshape(-1)


def warm() -> None:
    """Compile the kernels, or load them from numba's cache, so that the first image does not pay for it."""
    from cbir.extractors import channel_kernels  # noqa: F401 -- the import is what compiles


def _histogram(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Shares of each channel's values in its bins: (pixels, channels) to (channels, 3)."""
    from cbir.extractors.channel_kernels import bounds, counts

    pixels, channels = values.shape
    low, high = np.empty((2, channels), np.float32)
    reached = np.zeros((2, channels), np.int32)
    bounds(values, low, high)
    first, second = _inner_edges(low, high)
    counts(values, first, second, *reached)
    at_least_first, at_least_second = reached.astype(np.float64)
    bins = np.stack([pixels - at_least_first, at_least_first - at_least_second, at_least_second], axis=1)
    shares: NDArray[np.float64] = bins / pixels
    return shares


def _inner_edges(low: NDArray[np.float32], high: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """The two edges between the bins, each the smallest float32 that is not below the float64 edge.

    A float32 value reaches that number exactly if it reaches the float64 edge, so kernels may compare in float32.
    No value reaches the edges of a constant channel.
    """
    step = (high.astype(np.float64) - low) / BINS
    rounded = []
    for edge in (low + step, low + 2 * step):
        nearest = edge.astype(np.float32)
        above = np.where(nearest < edge, np.nextafter(nearest, np.float32(np.inf)), nearest)
        rounded.append(np.where(low == high, np.float32(np.inf), above))
    return rounded
