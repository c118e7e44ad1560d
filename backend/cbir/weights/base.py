"""What extractors need of weights: named tensors and a digest of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Tensor = NDArray[np.float32]


class Weights(Protocol):
    """Weights by name (`vgg16-conv`, `vgg16-dense`, `keras:EfficientNetV2B0`)."""

    def available(self, name: str) -> bool:
        """Whether these weights are in the cache."""

    def tensors(self, name: str) -> Mapping[str, Tensor]:
        """The canonical float32 tensors, by `LAYER/kernel` and `LAYER/bias` for VGG16, in layer order.

        Weights that are not in the cache are fetched first, with an announcement, unless that is switched off.

        Raises:
            WeightsError: not in the cache and not to be had; the remedy says how to get them.
        """

    def digest(self, name: str, tensors: Sequence[str] | None = None) -> str:
        """Lowercase hex SHA-256 over the canonical tensors, or over those named: equal for the same weights
        whatever file they came from.

        Raises:
            WeightsError: as `tensors`.
        """
