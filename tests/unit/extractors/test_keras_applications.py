"""`keras:NAME` against Keras, which loads a file of weights by its own path there."""

import inspect

import numpy as np
import pytest
from tests.unit.extractors.fake_weights import FakeWeights

from cbir.errors import UnknownNameError, WeightsError
from cbir.extractors import EXTRACTORS
from cbir.extractors.base import Extraction
from cbir.extractors.keras_applications import MODELS
from cbir.extractors.scaling import square
from cbir.tensorflow_runtime import import_tensorflow

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras with numpy 2


@pytest.fixture(scope="module")
def applications():
    import_tensorflow()
    from keras import applications

    return applications


def inputs_of(applications, name, images):
    """Images as the model of this name takes them, by Keras' own preprocessing."""
    preprocess = getattr(applications, MODELS[name].module).preprocess_input
    return preprocess(np.stack([square(image, MODELS[name].side) for image in images]).astype(np.float32))


def published(applications, name, images, file):
    """A model as Keras builds it when it loads published weights, from a file of weights made up here."""
    import keras
    from keras.layers import BatchNormalization, Normalization
    from keras.src.utils import file_utils

    keras.utils.set_random_seed(7)
    random = getattr(applications, name)(weights=None, include_top=False)
    for layer in random.layers:
        if isinstance(layer, Normalization):
            layer.set_weights([np.array([0.4, 0.5, 0.6]), np.array([0.2, 0.3, 0.4]), np.array(0)])
    random.save_weights(file)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_utils, "get_file", lambda *_, **__: file)
        side = MODELS[name].side
        model = getattr(applications, name)(weights="imagenet", include_top=False, input_shape=(side, side, 3))
    for layer in model.layers:
        if isinstance(layer, BatchNormalization):
            layer.momentum = 0
    model(
        inputs_of(applications, name, images), training=True
    )  # fits its statistics, so that signals live to the end
    return model


@pytest.mark.parametrize("name", ["EfficientNetB0", "MobileNetV2"])
def test_descriptors_are_the_mean_of_the_last_maps_of_the_model_as_keras_loads_it(
    applications, photographs, tmp_path, name
):
    """EfficientNetB0 normalises its input within the model, by weights; MobileNetV2 outside it."""
    model = published(applications, name, photographs, tmp_path / "made_up.weights.h5")
    tensors = {f"{index:04d}/{weight.name}": weight.numpy() for index, weight in enumerate(model.weights)}
    extraction = Extraction([EXTRACTORS.get(f"keras:{name}")], FakeWeights({f"keras:{name}": tensors}))
    prepared = [extraction.prepare(image) for image in photographs]
    found = extraction.run(prepared)[f"keras:{name}"]

    maps = np.asarray(model(inputs_of(applications, name, photographs), training=False))
    means = maps.astype(np.float64).mean(axis=(1, 2))
    expected = means / np.linalg.norm(means, axis=1, keepdims=True)
    assert (expected @ expected.T - np.eye(len(photographs))).max() < 0.97
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(extraction.run(prepared[:1])[f"keras:{name}"], found[:1], rtol=1e-3, atol=1e-4)
    assert found.shape == (4, MODELS[name].channels)
    assert (found.min() >= 0) == MODELS[name].non_negative


def test_the_table_has_every_model_of_keras_in_its_module(applications):
    builders = [
        (name, builder)
        for name, builder in inspect.getmembers(applications, inspect.isfunction)
        if "include_top" in inspect.signature(builder).parameters
    ]
    assert {name: model.module for name, model in MODELS.items()} == {
        name: builder.__module__.rpartition(".")[2] for name, builder in builders
    }


def test_input_sizes_are_those_that_keras_builds_the_models_for(applications, monkeypatch):
    """Each builder asks one function for its input's shape before it builds anything; MobileNetV3 alone does not tell
    it its size, and documents 224.
    """
    from keras.src.applications import imagenet_utils

    class Asked(Exception):  # noqa: N818 -- it only ends the building
        pass

    def note(_shape, *, default_size, **_):
        raise Asked(default_size)

    monkeypatch.setattr(imagenet_utils, "obtain_input_shape", note)
    for name, model in MODELS.items():
        if model.module != "mobilenet_v3":
            with pytest.raises(Asked) as asked:
                getattr(applications, name)(weights=None)
            assert (name, model.side) == (name, asked.value.args[0])


def test_only_models_that_end_in_a_relu_are_called_non_negative(applications):
    """For some of the smaller ones; SiLU and its kin dip below zero."""
    from keras.activations import relu
    from keras.layers import ReLU

    for name in ("MobileNet", "MobileNetV3Small", "ResNet50V2"):
        last = getattr(applications, name)(weights=None, include_top=False).layers[-1]
        assert MODELS[name].non_negative == (isinstance(last, ReLU) or last.activation is relu)
        assert MODELS[name].channels == last.output.shape[-1]


@pytest.mark.parametrize(
    ("name", "near"), [("keras:EfficientNetV2B9", "keras:EfficientNetV2B"), ("keras:resnet50", "keras:ResNet50")]
)
def test_unknown_models_are_refused_with_the_nearest_name(name, near):
    with pytest.raises(UnknownNameError) as caught:
        EXTRACTORS.get(name)
    assert f"Did you mean '{near}" in caught.value.remedy


def test_weights_of_another_model_are_an_error_with_its_remedy():
    tensors = {"0000/kernel": np.ones((3, 3, 3, 16), np.float32)}
    extraction = Extraction([EXTRACTORS.get("keras:MobileNet")], FakeWeights({"keras:MobileNet": tensors}))
    with pytest.raises(WeightsError, match="cbir weights fetch keras:MobileNet"):
        extraction.open()


def test_missing_weights_are_an_error_with_its_remedy():
    with pytest.raises(WeightsError, match="cbir weights fetch keras:MobileNet"):
        Extraction([EXTRACTORS.get("keras:MobileNet")], FakeWeights({})).open()


def test_identity_names_the_model_and_follows_its_weights():
    extractor = EXTRACTORS.get("keras:MobileNet")
    one = extractor.identity(FakeWeights({"keras:MobileNet": {"0000/kernel": np.ones(1)}}))
    other = extractor.identity(FakeWeights({"keras:MobileNet": {"0000/kernel": np.zeros(1)}}))
    assert one.weights != other.weights
    assert (one.name, one.dims, one.parameters["network"]) == ("keras:MobileNet", 1024, "MobileNet")
