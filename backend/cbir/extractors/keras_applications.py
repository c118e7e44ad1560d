"""`keras:NAME`: any model of `keras.applications`, its last feature maps averaged over the image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cbir.errors import UnknownNameError, WeightsError
from cbir.extractors.scaling import l2_normalised, square
from cbir.records import RGB, Identity, Matrix
from cbir.registry import did_you_mean
from cbir.tensorflow_runtime import import_tensorflow, view
from cbir.weights.base import Weights

PREFIX = "keras:"

_PIXELS_A_RUN = 8 * 224 * 224
"""Bounds the memory of a run of the model, whatever the size of its input."""

RELU = True
SIGNED = False

_IMAGENET_DEVIATION = (0.229, 0.224, 0.225)
"""Of red, green and blue."""


@dataclass(frozen=True, slots=True)
class Model:
    """What is known of a model without building it; the tests compare it with Keras."""

    module: str
    """Of `keras.applications`: there its preprocessing is found."""
    side: int
    """Pixels of the square that it was trained on."""
    channels: int
    """Of its last feature maps."""
    non_negative: bool
    """Whether these come straight out of a ReLU."""
    deviation: tuple[float, ...] = ()
    """Where the model as published divides its normalised input by the roots of these once more, a channel each."""


MODELS = {
    "ConvNeXtBase": Model("convnext", 224, 1024, SIGNED),
    "ConvNeXtLarge": Model("convnext", 224, 1536, SIGNED),
    "ConvNeXtSmall": Model("convnext", 224, 768, SIGNED),
    "ConvNeXtTiny": Model("convnext", 224, 768, SIGNED),
    "ConvNeXtXLarge": Model("convnext", 224, 2048, SIGNED),
    "DenseNet121": Model("densenet", 224, 1024, RELU),
    "DenseNet169": Model("densenet", 224, 1664, RELU),
    "DenseNet201": Model("densenet", 224, 1920, RELU),
    "EfficientNetB0": Model("efficientnet", 224, 1280, SIGNED, _IMAGENET_DEVIATION),
    "EfficientNetB1": Model("efficientnet", 240, 1280, SIGNED, _IMAGENET_DEVIATION),
    "EfficientNetB2": Model("efficientnet", 260, 1408, SIGNED, _IMAGENET_DEVIATION),
    "EfficientNetB3": Model("efficientnet", 300, 1536, SIGNED, _IMAGENET_DEVIATION),
    "EfficientNetB4": Model("efficientnet", 380, 1792, SIGNED, _IMAGENET_DEVIATION),
    "EfficientNetB5": Model("efficientnet", 456, 2048, SIGNED, _IMAGENET_DEVIATION),
    "EfficientNetB6": Model("efficientnet", 528, 2304, SIGNED, _IMAGENET_DEVIATION),
    "EfficientNetB7": Model("efficientnet", 600, 2560, SIGNED, _IMAGENET_DEVIATION),
    "EfficientNetV2B0": Model("efficientnet_v2", 224, 1280, SIGNED),
    "EfficientNetV2B1": Model("efficientnet_v2", 240, 1280, SIGNED),
    "EfficientNetV2B2": Model("efficientnet_v2", 260, 1408, SIGNED),
    "EfficientNetV2B3": Model("efficientnet_v2", 300, 1536, SIGNED),
    "EfficientNetV2L": Model("efficientnet_v2", 480, 1280, SIGNED),
    "EfficientNetV2M": Model("efficientnet_v2", 480, 1280, SIGNED),
    "EfficientNetV2S": Model("efficientnet_v2", 384, 1280, SIGNED),
    "InceptionResNetV2": Model("inception_resnet_v2", 299, 1536, RELU),
    "InceptionV3": Model("inception_v3", 299, 2048, RELU),
    "MobileNet": Model("mobilenet", 224, 1024, RELU),
    "MobileNetV2": Model("mobilenet_v2", 224, 1280, RELU),
    "MobileNetV3Large": Model("mobilenet_v3", 224, 960, SIGNED),
    "MobileNetV3Small": Model("mobilenet_v3", 224, 576, SIGNED),
    "NASNetLarge": Model("nasnet", 331, 4032, RELU),
    "NASNetMobile": Model("nasnet", 224, 1056, RELU),
    "ResNet101": Model("resnet", 224, 2048, RELU),
    "ResNet101V2": Model("resnet_v2", 224, 2048, RELU),
    "ResNet152": Model("resnet", 224, 2048, RELU),
    "ResNet152V2": Model("resnet_v2", 224, 2048, RELU),
    "ResNet50": Model("resnet", 224, 2048, RELU),
    "ResNet50V2": Model("resnet_v2", 224, 2048, RELU),
    "VGG16": Model("vgg16", 224, 512, RELU),
    "VGG19": Model("vgg19", 224, 512, RELU),
    "Xception": Model("xception", 299, 2048, RELU),
}
"""Every model of `keras.applications`, by name."""


class KerasPass:
    """One model, as `cbir.extractors.base.Pass`."""

    def __init__(self, extractor: KerasExtractor, weights: Weights) -> None:
        """Load weights, then TensorFlow, build the model and trace it once, for batches of any size.

        Raises:
            WeightsError: the model's weights are not there, or are not this model's.
        """
        self._extractor = extractor
        self._batch = max(1, _PIXELS_A_RUN // extractor.model.side**2)
        tensors = list(weights.tensors(extractor.weights).values())
        self._graph = _trace(extractor, tensors)

    def prepare(self, image: RGB) -> RGB:
        """The image as the model takes it."""
        return square(image, self._extractor.model.side)

    def run(self, prepared: Sequence[RGB]) -> dict[str, Matrix]:
        """See `Pass.run`."""
        batches = [
            self._describe(np.stack(prepared[at : at + self._batch])) for at in range(0, len(prepared), self._batch)
        ]
        return {self._extractor.name: np.concatenate([np.empty((0, self._extractor.dims), np.float32), *batches])}

    def _describe(self, images: NDArray[np.uint8]) -> Matrix:
        maps = view(self._graph(import_tensorflow().constant(images)))
        return l2_normalised(maps.mean(axis=(1, 2), dtype=np.float64))


@dataclass(frozen=True, slots=True)
class KerasExtractor:
    """A model as an extractor, which shares its work with no other; its own family."""

    name: str
    model: Model
    default_metric: str = "cosine"
    version: int = 1

    @property
    def summary(self) -> str:
        """See `Extractor.summary`."""
        return f"What the image shows, by {self.name.removeprefix(PREFIX)} of Keras, averaged over the image."

    @property
    def dims(self) -> int:
        """See `Extractor.dims`."""
        return self.model.channels

    @property
    def non_negative(self) -> bool:
        """See `Extractor.non_negative`."""
        return self.model.non_negative

    @property
    def weights(self) -> str:
        """Weights of a model have the extractor's name."""
        return self.name

    @property
    def family(self) -> KerasExtractor:
        """See `Extractor.family`."""
        return self

    def open(self, extractors: Sequence[KerasExtractor], weights: Weights) -> KerasPass:
        """See `Family.open`."""
        (extractor,) = extractors
        return KerasPass(extractor, weights)

    def identity(self, weights: Weights) -> Identity:
        """See `Extractor.identity`."""
        return Identity(
            name=self.name,
            version=self.version,
            dims=self.dims,
            non_negative=self.non_negative,
            parameters={
                "network": self.name.removeprefix(PREFIX),
                "input": f"{self.model.side}x{self.model.side} by area, the model's own preprocessing",
                "pooling": "mean",
                "normalisation": "l2",
            },
            weights=weights.digest(self.weights),
        )


def keras_extractor(name: str) -> KerasExtractor:
    """The extractor `keras:NAME`.

    Raises:
        UnknownNameError: `keras.applications` has no such model.
    """
    model = MODELS.get(name.removeprefix(PREFIX))
    if model is None:
        raise UnknownNameError(
            f"Keras has no model '{name.removeprefix(PREFIX)}'.",
            remedy=did_you_mean(name, [PREFIX + known for known in MODELS]),
        )
    return KerasExtractor(name, model)


def _trace(extractor: KerasExtractor, tensors: Sequence[NDArray[np.float32]]) -> Any:
    """A graph from uint8 images (N, side, side, 3) to the last feature maps (N, h, w, channels)."""
    tf = import_tensorflow()
    from keras import applications

    side = extractor.model.side
    build = getattr(applications, extractor.name.removeprefix(PREFIX))
    preprocess = getattr(applications, extractor.model.module).preprocess_input
    network = build(weights=None, include_top=False, input_shape=(side, side, 3))
    try:
        network.set_weights(tensors)
    except ValueError as error:
        raise WeightsError(
            f"The weights '{extractor.weights}' do not fit that model: {error}",
            remedy=f"Fetch them again with `cbir weights fetch {extractor.weights}`.",
        ) from None
    _settle_normalisation(network, extractor.model.deviation)

    def forward(images: Any) -> Any:
        return network(preprocess(tf.cast(images, tf.float32)), training=False)

    pixels = tf.TensorSpec((None, side, side, 3), tf.uint8)
    return tf.function(forward, autograph=False).get_concrete_function(pixels)


def _settle_normalisation(network: Any, deviation: tuple[float, ...]) -> None:
    """Do for layers that normalise the input what Keras does only when it loads published weights itself.

    It recomputes their constants from the weights, and EfficientNet gets a further division, which is here part of
    the variance.
    """
    from keras.layers import Normalization

    for layer in network.layers:
        if isinstance(layer, Normalization):
            if deviation:
                layer.adapt_variance.assign(layer.adapt_variance * np.asarray(deviation, np.float32))
            layer.finalize_state()
