"""What dimensions mean, told apart by pictures and maps of which that is known."""

import colorsys

import numpy as np
import pytest
from PIL import Image, ImageDraw

from cbir.errors import InvalidRequestError
from cbir.explain.channels import ChannelReader
from cbir.explain.colours import ColourReader
from cbir.explain.readers import READERS, reader_for
from cbir.explain.values import MAX_SHOWN, ValueReader, columns_for
from cbir.extractors import EXTRACTORS
from cbir.extractors.channel_histogram import channel_histograms
from cbir.extractors.hsv import HistBasic, ellipse_mask, hist_basic
from cbir.records import Identity

COLOURS = ColourReader()
CHANNELS = ChannelReader()


def filled(colour):
    return np.full((40, 60, 3), colour, np.uint8)


def inside(value, bounds):
    return bounds[0] <= value < bounds[1] or value == bounds[1] == 1


# hist-basic -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "colour",
    [(250, 10, 20), (120, 200, 40), (30, 60, 220), (90, 80, 70), (12, 10, 14), (240, 250, 245), (200, 30, 190)],
)
def test_a_plain_picture_is_in_the_bin_of_its_colour_in_every_region(colour):
    hue, saturation, value = colorsys.rgb_to_hsv(*(one / 255 for one in colour))
    dims = np.flatnonzero(hist_basic(filled(colour)))

    parts = [COLOURS.part(int(dim)) for dim in dims]
    assert [part.region for part in parts] == ["ellipse", "top-left", "top-right", "bottom-right", "bottom-left"]
    for dim, part in zip(dims, parts, strict=True):
        assert part.dim == dim
        assert inside(360 * hue, part.colour.hue)
        assert inside(saturation, part.colour.saturation)
        assert inside(value, part.colour.value)


def test_the_colour_of_a_bin_lies_in_that_bin():
    for number, colour in enumerate(COLOURS.colours):
        rgb = [int(colour.srgb[at : at + 2], 16) for at in (1, 3, 5)]
        (dim, *_) = np.flatnonzero(hist_basic(filled(rgb)))
        assert COLOURS.part(int(dim)).colour == colour
        assert colour.number == number


@pytest.mark.parametrize("place", range(5))
def test_what_is_painted_in_a_region_is_read_there(place):
    region = COLOURS.regions[place]
    drawn = shape_of(region, 200, 120) & ~(shape_of(COLOURS.regions[0], 200, 120) if place else np.False_)
    picture = np.zeros((120, 200, 3), np.uint8)
    picture[drawn] = (255, 0, 0)

    vector = hist_basic(picture)
    red = {COLOURS.part(int(dim)).region: vector[dim] for dim in np.flatnonzero(vector) if dim % 81}
    # all but the border's pixels
    assert red[region.name] > 0.97 / 5
    assert sum(red.values()) - red[region.name] < 0.03 / 5


def shape_of(region, width, height):
    """A region drawn by Pillow from its relative shape."""
    image = Image.new("1", (width, height))
    draw = ImageDraw.Draw(image)
    if region.ellipse:
        (x, y), (across, down) = region.ellipse.centre, region.ellipse.half_axes
        box = [(x - across) * width, (y - down) * height, (x + across) * width, (y + down) * height]
        draw.ellipse(box, fill=1)
    else:
        corners = [(x * width, y * height) for x, y in region.polygon]
        draw.rectangle([*corners[0], corners[2][0] - 1, corners[2][1] - 1], fill=1)
    return np.asarray(image)


@pytest.mark.parametrize("size", [(200, 120), (301, 77), (64, 64)])
def test_the_drawn_ellipse_is_the_masks_but_for_its_border(size):
    drawn = shape_of(COLOURS.regions[0], *size)
    mask = ellipse_mask(*size) > 0
    border = 2 * np.pi * 0.375 * max(size)
    assert (drawn ^ mask).sum() < 1.5 * border


def test_quadrants_cover_the_picture_once():
    covered = sum(shape_of(region, 100, 60).astype(int) for region in COLOURS.regions[1:])
    assert (covered == 1).all()


def test_colours_are_grouped_by_region_and_over_regions():
    region, colour = COLOURS.groupings
    values = np.random.default_rng(0).random(405)
    by_region = np.bincount(region.group_of, values)
    by_colour = np.bincount(colour.group_of, values)
    assert by_region == pytest.approx(values.reshape(5, 81).sum(axis=1))
    assert by_colour == pytest.approx(values.reshape(5, 81).sum(axis=0))
    assert region.part(3).region == "bottom-right"
    assert region.part(3).colour is None
    assert colour.part(80).colour == COLOURS.colours[80]
    assert colour.part(80).region is None


def test_the_figure_of_colours_is_a_row_a_region():
    vector = hist_basic(np.random.default_rng(1).integers(0, 256, (30, 40, 3), dtype=np.uint8))
    figure = COLOURS.figure(vector)
    assert figure.values.shape == (5, 81)
    assert figure.values.sum(axis=1) == pytest.approx(np.full(5, 0.2), rel=1e-5)
    assert [one.name for one in figure.regions] == ["ellipse", "top-left", "top-right", "bottom-right", "bottom-left"]


# cnn-hist ---------------------------------------------------------------------------------------------------


def maps_with(layer, channel):
    """Constant maps but for one channel, half of whose values are strong."""
    sizes = [(4, 64), (4, 128), (4, 256), (4, 512), (4, 512)]
    maps = [np.ones((side, side, channels), np.float32) for side, channels in sizes]
    maps[layer][:2, :, channel] = 9
    return maps


@pytest.mark.parametrize(("layer", "channel"), [(0, 0), (0, 63), (1, 5), (2, 255), (3, 0), (4, 511)])
def test_a_channel_that_is_strong_is_read_as_that_channel(layer, channel):
    vector = channel_histograms(maps_with(layer, channel))
    (dim,) = np.flatnonzero((vector > 0) & (np.arange(4416) % 3 > 0))

    part = CHANNELS.part(int(dim))
    assert (part.layer, part.channel, part.level) == (f"block{layer + 1}_conv2", channel, 2)
    by_layer, by_channel = CHANNELS.groupings
    assert by_layer.part(by_layer.group_of[dim]).layer == part.layer
    grouped = by_channel.part(by_channel.group_of[dim])
    assert (grouped.layer, grouped.channel, grouped.level) == (part.layer, channel, None)


def test_channels_are_read_as_many_as_there_are():
    assert CHANNELS.dims == EXTRACTORS.get("cnn-hist").dims == 4416
    assert [one.count for one in CHANNELS.groupings] == [5, 1472]


def test_the_figure_of_channels_is_a_table_a_layer():
    vector = channel_histograms(maps_with(3, 7))
    layers = CHANNELS.figure(vector).layers
    assert [(one.height, one.width, one.values.shape) for one in layers] == [
        (224, 224, (64, 3)),
        (112, 112, (128, 3)),
        (56, 56, (256, 3)),
        (28, 28, (512, 3)),
        (14, 14, (512, 3)),
    ]
    assert layers[3].values[7] * 1472 == pytest.approx(np.array([0.5, 0, 0.5]))
    assert layers[3].values[8] * 1472 == pytest.approx(np.array([1, 0, 0]))


# others -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dims", "columns"),
    [(4096, 64), (512, 32), (25088, 196), (1280, 40), (1, 1), (2, 2), (12, 4), (1000, 40), (4099, 65), (7, 3)],
)
def test_values_stand_in_a_grid_that_is_nearly_square(dims, columns):
    assert columns_for(dims) == columns


def test_an_unknown_descriptor_has_dimensions_and_no_more():
    reader = reader_for(Identity("somebody's", 1, 6, non_negative=False))
    assert (reader.kind, reader.groupings, reader.regions) == ("values", (), ())
    assert reader.part(4).dim == 4
    values = np.array([1, -2, 3, 4, 5, 6], np.float32)
    figure = reader.figure(values)
    assert (figure.columns, figure.values.tolist()) == (3, values.tolist())


def test_imported_descriptors_of_another_size_are_not_read_as_what_they_are_called():
    assert reader_for(Identity("hist-basic", 1, 405, non_negative=True)).kind == "colours"
    assert reader_for(Identity("hist-basic", 1, 9, non_negative=True)).kind == "values"


def test_every_reader_is_of_an_extractor_and_of_its_size():
    for name in READERS.names():
        assert READERS.get(name).dims == EXTRACTORS.get(name).dims
    assert HistBasic().dims == COLOURS.dims


def test_too_many_values_for_a_figure_are_refused():
    reader = ValueReader(MAX_SHOWN + 1)
    with pytest.raises(InvalidRequestError, match="65,537 values are too many"):
        reader.figure(np.zeros(MAX_SHOWN + 1, np.float32))
