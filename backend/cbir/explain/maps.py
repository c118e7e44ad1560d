"""Feature maps: where in an image the channels of a layer of VGG16 answer, and how strongly."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cbir.describing.base import Describer
from cbir.errors import InvalidRequestError
from cbir.extractors import EXTRACTORS
from cbir.extractors.base import Extractor
from cbir.extractors.vgg16 import LAYER_PREFIX
from cbir.extractors.vgg16_network import LAYERS, layer_of
from cbir.records import RGB

MAP_LAYERS = tuple(name for name, layer in LAYERS.items() if len(layer.shape) == len(("height", "width", "channel")))
"""The layers that have maps, the shallowest first: convolutions after ReLU, and pooling."""
GAP = 1
"""Pixels between two maps."""
GAP_GREY = 96
"""Between the black of a silent place and the white of the loudest."""

Maps = NDArray[np.float32]


def extractor_of(layer: str) -> Extractor:
    """The neural code that holds a layer's maps."""
    return EXTRACTORS.get(LAYER_PREFIX + layer)


def chosen_channels(layer: str, channels: Sequence[int], first: int) -> tuple[int, ...]:
    """The channels that are named, or else the ``first`` ones of the layer.

    Raises:
        InvalidRequestError: a channel that the layer does not have, or one that is named twice.
    """
    count = layer_of(layer).shape[-1]
    if unknown := [channel for channel in channels if not 0 <= channel < count]:
        raise InvalidRequestError(
            f"The layer {layer} has no channel {unknown[0]}.", remedy=f"Name channels from 0 to {count - 1}."
        )
    if len(set(channels)) < len(channels):
        raise InvalidRequestError("A channel is named twice.", remedy="Name each channel once.")
    return tuple(channels) or tuple(range(min(first, count)))


def feature_maps(image: RGB, layer: str, describer: Describer) -> Maps:
    """A layer's maps of an upright image, (height, width, channels), up to one positive factor.

    Raises:
        WeightsError, UnavailableError: as `Describer.describe`.
    """
    return describer.describe(image, extractor_of(layer)).reshape(layer_of(layer).shape)


def montage(maps: Maps, channels: Sequence[int]) -> NDArray[np.uint8]:
    """Maps (height, width, channels) side by side as one greyscale picture.

    Row by row, ⌈√N⌉ in a row, `GAP` pixels of grey between them and nothing around them; each scaled so that its own
    maximum is white and 0 is black. A map of zeros is black.
    """
    height, width = maps.shape[:2]
    columns = math.isqrt(len(channels) - 1) + 1
    rows = math.ceil(len(channels) / columns)
    sheet = np.full((rows * (height + GAP) - GAP, columns * (width + GAP) - GAP), GAP_GREY, np.uint8)
    for place, channel in enumerate(channels):
        top, left = place // columns * (height + GAP), place % columns * (width + GAP)
        sheet[top : top + height, left : left + width] = _scaled(maps[:, :, channel])
    return sheet


def png(sheet: NDArray[np.uint8]) -> bytes:
    """A greyscale picture (H, W) as a file."""
    file = io.BytesIO()
    Image.fromarray(sheet).save(file, "PNG")
    return file.getvalue()


def _scaled(values: Maps) -> NDArray[np.uint8]:
    highest = float(values.max())
    shares = np.maximum(values, 0.0) / highest if highest > 0 else np.zeros_like(values)
    return np.rint(255 * shares).astype(np.uint8)
