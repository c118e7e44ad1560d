"""Small stand-ins: an architecture like VGG16's, random weights for it."""

from __future__ import annotations

from collections.abc import Mapping

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
