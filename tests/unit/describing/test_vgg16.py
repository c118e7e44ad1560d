"""With the real network: who shares a pass with others gets the descriptor that it would get alone, here."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from tests.pictures import noise
from tests.unit.describing.conftest import serving

from cbir.describing.base import LocalDescriber
from cbir.describing.client import RemoteDescriber
from cbir.extractors import EXTRACTORS


def test_neural_descriptors_out_of_shared_passes_are_bit_for_bit_those_computed_here(settings, vgg16_weights):
    extractor = EXTRACTORS.get("cnn-conv")
    images = [np.asarray(noise(seed, 300 + seed, 200)) for seed in range(5)]
    with serving(settings, weights=vgg16_weights):
        remote = RemoteDescriber(settings, vgg16_weights)
        with ThreadPoolExecutor(len(images)) as pool:
            there = list(pool.map(lambda image: remote.describe(image, extractor), images))
        remote.connections.close()
    here = LocalDescriber(vgg16_weights)
    assert [one.tobytes() for one in there] == [here.describe(image, extractor).tobytes() for image in images]
