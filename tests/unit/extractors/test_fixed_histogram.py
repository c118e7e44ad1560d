"""`cnn-hist-fixed` against counts by numpy, its stored edges, and its place beside VGG16's other descriptors."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.unit.extractors.fake_weights import FakeWeights

from cbir.extractors import fixed_histogram
from cbir.extractors.base import Extraction
from cbir.extractors.fixed_histogram import CALIBRATION, calibration, cnn_hist_fixed, fixed_histograms
from cbir.extractors.vgg16 import HISTOGRAM_LAYERS, cnn_conv, cnn_hist
from cbir.extractors.vgg16_network import LAYERS

EDGE = st.floats(2.0**-10, 2.0**10, width=32)


def by_numpy(values, low, high):
    """Shares of one channel's values in [-inf, low), [low, high) and [high, inf)."""
    places = np.digitize(values.reshape(-1).astype(np.float64), [low, high])
    return np.bincount(places, minlength=3) / values.size


def test_a_value_on_an_edge_lies_above_it():
    values = np.array([0, 1.5, 2, 3.5, 4, 9], np.float32).reshape(2, 3, 1)
    found = fixed_histograms([values], [np.array([[2], [4]], np.float32)])
    np.testing.assert_allclose(found, [2 / 6, 2 / 6, 2 / 6], rtol=1e-7)


def test_the_same_map_at_twice_the_strength_is_another_descriptor():
    """Three equal bins between the least and the greatest value cannot tell the two apart."""
    values = np.linspace(0, 3, 16, dtype=np.float32).reshape(4, 4, 1)
    edges = [np.array([[2], [4]], np.float32)]
    faint, strong = fixed_histograms([values], edges), fixed_histograms([2 * values], edges)
    np.testing.assert_allclose(faint, by_numpy(values, 2, 4), rtol=1e-6)
    np.testing.assert_allclose(strong, by_numpy(2 * values, 2, 4), rtol=1e-6)
    assert strong[2] > faint[2] == 0


@given(
    arrays(np.float32, (3, 5, 4), elements=st.floats(0, 2.0**11, width=32)),
    arrays(np.float32, (2, 4), elements=EDGE),
)
def test_any_map_agrees_with_numpy_and_sums_to_one(values, edges):
    edges = np.sort(edges, axis=0)
    kept = values.copy()
    found = fixed_histograms([values], [edges])
    expected = np.stack([by_numpy(values[..., c], *edges[:, c]) for c in range(4)]) / 4
    np.testing.assert_allclose(found, expected.reshape(-1), rtol=1e-6, atol=1e-9)
    assert found.sum() == pytest.approx(1, rel=1e-5)
    assert found.min() >= 0
    np.testing.assert_array_equal(values, kept)


def test_edges_that_come_with_the_program_belong_to_vgg16s_layers():
    for layer, edges in zip(HISTOGRAM_LAYERS, calibration().edges, strict=True):
        assert edges.shape == (2, LAYERS[layer].shape[-1])
        assert (edges > 0).all()
        assert (edges[0] <= edges[1]).all()
        mantissas = np.frexp(edges)[0] * 16
        np.testing.assert_array_equal(mantissas, np.round(mantissas), err_msg="eight steps to the octave")


def test_the_stored_edges_are_small_and_say_where_they_come_from():
    stored = json.loads(CALIBRATION.read_text())
    assert CALIBRATION.stat().st_size < 100_000
    assert {"command", "rule", "source", "licence", "edges"} == set(stored)
    assert "MIT" in calibration().licence


def test_descriptors_are_counts_of_the_networks_own_maps(conv_weights, photographs, keras_values):
    """A value within rounding of an edge may fall either way, so a bin may differ by a pixel or two."""
    extraction = Extraction([cnn_hist_fixed()], conv_weights)
    found = extraction.run([extraction.prepare(image) for image in photographs])["cnn-hist-fixed"]
    for image, row in enumerate(found):
        shares, pixels = [], []
        for layer, edges in zip(HISTOGRAM_LAYERS, calibration().edges, strict=True):
            maps = keras_values[layer][image]
            shares += [by_numpy(maps[..., c], *edges[:, c]) for c in range(maps.shape[-1])]
            pixels += [maps[..., 0].size] * maps.shape[-1]
        moved = np.abs(row.reshape(1472, 3) * 1472 - shares) * np.array(pixels)[:, None]
        assert moved.max() < 2.5
        assert (moved > 0.5).mean() < 0.01


def test_it_shares_one_run_of_the_network_with_the_others(conv_weights, photographs, monkeypatch):
    extraction = Extraction([cnn_hist(), cnn_hist_fixed(), cnn_conv()], conv_weights)
    [vgg16] = extraction.open()
    graph, runs = vgg16.network._graph, []
    monkeypatch.setattr(vgg16.network, "_graph", lambda images: (runs.append(len(images)), graph(images))[1])
    found = extraction.run([extraction.prepare(image) for image in photographs])
    assert runs == [len(photographs)]
    assert found["cnn-hist-fixed"].shape == found["cnn-hist"].shape


def test_another_edge_is_another_identity(monkeypatch):
    weights = FakeWeights(
        {"vgg16-conv": {f"{name}/{kind}": np.ones(1) for name in LAYERS for kind in ("kernel", "bias")}}
    )
    before = cnn_hist_fixed().identity(weights)
    edges = [one.copy() for one in calibration().edges]
    edges[-1][1, -1] *= 2
    changed = fixed_histogram.Calibration("", "", "", tuple(edges))
    monkeypatch.setattr(fixed_histogram, "calibration", lambda: changed)
    after = cnn_hist_fixed().identity(weights)
    assert (before.name, before.dims, before.weights) == (after.name, after.dims, after.weights)
    assert before != after
