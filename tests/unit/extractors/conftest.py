"""Fixtures for neural extractors: random weights, and the same network built by Keras."""

import cv2
import numpy as np
import pytest
from skimage import data
from tests.unit.extractors.fake_weights import FakeWeights, random_tensors

from cbir.extractors.base import Extraction
from cbir.extractors.vgg16 import cnn_basic, cnn_conv, cnn_hist, layer_code
from cbir.tensorflow_runtime import import_tensorflow

LAYER_CODES = [
    "vgg16:block1_pool",
    "vgg16:block5_conv3",
    "vgg16:block5_conv3-linear",
    "vgg16:block5_pool",
    "vgg16:flatten",
    "vgg16:fc1",
    "vgg16:fc1-linear",
    "vgg16:fc2",
    "vgg16:predictions",
    "vgg16:predictions-linear",
]


@pytest.fixture(scope="session")
def photographs():
    """Upright RGB photographs of several shapes."""
    return [data.chelsea(), data.astronaut(), data.coffee(), data.rocket()[:, :200]]


@pytest.fixture(scope="session")
def conv_weights():
    return FakeWeights({"vgg16-conv": random_tensors("vgg16-conv")})


@pytest.fixture(scope="session")
def all_weights(conv_weights):
    return FakeWeights({**conv_weights.sets, "vgg16-dense": random_tensors("vgg16-dense", seed=1)})


@pytest.fixture(scope="session")
def everything(all_weights):
    """An extraction of all kinds of VGG16 descriptors."""
    extraction = Extraction([cnn_hist(), cnn_basic(), cnn_conv(), *map(layer_code, LAYER_CODES)], all_weights)
    extraction.open()
    return extraction


@pytest.fixture(scope="session")
def described(everything, photographs):
    """Every descriptor of the photographs."""
    return everything.run([everything.prepare(image) for image in photographs])


@pytest.fixture(scope="session")
def keras_values(all_weights, photographs):
    """Values of every layer of Keras' own VGG16 with the same weights, through Keras' own preprocessing, by name."""
    import_tensorflow()
    import keras

    model = keras.applications.VGG16(weights=None)
    tensors = all_weights.sets["vgg16-conv"] | all_weights.sets["vgg16-dense"]
    for layer in model.layers:
        if layer.weights:
            layer.set_weights([tensors[f"{layer.name}/kernel"], tensors[f"{layer.name}/bias"]])
    images = [cv2.resize(image, (224, 224), interpolation=cv2.INTER_AREA) for image in photographs]
    pixels = keras.applications.vgg16.preprocess_input(np.stack(images).astype(np.float32))
    layers = [layer for layer in model.layers if layer.name.startswith(("block", "f", "p"))]
    values = keras.Model(model.input, [layer.output for layer in layers])(pixels, training=False)
    return {layer.name: value.numpy() for layer, value in zip(layers, values, strict=True)}
