"""Ways to summarise a channel's values in a picture by three numbers, so that 1,472 channels give 4,416.

A histogram is two inner edges a channel. Edges that are fixed come from a calibration set and are rounded to edges of
the fine histogram, so what is graded is exactly what an extractor with these edges would describe.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from benchmarks.open_questions.collecting import BINS, EDGES, MOMENTS, Collected, pixels
from cbir.extractors.vgg16 import HISTOGRAM_LAYERS

Floats = NDArray[np.float64]
Edges = NDArray[np.intp]
"""Number of the fine bin that begins at each edge (channels, inner edges)."""

_SMALLEST_POSITIVE = 1
_FIRST_EDGE = 2
_POWERS = {1: "mean", 2: "mean of squares", 3: "mean of cubes", 4: "mean of fourth powers"}


@dataclass(frozen=True, slots=True)
class LayerValues:
    """One layer over some pictures."""

    cumulative: NDArray[np.uint16]
    """(pictures, channels, BINS): values in this fine bin or a lower one."""
    moments: NDArray[np.float32]
    """(pictures, channels, len(MOMENTS))."""
    pixels: int

    def moment(self, name: str) -> Floats:
        """(pictures, channels)."""
        return self.moments[:, :, MOMENTS.index(name)].astype(np.float64)

    def reaching(self, edges: Edges) -> Floats:
        """Share of the values that reach each edge: (pictures, channels, inner edges)."""
        below = np.take_along_axis(self.cumulative, edges[None] - 1, axis=2)
        return 1 - below / self.pixels

    def pooled(self) -> Floats:
        """Share of all pictures' values in each fine bin: (channels, BINS)."""
        shares = self.cumulative.mean(axis=0) / self.pixels
        return np.diff(shares, axis=1, prepend=0)


def load_layer(collected: Collected, layer: str) -> LayerValues:
    """What was collected of one layer."""
    counts = collected.counts(layer)
    return LayerValues(np.cumsum(counts, axis=2, dtype=np.uint16), collected.moments(layer), pixels(layer))


def together(sets: Sequence[LayerValues]) -> LayerValues:
    """Several sets as one."""
    if len(sets) == 1:
        return sets[0]
    cumulative = np.concatenate([one.cumulative for one in sets])
    return LayerValues(cumulative, np.concatenate([one.moments for one in sets]), sets[0].pixels)


def nearest(values: Floats) -> Edges:
    """The fine edge nearest to each value, by ratio."""
    logs = np.log(EDGES[_FIRST_EDGE:])
    places = np.abs(np.log(np.maximum(values, EDGES[_FIRST_EDGE]))[..., None] - logs).argmin(axis=-1)
    return places + _FIRST_EDGE


EdgeRule = Callable[[LayerValues], Edges]
"""From a calibration set to the inner edges."""


def fractions(*shares: float) -> EdgeRule:
    """These shares of the median of the channel's maximum."""
    return lambda known: nearest(np.median(known.moment("maximum"), axis=0)[:, None] * np.array(shares))


def quantiles(*shares: float, positive: bool) -> EdgeRule:
    """Quantiles of all values together, or of those above zero."""

    def rule(known: LayerValues) -> Edges:
        pooled = known.pooled()
        if positive:
            pooled[:, 0] = 0
        total = np.cumsum(pooled, axis=1)
        reached = total[:, None, :] >= np.array(shares)[:, None] * total[:, None, -1:]
        return np.clip(reached.argmax(axis=2) + 1, _SMALLEST_POSITIVE, BINS - 1)

    return rule


def zero_and(rule: EdgeRule) -> EdgeRule:
    """The first bin for zeros alone; the rest by another rule."""

    def edges(known: LayerValues) -> Edges:
        rest = rule(known)
        return np.concatenate([np.full((len(rest), 1), _SMALLEST_POSITIVE), rest], axis=1)

    return edges


def histogram(rule: EdgeRule, known: LayerValues, values: LayerValues) -> Floats:
    """Shares of the values between the edges: (pictures, channels, edges + 1)."""
    reached = values.reaching(rule(known))
    ends = np.ones((*reached.shape[:2], 1))
    return -np.diff(np.concatenate([ends, reached, 0 * ends], axis=2), axis=2)


Statistic = Callable[[LayerValues], Floats]
"""(pictures, channels), non-negative."""


def power_mean(power: int) -> Statistic:
    """Generalised mean."""
    return lambda values: values.moment(_POWERS[power]) ** (1 / power)


def maximum(values: LayerValues) -> Floats:
    """Maximum."""
    return values.moment("maximum")


def deviation(values: LayerValues) -> Floats:
    """Standard deviation."""
    return np.sqrt(np.maximum(values.moment("mean of squares") - values.moment("mean") ** 2, 0))


def zeros(values: LayerValues) -> Floats:
    """Share of zeros."""
    return values.cumulative[:, :, 0] / values.pixels


def statistics(ways: Sequence[Statistic], known: LayerValues, values: LayerValues) -> Floats:
    """Each statistic divided by its mean over the calibration set: (pictures, channels, ways)."""
    scaled = []
    for way in ways:
        means = way(known).mean(axis=0)
        scaled.append(way(values) / np.where(means > 0, means, 1))
    return np.stack(scaled, axis=2)


Summary = Callable[[LayerValues, LayerValues], Floats]
"""From the calibration set's and the graded set's values of a layer to (pictures, channels, numbers)."""

FIXED, FIXED_EDGES = "3/4, 3/2 of the median maximum", fractions(3 / 4, 3 / 2)
"""The rule of the product's `cnn-hist-fixed`."""
HISTOGRAMS: Mapping[str, Summary] = {
    name: partial(histogram, rule)
    for name, rule in {
        FIXED: FIXED_EDGES,
        "3/4, 1 of the median maximum": fractions(3 / 4, 1),
        "1/2, 1 of the median maximum": fractions(1 / 2, 1),
        "1/2, 3/4 of the median maximum": fractions(1 / 2, 3 / 4),
        "1/3, 2/3 of the median maximum": fractions(1 / 3, 2 / 3),
        "1/4, 1/2 of the median maximum": fractions(1 / 4, 1 / 2),
        "1/8, 1/2 of the median maximum": fractions(1 / 8, 1 / 2),
        "equal mass": quantiles(1 / 3, 2 / 3, positive=False),
        "quantiles 0.9, 0.99": quantiles(0.9, 0.99, positive=False),
        "quantiles 0.99, 0.999": quantiles(0.99, 0.999, positive=False),
        "quantiles 0.9, 0.99 of positive values": quantiles(0.9, 0.99, positive=True),
        "zeros, median of positive values": zero_and(quantiles(0.5, positive=True)),
    }.items()
}
STATISTICS: Mapping[str, Summary] = {
    "mean, maximum, deviation": partial(statistics, (power_mean(1), maximum, deviation)),
    "generalised means 1, 2, 4": partial(statistics, (power_mean(1), power_mean(2), power_mean(4))),
    "generalised means 1, 3, infinity": partial(statistics, (power_mean(1), power_mean(3), maximum)),
    "zeros, mean, maximum": partial(statistics, (zeros, power_mean(1), maximum)),
}
ONE_NUMBER: Mapping[str, Summary] = {
    "mean": partial(statistics, (power_mean(1),)),
    "generalised mean 3": partial(statistics, (power_mean(3),)),
    "maximum": partial(statistics, (maximum,)),
}


def described(
    summary: Summary, known: Mapping[str, LayerValues], values: Mapping[str, LayerValues]
) -> NDArray[np.float32]:
    """All layers' channels one after the other, as `cnn-hist` does: (pictures, D); a histogram's numbers sum to 1."""
    parts = [summary(known[layer], values[layer]) for layer in HISTOGRAM_LAYERS]
    rows = np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1)
    channels = sum(part.shape[1] for part in parts)
    return (rows / channels).astype(np.float32)
