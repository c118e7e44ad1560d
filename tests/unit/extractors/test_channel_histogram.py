import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cbir.extractors import channel_kernels
from cbir.extractors.channel_histogram import channel_histograms

SINGLE = st.floats(-(2.0**60), 2.0**60, width=32, allow_subnormal=False)


def by_numpy(values):
    """design.md's definition for one channel by `np.histogram` over float64, as shares."""
    values = values.reshape(-1).astype(np.float64)
    if values.min() == values.max():
        return np.array([1.0, 0.0, 0.0])
    return np.histogram(values, bins=3)[0] / values.size


def on_edges(low, high):
    """Float32 values at, just below and just above the two inner edges, with both ends."""
    low, high = np.float32(min(low, high)), np.float32(max(low, high))
    edges = np.linspace(float(low), float(high), 4)[1:3].astype(np.float32)
    near = [np.nextafter(edges, low), edges, np.nextafter(edges, high)]
    return np.concatenate([[low, high], *near]).astype(np.float32)


def channel(values):
    """One map of one channel, in a row."""
    return np.asarray(values, np.float32).reshape(1, -1, 1)


def test_bins_are_equal_in_width_and_the_greatest_value_lies_in_the_last():
    assert channel_histograms([channel([0, 1, 2, 3])]).tolist() == [0.25, 0.25, 0.5]
    assert channel_histograms([channel([0, 0.5, 0.5, 3])]).tolist() == [0.75, 0, 0.25]


@pytest.mark.parametrize("value", [0.0, -0.0, 7.5, -2.0])
def test_a_constant_channel_lies_wholly_in_the_first_bin(value):
    assert channel_histograms([channel([value] * 5)]).tolist() == [1, 0, 0]


def test_channels_follow_each_other_within_maps_and_maps_within_the_descriptor():
    first = np.stack([channel([0, 0, 0, 3]), channel([0, 3, 3, 3])], axis=-1)[..., 0, :]
    second = channel([0, 1.5, 1.5, 3])
    expected = np.array([[0.75, 0, 0.25], [0.25, 0, 0.75], [0.25, 0.5, 0.25]]) / 3
    np.testing.assert_allclose(channel_histograms([first, second]), expected.reshape(-1), rtol=1e-7)


@pytest.mark.parametrize(("pixels", "channels"), [(1, 1), (1, 64), (7, 5), (14 * 14, 512), (50, 33)])
def test_random_maps_agree_with_numpy(pixels, channels):
    rng = np.random.default_rng(pixels)
    values = np.maximum(rng.standard_normal((1, pixels, channels), np.float32), -0.5)
    expected = np.stack([by_numpy(values[..., c]) for c in range(channels)]) / channels
    np.testing.assert_allclose(channel_histograms([values]), expected.reshape(-1), rtol=1e-6)


@given(SINGLE, SINGLE)
def test_values_next_to_an_edge_fall_as_in_numpy_over_float64(low, high):
    values = on_edges(low, high)
    np.testing.assert_allclose(channel_histograms([channel(values)]), by_numpy(values), rtol=1e-6)


@given(arrays(np.float32, (2, 3, 4), elements=SINGLE))
def test_any_map_agrees_with_numpy_and_sums_to_one(values):
    expected = np.stack([by_numpy(values[..., c]) for c in range(4)]) / 4
    found = channel_histograms([values])
    np.testing.assert_allclose(found, expected.reshape(-1), rtol=1e-6)
    assert found.sum() == pytest.approx(1, rel=1e-6)


def test_read_only_maps_are_taken_and_left_as_they_are():
    values = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    values.flags.writeable = False
    channel_histograms([values])
    np.testing.assert_array_equal(values.reshape(-1), np.arange(24))


def test_one_compiled_kernel_serves_writable_and_read_only_maps():
    """Else the kernels compiled at set-up would not be those that TensorFlow's read-only memory needs."""
    writable, read_only = channel([1, 2]), channel([1, 2])
    read_only.flags.writeable = False
    channel_histograms([writable, read_only])
    assert [len(kernel.signatures) for kernel in (channel_kernels.bounds, channel_kernels.counts)] == [1, 1]
