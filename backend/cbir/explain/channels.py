"""`cnn-hist` read: how often which channel of which layer is weak, middling or strong."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cbir.explain.parts import Grouping, Kind, Part, Region
from cbir.extractors.channel_histogram import BINS
from cbir.extractors.vgg16 import HISTOGRAM_LAYERS
from cbir.extractors.vgg16_network import layer_of
from cbir.metrics.base import Float64
from cbir.records import Vector


@dataclass(frozen=True, slots=True)
class ChannelLayer:
    """One layer's histograms."""

    name: str
    height: int
    """Of its maps."""
    width: int
    values: Float64
    """(channels, 3): the stored values of each channel, weak to strong."""


@dataclass(frozen=True, slots=True)
class ChannelFigure:
    """The histograms of all channels, layer by layer."""

    layers: tuple[ChannelLayer, ...]


class ChannelReader:
    """See `cbir.explain.readers.Reader`."""

    kind: Kind = "channels"
    regions: tuple[Region, ...] = ()

    @cached_property
    def channels(self) -> tuple[tuple[int, int], ...]:
        """For each channel of the descriptor its layer, as its place among them, and its number in the layer."""
        return tuple(
            (place, channel)
            for place, layer in enumerate(HISTOGRAM_LAYERS)
            for channel in range(layer_of(layer).shape[-1])
        )

    @property
    def dims(self) -> int:
        """See `Reader.dims`."""
        return BINS * len(self.channels)

    @cached_property
    def groupings(self) -> tuple[Grouping, ...]:
        """By layer and by channel."""
        channel = np.arange(self.dims) // BINS
        layer = np.array([place for place, _ in self.channels])[channel]
        return (
            Grouping("layer", layer, len(HISTOGRAM_LAYERS), lambda group: Part(layer=HISTOGRAM_LAYERS[group])),
            Grouping("channel", channel, len(self.channels), self._channel),
        )

    def part(self, dim: int) -> Part:
        """See `Reader.part`."""
        place, channel = self.channels[dim // BINS]
        return Part(dim=dim, layer=HISTOGRAM_LAYERS[place], channel=channel, level=dim % BINS)

    def figure(self, vector: Vector) -> ChannelFigure:
        """See `Reader.figure`."""
        values = vector.astype(np.float64).reshape(-1, BINS)
        shapes = [layer_of(layer).shape for layer in HISTOGRAM_LAYERS]
        ends = np.cumsum([shape[-1] for shape in shapes])
        return ChannelFigure(
            tuple(
                ChannelLayer(layer, shape[0], shape[1], values[end - shape[-1] : end])
                for layer, shape, end in zip(HISTOGRAM_LAYERS, shapes, ends, strict=True)
            )
        )

    def _channel(self, group: int) -> Part:
        place, channel = self.channels[group]
        return Part(layer=HISTOGRAM_LAYERS[place], channel=channel)
