"""The two passes of `channel_histogram` over a map; importing this module compiles them, or loads them from numba's
cache.

Channels lie side by side in memory, so the inner loops run over channels and compile to vector instructions. Both
release the GIL.
"""

from __future__ import annotations

from typing import Any

from numba import njit, types

_MAP = types.Array(types.float32, 2, "C", readonly=True)
_ROW = types.Array(types.float32, 1, "C")
_COUNTS = types.Array(types.int32, 1, "C")


@njit(types.void(_MAP, _ROW, _ROW), nogil=True, cache=True)
def bounds(values: Any, low: Any, high: Any) -> None:
    """Write the least and the greatest value of each column of ``values`` (pixels, channels)."""
    low[:] = values[0]
    high[:] = values[0]
    for pixel in range(values.shape[0]):
        for channel in range(values.shape[1]):
            low[channel] = min(low[channel], values[pixel, channel])
            high[channel] = max(high[channel], values[pixel, channel])


@njit(types.void(_MAP, _ROW, _ROW, _COUNTS, _COUNTS), nogil=True, cache=True)
def counts(values: Any, first: Any, second: Any, reached_first: Any, reached_second: Any) -> None:
    """Add to each channel's two counts how many of its values reach its two edges."""
    for pixel in range(values.shape[0]):
        for channel in range(values.shape[1]):
            value = values[pixel, channel]
            reached_first[channel] += value >= first[channel]
            reached_second[channel] += value >= second[channel]
