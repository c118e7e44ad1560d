"""Small stand-ins: an architecture like VGG16's, random weights for it, and files as Keras writes them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from cbir.weights.canonical import canonical, digest_of, entries_of
from cbir.weights.catalogue import LayerSet, convolutions, dense

Tensors = dict[str, NDArray[np.float32]]

CONV_SHAPES = convolutions((4, 5), (6,))
DENSE_SHAPES = dense(24, fc1=7, predictions=3)


def random_tensors(shapes: Mapping[str, tuple[int, ...]], seed: int = 0) -> Tensors:
    random = np.random.default_rng(seed)
    return {name: random.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}


def digest(tensors: Tensors) -> str:
    return digest_of(entries_of({name: canonical(tensor) for name, tensor in tensors.items()}))


def conv_set(tensors: Tensors | None, *sources: object, name: str = "tiny-conv", **more: object) -> LayerSet:
    """A set like `vgg16-conv`; ``tensors`` are the published ones."""
    known = digest(tensors) if tensors else ""
    return LayerSet(name, "the convolutional weights", "test", CONV_SHAPES, sources, known, **more)  # type: ignore[arg-type]


def dense_set(*sources: object, name: str = "tiny-dense", **more: object) -> LayerSet:
    return LayerSet(name, "the dense weights", "test", DENSE_SHAPES, sources, **more)  # type: ignore[arg-type]


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
