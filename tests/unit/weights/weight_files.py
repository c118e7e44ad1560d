"""Files of weights, written as their makers write them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import h5py
import numpy as np
import onnx
from onnx import helper, numpy_helper
from tests.unit.weights.samples import CONV_SHAPES, Tensors

from cbir.weights.canonical import write_set


def write_official_h5(path: Path, tensors: Tensors) -> Path:
    """The layout of `vgg16_weights_tf_dim_ordering_tf_kernels.h5`: a group a layer, `LAYER_W_1:0` and `LAYER_b_1:0`,
    named in attributes; layers without weights have empty groups.
    """
    layers = list(dict.fromkeys(name.split("/")[0] for name in tensors))
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"input_1", *(layer.encode() for layer in layers)]
        file.create_group("input_1").attrs["weight_names"] = np.array([], dtype="S1")
        for layer in layers:
            group = file.create_group(layer)
            names = [f"{layer}_W_1:0", f"{layer}_b_1:0"]
            group.attrs["weight_names"] = [each.encode() for each in names]
            for dataset, part in zip(names, ("kernel", "bias"), strict=True):
                group.create_dataset(dataset, data=tensors[f"{layer}/{part}"])
    return path


def write_keras2_model_h5(path: Path, tensors: Tensors) -> Path:
    """A whole model as Keras 2 saves it: below `model_weights`, with the optimiser's copies beside it."""
    with h5py.File(path, "w") as file:
        for name, tensor in tensors.items():
            layer, part = name.split("/")
            file[f"model_weights/vgg16/{layer}/{layer}/{part}:0"] = tensor
            file[f"optimizer_weights/Adam/{layer}/{part}/m:0"] = np.zeros_like(tensor)
    return path


def write_keras3_weights_h5(path: Path, tensors: Tensors) -> Path:
    """`model.save_weights("….weights.h5")` of Keras 3: the layers of a class numbered."""
    counts = {4: 0, 2: 0}
    with h5py.File(path, "w") as file:
        for name, tensor in tensors.items():
            if not name.endswith("kernel"):
                continue
            kind = "conv2d" if tensor.ndim == 4 else "dense"
            number = counts[tensor.ndim]
            counts[tensor.ndim] += 1
            group = f"layers/{kind}{f'_{number}' if number else ''}/vars"
            file[f"{group}/0"] = tensor
            file[f"{group}/1"] = tensors[name.replace("kernel", "bias")]
        file.create_group("layers/flatten/vars")
    return path


def write_keras3_archive(path: Path, tensors: Tensors) -> Path:
    inner = write_keras3_weights_h5(path.with_suffix(".tmp"), tensors)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")
        archive.write(inner, "model.weights.h5")
    return path


def write_safetensors(path: Path, tensors: Tensors) -> Path:
    write_set(path, tensors, {})
    return path


def write_npz(path: Path, tensors: Tensors) -> Path:
    with path.open("wb") as file:
        np.savez(file, **tensors)
    return path


def onnx_model(tensors: Tensors, *, prefix: str = "functional_1/") -> onnx.ModelProto:
    """The convolutions as tf2onnx writes them, and a dense layer of another task."""
    nodes = []
    initialisers = [numpy_helper.from_array(np.ones((6, 2), np.float32), f"{prefix}dense/Cast/ReadVariableOp:0")]
    for layer in dict.fromkeys(name.split("/")[0] for name in CONV_SHAPES):
        kernel, bias = f"{prefix}{layer}_1/convolution/ReadVariableOp:0", f"{prefix}{layer}_1/Squeeze:0"
        oihw = np.ascontiguousarray(tensors[f"{layer}/kernel"].transpose(3, 2, 0, 1))
        initialisers += [
            numpy_helper.from_array(oihw, kernel),
            numpy_helper.from_array(tensors[f"{layer}/bias"], bias),
        ]
        nodes.append(helper.make_node("Conv", [f"{layer}:in", kernel, bias], [f"{layer}:out"]))
    return helper.make_model(helper.make_graph(nodes, "g", [], [], initialisers))


def write_onnx(path: Path, tensors: Tensors) -> Path:
    onnx.save(onnx_model(tensors), path)
    return path


def write_wheel(path: Path, tensors: Tensors) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("package/__init__.py", "raise SystemExit('was run')")
        archive.writestr("package/model.onnx", onnx_model(tensors).SerializeToString())
    return path
