"""Feature maps from a neural code, as one picture."""

import io

import numpy as np
import pytest
from PIL import Image

from cbir.errors import InvalidRequestError
from cbir.explain.maps import GAP_GREY, MAP_LAYERS, chosen_channels, feature_maps, montage, png
from cbir.extractors.vgg16 import HISTOGRAM_LAYERS

RAMP = np.arange(6, dtype=np.float32).reshape(2, 3)


class FakeDescriber:
    """Describes every picture by the numbers from 0 on, whatever the layer."""

    def __init__(self):
        self.asked = []

    def describe(self, image, extractor):
        self.asked.append(extractor.name)
        return np.arange(extractor.dims, dtype=np.float32)


def test_layers_are_convolutions_and_pools_in_their_order():
    assert len(MAP_LAYERS) == 13 + 5
    assert set(HISTOGRAM_LAYERS) < set(MAP_LAYERS)
    assert MAP_LAYERS[:3] == ("block1_conv1", "block1_conv2", "block1_pool")
    assert not {"flatten", "fc1", "fc2", "predictions"} & set(MAP_LAYERS)


def test_a_code_is_height_width_channel():
    describer = FakeDescriber()
    maps = feature_maps(np.zeros((3, 3, 3), np.uint8), "block5_pool", describer)
    assert describer.asked == ["vgg16:block5_pool"]
    assert maps.shape == (7, 7, 512)
    assert maps[2, 3, 100] == (2 * 7 + 3) * 512 + 100


def test_each_map_is_scaled_to_its_own_maximum():
    maps = np.stack([RAMP, 1000 * RAMP, 0 * RAMP, np.full((2, 3), 7.0)], axis=-1).astype(np.float32)
    sheet = montage(maps, [0, 1, 2, 3])
    shades = np.rint(255 * RAMP / 5)
    assert sheet.shape == (5, 7)
    assert (sheet[:2, :3] == shades).all()
    assert (sheet[:2, 4:] == shades).all()
    assert (sheet[3:, :3] == 0).all()
    assert (sheet[3:, 4:] == 255).all()
    assert (sheet[2] == GAP_GREY).all()
    assert (sheet[:, 3] == GAP_GREY).all()


@pytest.mark.parametrize(("count", "rows", "columns"), [(1, 1, 1), (2, 1, 2), (3, 2, 2), (5, 2, 3), (64, 8, 8)])
def test_maps_stand_in_a_square_or_nearly(count, rows, columns):
    sheet = montage(np.ones((2, 3, 64), np.float32), range(count))
    assert sheet.shape == (3 * rows - 1, 4 * columns - 1)
    assert (sheet == 255).sum() == count * 6


def test_channels_come_in_the_order_in_which_they_are_named():
    maps = np.zeros((1, 1, 4), np.float32)
    maps[..., 3] = 1
    assert montage(maps, [0, 3])[0].tolist() == [0, GAP_GREY, 255]
    assert montage(maps, [3, 0])[0].tolist() == [255, GAP_GREY, 0]


def test_a_montage_does_not_change_the_maps():
    maps = np.ones((2, 2, 1), np.float32)
    maps.flags.writeable = False
    montage(maps, [0])


def test_a_file_is_the_same_picture():
    sheet = montage(RAMP[..., np.newaxis], [0])
    with Image.open(io.BytesIO(png(sheet))) as image:
        assert (image.format, image.mode) == ("PNG", "L")
        assert (np.asarray(image) == sheet).all()


def test_channels_are_those_named_or_the_first():
    assert chosen_channels("block1_conv2", [5, 2], 64) == (5, 2)
    assert chosen_channels("block1_conv2", [], 3) == (0, 1, 2)
    assert chosen_channels("block1_conv2", [], 512) == tuple(range(64))


@pytest.mark.parametrize(("channels", "reason"), [([64], "no channel 64"), ([1, 2, 1], "twice")])
def test_channels_that_cannot_be_are_refused(channels, reason):
    with pytest.raises(InvalidRequestError, match=reason):
        chosen_channels("block1_conv2", channels, 64)
