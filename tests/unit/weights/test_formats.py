from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto
from tests.unit.weights.samples import CONV_SHAPES, DENSE_SHAPES, Tensors, random_tensors
from tests.unit.weights.weight_files import (
    onnx_model,
    write_keras2_model_h5,
    write_keras3_archive,
    write_keras3_weights_h5,
    write_npz,
    write_official_h5,
    write_onnx,
    write_safetensors,
    write_wheel,
)

from cbir.errors import NotFoundError, WeightsError
from cbir.weights.formats import read_tensors

ALL = {**CONV_SHAPES, **DENSE_SHAPES}
FULL = [write_official_h5, write_keras2_model_h5, write_keras3_weights_h5, write_keras3_archive, write_safetensors]


@pytest.mark.parametrize("write", [*FULL, write_npz])
def test_convolutions_and_dense_layers_are_read_from_each_kind_of_file(
    tmp_path: Path, write: Callable[[Path, Tensors], Path]
) -> None:
    """The file's name says nothing: its first bytes do."""
    tensors = random_tensors(ALL)
    found = read_tensors(write(tmp_path / "file", tensors), ALL)
    assert list(found) == list(ALL)
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(found[name], tensor)


@pytest.mark.parametrize("write", [write_onnx, write_wheel])
def test_convolutions_are_read_from_onnx_in_keras_layout(
    tmp_path: Path, write: Callable[[Path, Tensors], Path]
) -> None:
    tensors = random_tensors(CONV_SHAPES)
    found = read_tensors(write(tmp_path / "file", tensors), ALL)
    assert list(found) == list(CONV_SHAPES)
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(found[name], tensor)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras with numpy 2
def test_a_real_keras_file_is_read(tmp_path: Path) -> None:
    """Keras' own writer, in the format of before version 3 and in those of version 3."""
    import keras

    tensors = random_tensors(ALL, seed=3)
    layers: list[keras.Layer] = [keras.Input((4, 4, 3))]
    for block in (("block1_conv1", "block1_conv2"), ("block2_conv1",)):
        layers += [keras.layers.Conv2D(tensors[f"{n}/bias"].size, 3, padding="same", name=n) for n in block]
        layers.append(keras.layers.MaxPooling2D(2 if block[0] == "block1_conv1" else 1))
    layers += [keras.layers.Flatten(), keras.layers.Dense(7, name="fc1"), keras.layers.Dense(3, name="predictions")]
    model = keras.Sequential(layers)
    model.set_weights(list(tensors.values()))
    for name in ("old.h5", "new.weights.h5", "new.keras"):
        path = tmp_path / name
        (model.save_weights if name == "new.weights.h5" else model.save)(path)
        found = read_tensors(path, ALL)
        assert {key: value.tobytes() for key, value in found.items()} == {
            key: value.tobytes() for key, value in tensors.items()
        }


def test_other_floating_types_become_float32(tmp_path: Path) -> None:
    tensors = {name: tensor.astype(np.float64) for name, tensor in random_tensors(CONV_SHAPES).items()}
    found = read_tensors(write_npz(tmp_path / "w.npz", tensors), CONV_SHAPES)
    assert {tensor.dtype for tensor in found.values()} == {np.dtype("<f4")}


def test_another_network_is_refused_by_its_shapes(tmp_path: Path) -> None:
    tensors = random_tensors({**CONV_SHAPES, "block1_conv1/kernel": (5, 5, 3, 4)})
    with pytest.raises(
        WeightsError, match=r"block1_conv1/kernel of shape \(5, 5, 3, 4\), and \(3, 3, 3, 4\) is needed"
    ):
        read_tensors(write_official_h5(tmp_path / "w.h5", tensors), CONV_SHAPES)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused(tmp_path: Path, value: float) -> None:
    tensors = random_tensors(CONV_SHAPES)
    tensors["block1_conv2/bias"][2] = value
    with pytest.raises(WeightsError, match="NaN or infinity in block1_conv2/bias"):
        read_tensors(write_official_h5(tmp_path / "w.h5", tensors), CONV_SHAPES)


def test_onnx_of_other_makers_is_not_guessed_at(tmp_path: Path) -> None:
    """Without Keras' layer names nobody knows whether the network expects RGB or BGR."""
    model = onnx_model(random_tensors(CONV_SHAPES))
    for node in model.graph.node:
        node.input[1] = node.input[1].replace("block", "features")
    for tensor in model.graph.initializer:
        tensor.name = tensor.name.replace("block", "features")
    onnx.save(model, tmp_path / "w.onnx")
    assert read_tensors(tmp_path / "w.onnx", CONV_SHAPES) == {}


def test_onnx_data_outside_the_file_are_never_opened(tmp_path: Path) -> None:
    model = onnx_model(random_tensors(CONV_SHAPES))
    for tensor in model.graph.initializer:
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="../../secret")
    (tmp_path / "w.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(WeightsError, match="lies in another file"):
        read_tensors(tmp_path / "w.onnx", CONV_SHAPES)


def test_pickled_arrays_are_refused(tmp_path: Path) -> None:
    with (tmp_path / "w.npz").open("wb") as file:
        np.savez(file, **{"block1_conv1/kernel": np.array([{"a": 1}], dtype=object)})
    with pytest.raises(WeightsError, match="cannot be read"):
        read_tensors(tmp_path / "w.npz", CONV_SHAPES)


@pytest.mark.parametrize("write", [*FULL, write_onnx, write_wheel, write_npz])
def test_a_file_cut_in_half_is_an_error_and_not_a_crash(
    tmp_path: Path, write: Callable[[Path, Tensors], Path]
) -> None:
    path = write(tmp_path / "file", random_tensors(ALL))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(WeightsError) as failure:
        read_tensors(path, CONV_SHAPES)
    assert str(path) in failure.value.message


@pytest.mark.parametrize(
    "content", [b"", b"<html>Sign in to the network</html>", b"\x08garbage", b"PK\x03\x04garbage"]
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "w.h5").write_bytes(content)
    with pytest.raises(WeightsError, match=r"w\.h5"):
        read_tensors(tmp_path / "w.h5", CONV_SHAPES)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="No file at"):
        read_tensors(tmp_path / "w.h5", CONV_SHAPES)
    with pytest.raises(NotFoundError, match="is a folder"):
        read_tensors(tmp_path, CONV_SHAPES)
