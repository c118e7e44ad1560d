"""`cnn-fused` against the two descriptors that it joins."""

import numpy as np
import pytest
from tests.unit.extractors.fake_weights import FakeWeights

from cbir.extractors import fixed_histogram, fused
from cbir.extractors.base import Extraction
from cbir.extractors.fixed_histogram import cnn_hist_fixed
from cbir.extractors.fused import HISTOGRAM_WEIGHT, cnn_fused
from cbir.extractors.vgg16 import cnn_conv
from cbir.extractors.vgg16_network import LAYERS


@pytest.fixture(scope="module")
def found(conv_weights, photographs):
    extraction = Extraction([cnn_fused(), cnn_conv(), cnn_hist_fixed()], conv_weights)
    return extraction.run([extraction.prepare(image) for image in photographs])


def test_its_cosine_is_the_weighted_sum_of_cosine_and_bhattacharyya_coefficient(found):
    rows = {name: values.astype(np.float64) for name, values in found.items()}
    lengths = np.linalg.norm(rows["cnn-conv"], axis=1)
    cosines = rows["cnn-conv"] @ rows["cnn-conv"].T / np.outer(lengths, lengths)
    coefficients = np.array([[np.sqrt(a * b).sum() for b in rows["cnn-hist-fixed"]] for a in rows["cnn-hist-fixed"]])
    expected = (1 - HISTOGRAM_WEIGHT) * cosines + HISTOGRAM_WEIGHT * coefficients
    np.testing.assert_allclose(rows["cnn-fused"] @ rows["cnn-fused"].T, expected, rtol=1e-5)


def test_it_has_length_one_and_no_negative_values(found):
    assert found["cnn-fused"].shape == (4, 512 + 4416)
    assert found["cnn-fused"].dtype == np.float32
    assert found["cnn-fused"].min() >= 0
    np.testing.assert_allclose(np.linalg.norm(found["cnn-fused"].astype(float), axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("change", ["weight", "edges"])
def test_its_identity_follows_the_weight_and_the_edges(change, monkeypatch):
    weights = FakeWeights(
        {"vgg16-conv": {f"{name}/{kind}": np.ones(1) for name in LAYERS for kind in ("kernel", "bias")}}
    )
    before = cnn_fused().identity(weights)
    assert cnn_fused().identity(weights) == before
    if change == "weight":
        monkeypatch.setattr(fused, "HISTOGRAM_WEIGHT", 0.5)
    else:
        edges = tuple(2 * one for one in fixed_histogram.calibration().edges)
        other = fixed_histogram.Calibration("", "", "", edges)
        monkeypatch.setattr(fixed_histogram, "calibration", lambda: other)
    assert cnn_fused().identity(weights) != before
