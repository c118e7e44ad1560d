"""VGG16 (Simonyan, Zisserman: Very deep convolutional networks, 2014, table 1, column D) up to the layers wanted.

Written in TensorFlow's own operations, of which oneDNN runs a convolution, its bias and its ReLU as one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cbir.tensorflow_runtime import import_tensorflow, view
from cbir.weights.base import Tensor, Weights

INPUT_SIDE = 224
"""Pixels of the square that the network takes."""
LINEAR = "-linear"
"""Ending of a layer's name that means its values before ReLU or softmax."""

CONV_WEIGHTS = "vgg16-conv"
DENSE_WEIGHTS = "vgg16-dense"

_CAFFE_MEAN_BGR = (103.939, 116.779, 123.68)

Maps = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer by Keras' name: its weighted sum, if it has one, and what follows that."""

    name: str
    shape: tuple[int, ...]
    """Of its values for one image: (height, width, channels) or (units,)."""
    activate: Callable[[Any], Any]
    weigh: Callable[[Any, Any, Any], Any] | None = None
    """From the values before and the layer's kernel and bias to its sums."""
    weights: str = ""
    """Name of the weights that hold its kernel and bias."""

    @property
    def tensors(self) -> tuple[str, ...]:
        """Names of its kernel and bias among its weights."""
        return (f"{self.name}/kernel", f"{self.name}/bias") if self.weigh else ()


def convolve(values: Any, kernel: Any, bias: Any) -> Any:
    """3 x 3 convolution with the border kept."""
    tf = import_tensorflow()
    return tf.nn.bias_add(tf.nn.conv2d(values, kernel, strides=1, padding="SAME"), bias)


def connect(values: Any, kernel: Any, bias: Any) -> Any:
    """A dense layer.

    The first row is worked out twice: one image alone would go another way (matrix times vector), whose rounding
    differs, and a descriptor must not depend on the images that happen to share its batch.
    """
    tf = import_tensorflow()
    return tf.nn.bias_add(tf.matmul(tf.concat([values, values[:1]], axis=0), kernel)[:-1], bias)


def rectify(values: Any) -> Any:
    """ReLU."""
    return import_tensorflow().nn.relu(values)


def halve(values: Any) -> Any:
    """2 x 2 maximum, step 2."""
    return import_tensorflow().nn.max_pool2d(values, ksize=2, strides=2, padding="VALID")


def flatten(values: Any) -> Any:
    """Maps as one row an image: height, width, channel."""
    return import_tensorflow().reshape(values, (-1, int(np.prod(values.shape[1:]))))


def soften(values: Any) -> Any:
    """Softmax."""
    return import_tensorflow().nn.softmax(values)


def _layers() -> list[Layer]:
    layers: list[Layer] = []
    side = INPUT_SIDE
    for block, (convolutions, channels) in enumerate([(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)], start=1):
        for number in range(1, convolutions + 1):
            name = f"block{block}_conv{number}"
            layers.append(Layer(name, (side, side, channels), rectify, convolve, CONV_WEIGHTS))
        side //= 2
        layers.append(Layer(f"block{block}_pool", (side, side, channels), halve))
    layers.append(Layer("flatten", (side * side * channels,), flatten))
    layers += [Layer(name, (4096,), rectify, connect, DENSE_WEIGHTS) for name in ("fc1", "fc2")]
    layers.append(Layer("predictions", (1000,), soften, connect, DENSE_WEIGHTS))
    return layers


LAYERS: Mapping[str, Layer] = {layer.name: layer for layer in _layers()}
"""By name, in the order in which they follow each other."""


def output_names() -> list[str]:
    """Everything that can be taken out of the network: each layer and, where it has one, its `…-linear`."""
    return [
        name for layer in LAYERS.values() for name in (layer.name, layer.name + LINEAR)[: 2 if layer.weigh else 1]
    ]


def layer_of(output: str) -> Layer:
    """The layer that an output's name means."""
    return LAYERS[output.removesuffix(LINEAR)]


def layers_up_to(outputs: Sequence[str]) -> list[Layer]:
    """The layers that must run for these outputs, the deepest last."""
    names = list(LAYERS)
    deepest = max(names.index(layer_of(output).name) for output in outputs)
    return [LAYERS[name] for name in names[: deepest + 1]]


def tensors_used(outputs: Sequence[str]) -> dict[str, list[str]]:
    """For each set of weights that these outputs need, the names of the tensors."""
    used: dict[str, list[str]] = {}
    for layer in layers_up_to(outputs):
        if layer.tensors:
            used.setdefault(layer.weights, []).extend(layer.tensors)
    return used


class Network:
    """The network, cut off behind the deepest layer that is wanted."""

    def __init__(self, outputs: Sequence[str], weights: Weights) -> None:
        """Load weights, then TensorFlow, and trace the graph once, for batches of any size.

        Raises:
            WeightsError: weights that one of the ``outputs`` needs are not there.
        """
        self.outputs = tuple(outputs)
        self._layers = layers_up_to(outputs)
        found = {
            tensor: tensors[tensor]
            for name, used in tensors_used(outputs).items()
            for tensors in [weights.tensors(name)]
            for tensor in used
        }
        self._graph = self._trace(found)

    def run(self, images: NDArray[np.uint8]) -> Maps:
        """The values of each output, (N, …) as the layer's shape says, for RGB images (N, 224, 224, 3).

        The arrays are read-only views of TensorFlow's memory.
        """
        tf = import_tensorflow()
        return {name: view(tensor) for name, tensor in self._graph(tf.constant(images)).items()}

    def _trace(self, tensors: Mapping[str, Tensor]) -> Any:
        tf = import_tensorflow()
        constants = {name: tf.constant(tensor) for name, tensor in tensors.items()}
        pixels = tf.TensorSpec((None, INPUT_SIDE, INPUT_SIDE, 3), tf.uint8)

        def forward(images: Any) -> dict[str, Any]:
            return self._forward(tf.reverse(tf.cast(images, tf.float32), [-1]) - _CAFFE_MEAN_BGR, constants)

        return tf.function(forward, autograph=False).get_concrete_function(pixels)

    def _forward(self, values: Any, constants: Mapping[str, Any]) -> dict[str, Any]:
        wanted = {}
        for layer in self._layers:
            if layer.weigh:
                values = layer.weigh(values, *(constants[name] for name in layer.tensors))
                wanted[layer.name + LINEAR] = values
            values = layer.activate(values)
            wanted[layer.name] = values
        return {name: wanted[name] for name in self.outputs}
