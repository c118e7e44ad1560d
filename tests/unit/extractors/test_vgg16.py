"""VGG16's descriptors against Keras' own VGG16 and design.md's definitions in plain numpy."""

import subprocess
import sys

import numpy as np
import pytest
from tests.unit.extractors.fake_weights import FakeWeights, random_tensors

from cbir.errors import UnknownNameError, WeightsError
from cbir.extractors import EXTRACTORS
from cbir.extractors.base import Extraction
from cbir.extractors.scaling import l2_normalised, square
from cbir.extractors.vgg16 import cnn_basic, cnn_conv, cnn_hist, layer_code
from cbir.extractors.vgg16_network import LAYERS, output_names


def unit(rows):
    rows = rows.reshape(len(rows), -1).astype(np.float64)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def convolution(values, kernel, bias):
    """3 x 3 convolution of one image (h, w, c) with zero border, in float64."""
    height, width, _ = values.shape
    padded = np.pad(values.astype(np.float64), [(1, 1), (1, 1), (0, 0)])
    shifted = [(padded[y : y + height, x : x + width], kernel[y, x]) for y in range(3) for x in range(3)]
    return sum(part @ weights.astype(np.float64) for part, weights in shifted) + bias


def shares_in_bins(values):
    counts = np.histogram(values, bins=3)[0] if np.ptp(values) > 0 else np.array([values.size, 0, 0])
    return counts / values.size


# -- the definitions -----------------------------------------------------------------------------------


def test_cnn_hist_counts_channel_values_in_three_bins(described, keras_values):
    """A value within rounding of an edge may fall either way, so a bin may differ by a pixel or two."""
    maps = [keras_values[f"block{block}_conv2"] for block in range(1, 6)]
    for image, found in enumerate(described["cnn-hist"]):
        channels = [values[image, :, :, c].reshape(-1) for values in maps for c in range(values.shape[-1])]
        expected = np.array([shares_in_bins(values.astype(float)) for values in channels]) / 1472
        pixels = np.array([[values.size] for values in channels])
        moved = np.abs(found.reshape(1472, 3) - expected) * 1472 * pixels
        assert moved.max() < 2.5
        assert (moved > 0.5).mean() < 0.01
        assert found.sum() == pytest.approx(1, rel=1e-5)


def test_cnn_conv_is_the_cubic_mean_of_the_last_convolution(described, keras_values):
    maps = np.maximum(keras_values["block5_conv3"].astype(np.float64), 1e-6)
    pooled = np.cbrt((maps**3).sum(axis=(1, 2)) / (14 * 14))
    np.testing.assert_allclose(described["cnn-conv"], unit(pooled), rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("cnn-basic", "fc2"),
        ("vgg16:fc2", "fc2"),
        ("vgg16:fc1", "fc1"),
        ("vgg16:predictions", "predictions"),
        ("vgg16:flatten", "flatten"),
        ("vgg16:block5_pool", "block5_pool"),
        ("vgg16:block5_conv3", "block5_conv3"),
        ("vgg16:block1_pool", "block1_pool"),
    ],
)
def test_neural_codes_are_the_unit_vectors_of_keras_layers(described, keras_values, name, layer):
    expected = unit(keras_values[layer])
    np.testing.assert_allclose(described[name], expected, rtol=1e-4, atol=1e-5 * expected.max())


def test_linear_codes_are_the_sums_before_the_activation(described, keras_values, all_weights):
    conv, dense = all_weights.sets["vgg16-conv"], all_weights.sets["vgg16-dense"]
    before = keras_values["block5_conv2"][0]
    expected = {
        "vgg16:block5_conv3-linear": convolution(before, conv["block5_conv3/kernel"], conv["block5_conv3/bias"]),
        "vgg16:fc1-linear": keras_values["flatten"][0] @ dense["fc1/kernel"] + dense["fc1/bias"],
        "vgg16:predictions-linear": keras_values["fc2"][0] @ dense["predictions/kernel"] + dense["predictions/bias"],
    }
    for name, sums in expected.items():
        assert sums.min() < 0
        code = unit(sums[np.newaxis])[0]
        np.testing.assert_allclose(described[name][0], code, rtol=1e-4, atol=1e-5 * code.max())


def test_every_layer_has_kerass_name_and_size(keras_values):
    assert {name: layer.shape for name, layer in LAYERS.items()} == {
        name: value.shape[1:] for name, value in keras_values.items()
    }


@pytest.mark.parametrize("side", [448, 672])
def test_input_is_the_mean_of_the_pixels_that_it_covers(side):
    image = np.random.default_rng(side).integers(0, 256, (side, side, 3), np.uint8)
    factor = side // 224
    means = image.reshape(224, factor, 224, factor, 3).astype(float).mean(axis=(1, 3))
    assert np.abs(square(image, 224) - means).max() <= 0.5 + 1e-6


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 900, 3), (700, 2, 3)])
def test_images_of_any_shape_fill_the_input(shape):
    assert (square(np.full(shape, 7, np.uint8), 224) == np.full((224, 224, 3), 7)).all()


def test_dead_channels_give_the_vectors_that_the_definitions_say(photographs):
    """With kernels of zeros and biases below zero every map is zero."""
    tensors = random_tensors("vgg16-conv")
    dead = {name: np.full_like(tensor, -1 if "bias" in name else 0) for name, tensor in tensors.items()}
    extraction = Extraction(
        [cnn_hist(), cnn_conv(), layer_code("vgg16:block5_pool")], FakeWeights({"vgg16-conv": dead})
    )
    found = extraction.run([extraction.prepare(photographs[0])])
    np.testing.assert_allclose(found["cnn-hist"].reshape(1472, 3), np.tile([1 / 1472, 0, 0], (1472, 1)), rtol=1e-6)
    np.testing.assert_allclose(found["cnn-conv"][0], np.full(512, 512**-0.5), rtol=1e-6)
    assert not found["vgg16:block5_pool"].any()


def test_unit_length_leaves_zero_vectors_and_the_callers_array_alone():
    rows = np.array([[0, 0], [3, 4], [1e-30, 0]], np.float32)
    kept = rows.copy()
    np.testing.assert_allclose(l2_normalised(rows), [[0, 0], [0.6, 0.8], [1, 0]], rtol=1e-6)
    np.testing.assert_array_equal(rows, kept)


# -- one pass ------------------------------------------------------------------------------------------


def test_all_descriptors_come_from_one_run_of_the_network_a_batch(everything, photographs, monkeypatch):
    [vgg16] = everything.open()
    graph, sizes = vgg16.network._graph, []
    monkeypatch.setattr(vgg16.network, "_graph", lambda images: (sizes.append(len(images)), graph(images))[1])
    everything.run([everything.prepare(image) for image in (photographs * 3)[:9]])
    assert sizes == [8, 1]


def test_batches_of_any_size_share_one_graph(everything, photographs, monkeypatch):
    """A trace would look up the layers' functions again, which are gone here."""
    prepared = [everything.prepare(image) for image in photographs]
    monkeypatch.setattr("cbir.extractors.vgg16_network.Network._forward", None)
    for size in (1, 2):
        assert len(everything.run(prepared[:size])["cnn-conv"]) == size


def test_a_descriptor_does_not_depend_on_the_other_images_of_its_batch(everything, described, photographs):
    prepared = [everything.prepare(image) for image in photographs]
    alone = [everything.run([one]) for one in prepared]
    backwards = everything.run(prepared[::-1])
    for name, rows in described.items():
        for image, row in enumerate(rows):
            np.testing.assert_allclose(alone[image][name][0], row, rtol=1e-4, atol=1e-6 * np.abs(row).max())
        np.testing.assert_allclose(backwards[name][::-1], rows, rtol=1e-4, atol=1e-6 * np.abs(rows).max())


def test_no_images_give_no_rows(everything):
    found = everything.run([])
    assert {name: rows.shape for name, rows in found.items()} == {
        one.name: (0, one.dims) for one in everything.extractors
    }


def test_dimensions_and_signs_are_as_declared(everything, described):
    for extractor in everything.extractors:
        rows = described[extractor.name]
        assert rows.shape == (4, extractor.dims)
        assert rows.dtype == np.float32
        assert (rows.min() >= 0) == extractor.non_negative


def test_preparing_takes_read_only_and_mirrored_images_and_leaves_them_alone(everything, photographs):
    image = photographs[0].copy()
    image.flags.writeable = False
    [prepared] = everything.prepare(image)
    [mirrored] = everything.prepare(np.ascontiguousarray(image[:, ::-1]))
    [view] = everything.prepare(image[:, ::-1])
    np.testing.assert_array_equal(view, mirrored)
    assert not np.array_equal(prepared, mirrored)
    np.testing.assert_array_equal(image, photographs[0])


# -- weights and identity ------------------------------------------------------------------------------


def test_convolutional_descriptors_need_no_dense_weights(conv_weights, photographs, described):
    extractors = [cnn_hist(), cnn_conv(), layer_code("vgg16:flatten")]
    extraction = Extraction(extractors, conv_weights)
    found = extraction.run([extraction.prepare(image) for image in photographs])
    assert {one.weights for one in extractors} == {"vgg16-conv"}
    assert "vgg16-dense" not in conv_weights.asked
    for name, rows in found.items():
        np.testing.assert_allclose(rows, described[name], rtol=1e-4, atol=1e-6 * rows.max())


@pytest.mark.parametrize("extractor", [cnn_basic(), layer_code("vgg16:fc1"), layer_code("vgg16:predictions-linear")])
def test_missing_dense_weights_are_an_error_with_its_remedy(conv_weights, extractor):
    assert extractor.weights == "vgg16-dense"
    with pytest.raises(WeightsError, match="cbir weights fetch vgg16-dense"):
        Extraction([extractor], conv_weights).open()
    with pytest.raises(WeightsError, match="cbir weights fetch vgg16-dense"):
        extractor.identity(conv_weights)


def changed(weights, name, tensor):
    """The same weights with one number of one tensor changed."""
    other = weights.sets[name][tensor].copy()
    other.reshape(-1)[0] += 1
    return FakeWeights({**weights.sets, name: {**weights.sets[name], tensor: other}})


SMALL = {
    "vgg16-conv": {f"{name}/{kind}": np.ones(1, np.float32) for name in LAYERS for kind in ("kernel", "bias")},
    "vgg16-dense": {f"{name}/{kind}": np.ones(1, np.float32) for name in LAYERS for kind in ("kernel", "bias")},
}


@pytest.mark.parametrize(
    ("name", "used", "unused"),
    [
        ("cnn-hist", ("vgg16-conv", "block5_conv2/bias"), ("vgg16-conv", "block5_conv3/kernel")),
        ("cnn-conv", ("vgg16-conv", "block5_conv3/bias"), ("vgg16-dense", "fc1/kernel")),
        ("cnn-basic", ("vgg16-conv", "block1_conv1/kernel"), ("vgg16-dense", "predictions/kernel")),
        ("cnn-basic", ("vgg16-dense", "fc2/bias"), ("vgg16-dense", "predictions/bias")),
        ("vgg16:block1_conv1", ("vgg16-conv", "block1_conv1/bias"), ("vgg16-conv", "block1_conv2/bias")),
    ],
)
def test_identity_follows_the_tensors_used_and_no_others(name, used, unused):
    extractor, weights = EXTRACTORS.get(name), FakeWeights(SMALL)
    identity = extractor.identity(weights)
    assert extractor.identity(changed(weights, *unused)) == identity
    assert extractor.identity(changed(weights, *used)) != identity


def test_identities_of_different_layers_differ_and_are_json():
    weights = FakeWeights(SMALL)
    names = ["cnn-hist", "cnn-basic", "cnn-conv", *(f"vgg16:{output}" for output in output_names())]
    found = [EXTRACTORS.get(name).identity(weights) for name in names]
    assert (
        len({(tuple(one.parameters["layers"]), str(one.parameters)) for one in found}) == len(names) - 1
    )  # fc2 twice
    assert [type(one).from_json(one.to_json()) for one in found] == found


# -- names ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("vgg16:fc3", "vgg16:fc"),
        ("vgg16:block5_conv4", "vgg16:block5_conv"),
        ("vgg16:pool5-linear", "vgg16:block5_pool"),
        ("vgg16:block5_pool-linear", "vgg16:block5_pool"),
        ("vgg16:flatten-linear", "vgg16:flatten"),
        ("vgg16:fc1-linear-linear", "vgg16:fc1"),
        ("vgg16:", ""),
    ],
)
def test_unknown_layers_are_refused_with_the_nearest_name(name, near):
    with pytest.raises(UnknownNameError) as caught:
        EXTRACTORS.get(name)
    assert near in caught.value.remedy


def test_naming_and_listing_extractors_imports_neither_tensorflow_nor_numba():
    code = """
import sys
from cbir.extractors import EXTRACTORS
names = [(each.name, each.dims, each.summary, each.weights) for each in EXTRACTORS]
[EXTRACTORS.get(name).dims for name in ("vgg16:fc1", "keras:MobileNetV2")]
print({"tensorflow", "keras", "numba"} & set(sys.modules))
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"
