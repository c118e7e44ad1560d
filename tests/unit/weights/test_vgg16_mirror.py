"""The mirror's weights are the published ones, and mapped to Keras' layout they compute what its own graph does."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from skimage import data, transform
from tests.unit.weights.weight_files import write_official_h5

from cbir.weights.catalogue import VGG16_CONV
from cbir.weights.formats import read_tensors
from cbir.weights.store import WeightStore

# First value of every layer's kernel and bias in VGG's own distribution (MatConvNet's imagenet-vgg-verydeep-16), as
# printed in public code that loads it. MatConvNet's first layer expects RGB: red is Keras' last input channel.
MATCONVNET_FIRST_VALUES = {
    "block1_conv1": (0.4800154, 0.73429835),
    "block1_conv2": (0.16621928, -0.30912212),
    "block2_conv1": (-0.008902963, -0.04577766),
    "block2_conv2": (-0.0023012366, -0.06418542),
    "block3_conv1": (0.002486315, -0.074358866),
    "block3_conv2": (-0.0103266295, 0.019675018),
    "block3_conv3": (0.0024918285, 0.035415243),
    "block4_conv1": (-0.012453815, 0.013485669),
    "block4_conv2": (0.007116542, 0.023680462),
    "block4_conv3": (-0.0041355654, 0.03757768),
    "block5_conv1": (-0.0006068934, 0.09722325),
    "block5_conv2": (-0.0011261065, 0.21327873),
    "block5_conv3": (0.00040788297, 0.18837857),
}

# Of the first and the last layer of keras.applications.VGG16(weights="imagenet"), published with their statistics.
KERAS_STATISTICS = {
    "block1_conv1/kernel": (-0.0024379087, 0.20669945, -0.67140007, 0.6085159),
    "block1_conv1/bias": (0.5013912, 0.32847992, -0.015828926, 2.064037),
    "block5_conv3/kernel": (-0.0010818949, 0.008478405, -0.09288482, 0.28699666),
    "block5_conv3/bias": (0.14986369, 0.4928213, -0.50036746, 9.431553),
}

# The first pixel's kernels, input channels as rows, as model.trainable_weights of Keras prints them: blue first.
KERAS_FIRST_KERNELS = [
    [4.29470569e-01, 1.17273867e-01, 3.40129584e-02, -1.32241577e-01, -5.33475243e-02, 7.57738389e-03],
    [5.50379455e-01, 2.08774377e-02, 9.88311544e-02, -8.48205537e-02, -5.11389151e-02, 3.74943428e-02],
    [4.80015397e-01, -1.72696680e-01, 3.75577137e-02, -1.27135560e-01, -5.02991639e-02, 3.48965675e-02],
]

# Single values that public code checks after loading Keras' weights.
SPOT_VALUES = {
    ("block1_conv1/bias", (25,)): 0.7446502,
    ("block1_conv2/kernel", (2, 2, 63, 63)): 0.016082443,
    ("block5_conv1/kernel", (1, 0, 63, 269)): -0.011236359,
    ("block5_conv2/bias", (510,)): 0.23517226,
    ("block5_conv3/kernel", (0, 2, 0, 400)): -0.008714244,
}


def close(value: object) -> object:
    return pytest.approx(value, rel=5e-7)


def test_every_layer_begins_as_in_vggs_own_distribution(vgg16_weights: WeightStore) -> None:
    tensors = vgg16_weights.tensors("vgg16-conv")
    for layer, (kernel, bias) in MATCONVNET_FIRST_VALUES.items():
        channel = 2 if layer == "block1_conv1" else 0
        assert tensors[f"{layer}/kernel"][0, 0, channel, 0] == close(kernel)
        assert tensors[f"{layer}/bias"][0] == close(bias)


def test_the_first_and_last_layers_have_the_statistics_published_for_keras(vgg16_weights: WeightStore) -> None:
    """Fine-tuning by even the smallest steps moves mean and extremes of the last layer."""
    for name, (mean, deviation, least, most) in KERAS_STATISTICS.items():
        tensor = vgg16_weights.tensors("vgg16-conv")[name].astype(np.float64)
        assert (tensor.min(), tensor.max()) == close((least, most))
        assert (tensor.mean(), tensor.std()) == pytest.approx((mean, deviation), rel=2e-6)


def test_the_first_kernels_are_keras_with_blue_first(vgg16_weights: WeightStore) -> None:
    kernel = vgg16_weights.tensors("vgg16-conv")["block1_conv1/kernel"]
    assert kernel[0, 0][:, [0, 1, 2, -3, -2, -1]].tolist() == [close(row) for row in KERAS_FIRST_KERNELS]


def test_single_values_are_those_that_others_check(vgg16_weights: WeightStore) -> None:
    tensors = vgg16_weights.tensors("vgg16-conv")
    for (name, place), value in SPOT_VALUES.items():
        assert tensors[name][place] == close(value)


@pytest.fixture(scope="module")
def graph_and_outputs(mirror_wheel: Path) -> tuple[onnxruntime.InferenceSession, list[str]]:
    """The mirror's own graph with every convolution's output, after ReLU, as a further output."""
    with zipfile.ZipFile(mirror_wheel) as wheel:
        [member] = [name for name in wheel.namelist() if name.endswith(".onnx")]
        model = onnx.load_model_from_string(wheel.read(member))
    outputs = [node.output[0] for node in model.graph.node if re.search(r"block\d_conv\d_1/Relu", node.name)]
    model.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in outputs)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"]), outputs


def convolved(maps: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """ReLU of a 3 x 3 convolution with zero padding, by its definition: maps (H, W, C), kernel (3, 3, C, D)."""
    padded = np.pad(maps, ((1, 1), (1, 1), (0, 0)))
    height, width, _ = maps.shape
    total = sum(padded[y : y + height, x : x + width] @ kernel[y, x] for y in range(3) for x in range(3))
    return np.maximum(total + bias, 0)


def test_the_mapped_network_computes_what_the_mirrors_own_graph_computes(
    graph_and_outputs: tuple[onnxruntime.InferenceSession, list[str]], vgg16_weights: WeightStore
) -> None:
    """All 13 convolutions, on a photograph as VGG16 takes it: BGR less the mean."""
    session, outputs = graph_and_outputs
    assert len(outputs) == 13
    photo = transform.resize(data.astronaut(), (240, 240), preserve_range=True, anti_aliasing=True)
    maps = (photo[..., ::-1] - [103.939, 116.779, 123.68]).astype(np.float32)
    expected = dict(zip(outputs, session.run(outputs, {"input": maps[None]}), strict=True))
    tensors = vgg16_weights.tensors("vgg16-conv")
    for name, theirs in expected.items():
        block, number = map(int, re.search(r"block(\d)_conv(\d)", name).groups())
        if number == 1 and block > 1:
            maps = sliding_window_view(maps, (2, 2), axis=(0, 1))[::2, ::2].max(axis=(-2, -1))
        maps = convolved(maps, *(tensors[f"block{block}_conv{number}/{part}"] for part in ("kernel", "bias")))
        difference = np.abs(maps - theirs[0].transpose(1, 2, 0)).max()
        assert maps.max() > 0
        assert difference <= 1e-4 * maps.max()


def test_the_mirror_and_an_official_file_give_one_digest(
    mirror_wheel: Path, vgg16_weights: WeightStore, tmp_path: Path
) -> None:
    tensors = read_tensors(mirror_wheel, VGG16_CONV.shapes)
    store = WeightStore(tmp_path / "weights", offline=True, announce=print)
    [row] = store.import_file(write_official_h5(tmp_path / "notop.h5", tensors))
    assert row.original
    assert store.digest("vgg16-conv") == vgg16_weights.digest("vgg16-conv") == VGG16_CONV.digest
