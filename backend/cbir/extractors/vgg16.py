"""Descriptors from VGG16: `cnn-hist`, `cnn-basic`, `cnn-conv`, and `vgg16:LAYER` for any of its layers.

Whatever of these is wanted together comes from one forward pass.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cbir.errors import UnknownNameError
from cbir.extractors.channel_histogram import BINS, channel_histograms
from cbir.extractors.scaling import l2_normalised, square
from cbir.extractors.vgg16_network import (
    CONV_WEIGHTS,
    DENSE_WEIGHTS,
    INPUT_SIDE,
    LAYERS,
    LINEAR,
    Network,
    layer_of,
    output_names,
    tensors_used,
)
from cbir.metrics.parallel import available_cores
from cbir.records import RGB, Identity, Matrix
from cbir.registry import did_you_mean
from cbir.weights.base import Weights

LAYER_PREFIX = "vgg16:"

HISTOGRAM_LAYERS = tuple(f"block{block}_conv2" for block in range(1, 6))
GENERALISED_MEAN_POWER = 3
GENERALISED_MEAN_FLOOR = 1e-6

_BATCH = 8
"""Images a run of the network: more are no faster, and their maps would only fill memory (25 MB an image)."""

Values = Sequence[NDArray[np.float32]]
"""A batch's values at an extractor's layers, each (N, …)."""


class Vgg16Pass:
    """One forward pass for all the extractors, as `cbir.extractors.base.Pass`."""

    def __init__(self, extractors: Sequence[Vgg16Extractor], network: Network) -> None:
        self._extractors = tuple(extractors)
        self.network = network

    def prepare(self, image: RGB) -> RGB:
        """The image as the network takes it, (224, 224, 3)."""
        return square(image, INPUT_SIDE)

    def run(self, prepared: Sequence[RGB]) -> dict[str, Matrix]:
        """See `Pass.run`."""
        batches = [self._describe(np.stack(prepared[at : at + _BATCH])) for at in range(0, len(prepared), _BATCH)]
        return {
            extractor.name: np.concatenate(
                [np.empty((0, extractor.dims), np.float32), *(batch[extractor.name] for batch in batches)]
            )
            for extractor in self._extractors
        }

    def _describe(self, images: NDArray[np.uint8]) -> dict[str, Matrix]:
        values = self.network.run(images)
        return {one.name: one.describe([values[layer] for layer in one.layers]) for one in self._extractors}


class Vgg16Family:
    """All extractors of this module, as `cbir.extractors.base.Family`."""

    def open(self, extractors: Sequence[Vgg16Extractor], weights: Weights) -> Vgg16Pass:
        """See `Family.open`."""
        outputs = dict.fromkeys(layer for extractor in extractors for layer in extractor.layers)
        return Vgg16Pass(extractors, Network(list(outputs), weights))


VGG16 = Vgg16Family()


@dataclass(frozen=True, slots=True)
class Vgg16Extractor:
    """A descriptor made from the values at some of VGG16's layers, as `cbir.extractors.base.Extractor`."""

    name: str
    summary: str
    dims: int
    layers: tuple[str, ...]
    """Outputs of the network that it takes."""
    describe: Callable[[Values], Matrix]
    """From the values of N images at these layers to descriptors (N, D)."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    non_negative: bool = True
    default_metric: str = "cosine"
    version: int = 1

    @property
    def weights(self) -> str:
        """The weights that are hardest to have among those needed: dense layers need the convolutions too."""
        return DENSE_WEIGHTS if DENSE_WEIGHTS in tensors_used(self.layers) else CONV_WEIGHTS

    @property
    def family(self) -> Vgg16Family:
        """See `Extractor.family`."""
        return VGG16

    def identity(self, weights: Weights) -> Identity:
        """See `Extractor.identity`; only the tensors up to its deepest layer count."""
        digests = [weights.digest(name, used) for name, used in tensors_used(self.layers).items()]
        return Identity(
            name=self.name,
            version=self.version,
            dims=self.dims,
            non_negative=self.non_negative,
            parameters={
                "network": "VGG16",
                "layers": list(self.layers),
                "input": f"{INPUT_SIDE}x{INPUT_SIDE} by area, Caffe preprocessing",
                **self.parameters,
            },
            weights=digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest(),
        )


def cnn_hist() -> Vgg16Extractor:
    """Histograms of channels from all depths."""
    channels = sum(layer_of(layer).shape[-1] for layer in HISTOGRAM_LAYERS)
    return Vgg16Extractor(
        name="cnn-hist",
        summary="How strongly 1,472 learnt patterns, from edges to parts of objects, appear in the image, wherever "
        "they are. Choose it for scenes and textures.",
        dims=BINS * channels,
        layers=HISTOGRAM_LAYERS,
        describe=_channel_histograms,
        parameters={"bins": BINS},
        default_metric="chi2",
    )


def cnn_basic() -> Vgg16Extractor:
    """The neural code of the last hidden layer."""
    return Vgg16Extractor(
        name="cnn-basic",
        summary="What the image shows, as a network trained on a thousand kinds of object sees it. Choose it for "
        "meaning rather than looks.",
        dims=prod(layer_of("fc2").shape),
        layers=("fc2",),
        describe=_neural_code,
        parameters={"normalisation": "l2"},
    )


def cnn_conv() -> Vgg16Extractor:
    """Generalised-mean pooled maps of the last convolution (Radenović, Tolias, Chum: Fine-tuning CNN image retrieval
    with no human annotation, 2018, equation 3).
    """
    return Vgg16Extractor(
        name="cnn-conv",
        summary="Which parts of objects the image shows, wherever they are. Small, and needs the convolutional "
        "weights only.",
        dims=layer_of("block5_conv3").shape[-1],
        layers=("block5_conv3",),
        describe=_generalised_mean,
        parameters={
            "pooling": "generalised mean",
            "power": GENERALISED_MEAN_POWER,
            "floor": GENERALISED_MEAN_FLOOR,
            "normalisation": "l2",
        },
    )


def layer_code(name: str) -> Vgg16Extractor:
    """The neural code `vgg16:LAYER` (Babenko et al.: Neural codes for image retrieval, 2014).

    Raises:
        UnknownNameError: VGG16 has no such layer.
    """
    output = name.removeprefix(LAYER_PREFIX)
    if output not in output_names():
        raise _no_layer(output)
    linear = output.endswith(LINEAR)
    return Vgg16Extractor(
        name=name,
        summary=f"Values of VGG16's layer {output.removesuffix(LINEAR)}"
        + (" before its activation." * linear or "."),
        dims=prod(layer_of(output).shape),
        layers=(output,),
        describe=_neural_code,
        parameters={"normalisation": "l2"},
        non_negative=not linear,
    )


def _no_layer(output: str) -> UnknownNameError:
    bare = output.removesuffix(LINEAR)
    if bare in LAYERS:
        return UnknownNameError(
            f"VGG16's layer '{bare}' has no activation, so there is no '{output}'.",
            remedy=f"Did you mean '{LAYER_PREFIX}{bare}'?",
        )
    return UnknownNameError(
        f"VGG16 has no layer '{output}'.",
        remedy=did_you_mean(LAYER_PREFIX + bare, [LAYER_PREFIX + one for one in LAYERS]),
    )


def _channel_histograms(values: Values) -> Matrix:
    with ThreadPoolExecutor(available_cores()) as pool:
        return np.stack(list(pool.map(channel_histograms, zip(*values, strict=True))))


def _neural_code(values: Values) -> Matrix:
    (codes,) = values
    return l2_normalised(codes.reshape(len(codes), -1))


def _generalised_mean(values: Values) -> Matrix:
    (maps,) = values
    raised = np.maximum(maps, GENERALISED_MEAN_FLOOR, dtype=np.float64) ** GENERALISED_MEAN_POWER
    return l2_normalised(raised.mean(axis=(1, 2)) ** (1 / GENERALISED_MEAN_POWER))
