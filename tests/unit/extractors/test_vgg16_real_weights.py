"""VGG16 with its published weights on real photographs."""

import cv2
import numpy as np
import pytest
from skimage import data

from cbir.extractors.base import Extraction
from cbir.extractors.vgg16 import cnn_conv, cnn_hist


def recompressed(image):
    """As a small, poor JPEG."""
    smaller = cv2.resize(image, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    encoded = cv2.imencode(".jpg", smaller, [cv2.IMWRITE_JPEG_QUALITY, 30])[1]
    return cv2.imdecode(encoded, cv2.IMREAD_COLOR)


VARIANTS = {
    "mirrored": lambda image: np.ascontiguousarray(image[:, ::-1]),
    "recompressed": recompressed,
    "cropped": lambda image: image[20:-20, 30:-10],
    "darker": lambda image: (image * 0.7).astype(np.uint8),
}


@pytest.fixture(scope="module")
def extraction(vgg16_weights):
    return Extraction([cnn_hist(), cnn_conv()], vgg16_weights)


@pytest.fixture(scope="module")
def gallery(extraction):
    photographs = [
        data.chelsea(),
        data.astronaut(),
        data.coffee(),
        data.rocket(),
        data.retina(),
        data.hubble_deep_field(),
    ]
    return photographs, extraction.run([extraction.prepare(image) for image in photographs])


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_changed_photograph_is_nearest_to_its_original(extraction, gallery, variant):
    photographs, found = gallery
    queries = extraction.run([extraction.prepare(VARIANTS[variant](image)) for image in photographs])
    cosines = queries["cnn-conv"] @ found["cnn-conv"].T
    assert cosines.argmax(axis=1).tolist() == list(range(len(photographs)))
    others = cosines - 2 * np.eye(len(photographs))
    assert (cosines.diagonal() - others.max(axis=1)).min() > 0.05
