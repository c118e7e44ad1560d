"""Weights for tests: random, in memory."""

import hashlib

import numpy as np

from cbir.errors import WeightsError
from cbir.extractors.vgg16_network import LAYERS


class FakeWeights:
    """Implements `cbir.weights.base.Weights` over dictionaries, and notes what was asked for."""

    def __init__(self, sets):
        self.sets = sets
        self.asked = []

    def available(self, name):
        return name in self.sets

    def tensors(self, name):
        self.asked.append(name)
        if name not in self.sets:
            raise WeightsError(f"The weights '{name}' are not there.", remedy=f"Run cbir weights fetch {name}.")
        return self.sets[name]

    def digest(self, name, tensors=None):
        found = self.tensors(name)
        digest = hashlib.sha256()
        for tensor in tensors or found:
            digest.update(tensor.encode() + found[tensor].tobytes())
        return digest.hexdigest()


def kernel_shapes(weights):
    """Kernel shapes of VGG16's layers in one set of weights, worked out from the paper's table: 3 x 3 convolutions
    of 64 to 512 channels, then 4096, 4096 and 1000 units.
    """
    if weights == "vgg16-dense":
        return {"fc1": (7 * 7 * 512, 4096), "fc2": (4096, 4096), "predictions": (4096, 1000)}
    channels = {1: 64, 2: 128, 3: 256, 4: 512, 5: 512}
    names = [name for name in LAYERS if "conv" in name]
    before = [3] + [channels[int(name[5])] for name in names]
    return {name: (3, 3, inputs, channels[int(name[5])]) for name, inputs in zip(names, before, strict=False)}


def random_tensors(weights, seed=0):
    """He's initialisation, under which signals keep their strength, and small biases of both signs."""
    rng = np.random.default_rng(seed)
    tensors = {}
    for layer, shape in kernel_shapes(weights).items():
        kernel = rng.standard_normal(shape, dtype=np.float32)
        kernel *= np.sqrt(2 / np.prod(shape[:-1]))
        tensors[f"{layer}/kernel"] = kernel
        tensors[f"{layer}/bias"] = rng.normal(0, 0.1, shape[-1]).astype(np.float32)
    return tensors
