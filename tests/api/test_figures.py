"""What descriptors see: GET …/figures, POST /figures, GET …/maps."""

import hashlib
import io
import typing

import numpy as np
import pytest
from PIL import Image
from tests.api.asking import SEARCH, answered, picture, problem, upload

from cbir.api.schemas.figures import MapLayer
from cbir.explain.maps import MAP_LAYERS
from cbir.extractors.hsv import hist_basic
from cbir.images.decode import decode
from cbir.records import Identity, ImageEntry, ImageRecord

FIGURES = "/api/v1/figures"
IMAGES = "/api/v1/collections/default/images"
NOBODY = "0" * 64
LAYERS = [f"block{block}_conv2" for block in range(1, 6)]


class FakeDescriber:
    """Describes every picture by the numbers from 0 on; says of what, and counts how often."""

    def __init__(self):
        self.asked = []

    def describe(self, image, extractor):
        self.asked.append((extractor.name, image.shape))
        return np.arange(extractor.dims, dtype=np.float32)


class KnownWeights:
    """Weights that are there as far as anybody asks for their digest."""

    def digest(self, name, tensors=None):
        return hashlib.sha256(f"{name} {tensors}".encode()).hexdigest()


@pytest.fixture
def describer(library):
    """In the place of the neural network."""
    library.weights = KnownWeights()
    library.describer = FakeDescriber()
    return library.describer


@pytest.fixture
def channels(library):
    """An image whose `cnn-hist` says that channel c of all the 1,472 is weak with a share of c/1472; its id."""
    library.engine.create("deep", [Identity("cnn-hist", 1, 4416, non_negative=True)])
    weak = np.arange(1472) / 1472
    rows = np.stack([weak, 1 - weak, np.zeros(1472)], axis=1) / 1472
    with library.engine.open("deep", write=True) as stored:
        record = ImageRecord("ab" * 32, 640, 480, "JPEG")
        stored.upsert([ImageEntry(record, {"cnn-hist": rows.reshape(-1).astype(np.float32)})])
    return record.id


def sheet(answer):
    assert (answer.status_code, answer.content_type) == (200, "image/png"), answer.text
    with Image.open(io.BytesIO(answer.data)) as image:
        assert image.mode == "L"
        return np.asarray(image)


# Figures of indexed images ----------------------------------------------------------------------------------


def test_colours_are_told_by_region(client, indexed):
    found = answered(client.get(f"{IMAGES}/{indexed[2]}/figures/hist-basic"))

    values = hist_basic(decode(picture(2)).pixels).reshape(5, 81)
    figure = found["figure"]
    assert (found["extractor"], found["dims"], found["id"], found["query"]) == ("hist-basic", 405, indexed[2], None)
    assert figure["kind"] == "colours"
    assert np.array(figure["values"]) == pytest.approx(values)
    assert [one["name"] for one in figure["regions"]][:2] == ["ellipse", "top-left"]
    assert [one["number"] for one in figure["colours"]] == list(range(81))
    strongest = figure["colours"][int(values.sum(axis=0).argmax())]
    assert strongest["srgb"].startswith("#")
    assert strongest["hue"][1] - strongest["hue"][0] == pytest.approx(40)


def test_histograms_of_channels_are_told_by_layer_with_the_way_to_their_maps(client, channels):
    address = f"/api/v1/collections/deep/images/{channels}"
    figure = answered(client.get(f"{address}/figures/cnn-hist"))["figure"]

    assert figure["kind"] == "channels"
    assert [one["layer"] for one in figure["layers"]] == LAYERS
    assert [one["channels"] for one in figure["layers"]] == [64, 128, 256, 512, 512]
    assert [one["height"] for one in figure["layers"]] == [224, 112, 56, 28, 14]
    assert [one["maps"] for one in figure["layers"]] == [f"{address}/maps/{layer}" for layer in LAYERS]
    # channel 3 of the second layer is the 67th of all
    assert figure["layers"][1]["values"][3] == pytest.approx([67 / 1472**2, 1405 / 1472**2, 0], rel=1e-6)


def test_other_descriptors_are_a_grid(client, library):
    library.engine.create("codes", [Identity("codes", 1, 4096, non_negative=False), Identity("odd", 1, 7, True)])
    values = np.random.default_rng(0).standard_normal(4096).astype(np.float32)
    with library.engine.open("codes", write=True) as stored:
        record = ImageRecord("cd" * 32, 1, 1, "PNG")
        stored.upsert([ImageEntry(record, {"codes": values, "odd": np.arange(7, dtype=np.float32)})])
    address = f"/api/v1/collections/codes/images/{record.id}/figures"

    figure = answered(client.get(f"{address}/codes"))["figure"]
    assert (figure["kind"], figure["columns"]) == ("values", 64)
    assert np.array(figure["rows"]) == pytest.approx(values.reshape(64, 64))
    assert answered(client.get(f"{address}/odd"))["figure"]["rows"] == [[0, 1, 2], [3, 4, 5], [6]]


@pytest.mark.parametrize("end", [f"{NOBODY}/figures/hist-basic", "ID/figures/cnn-hist", "ID/figures/nothing"])
def test_a_figure_that_is_not_there_is_not_found(client, indexed, end):
    problem(client.get(f"{IMAGES}/{end.replace('ID', indexed[0])}"), 404)


# Figures of pictures from outside ---------------------------------------------------------------------------


def test_a_file_has_the_figure_of_the_same_image_and_is_kept(client, indexed):
    found = answered(upload(client, picture(2), FIGURES, extractor="hist-basic"))

    same = answered(client.get(f"{IMAGES}/{indexed[2]}/figures/hist-basic"))
    assert found["figure"] == same["figure"]
    assert (found["id"], found["dims"]) == (None, 405)
    again = answered(client.post(FIGURES, json={"query": found["query"], "extractor": "hist-basic"}))
    assert again["figure"] == found["figure"]
    assert again["query"] == found["query"]
    assert answered(client.post(SEARCH, json={"query": found["query"]}))["hits"][0]["id"] == indexed[2]


def test_a_part_of_a_picture_has_a_figure_of_its_own(client):
    found = answered(upload(client, picture(2), FIGURES, extractor="hist-basic", crop="4,6,20,16"))

    part = decode(picture(2)).pixels[6:22, 4:24]
    assert np.array(found["figure"]["values"]).reshape(-1) == pytest.approx(hist_basic(part))


def test_a_picture_is_described_once(client, describer):
    found = answered(upload(client, picture(2), FIGURES, extractor="cnn-hist"))
    again = answered(client.post(FIGURES, json={"query": found["query"], "extractor": "cnn-hist"}))

    assert describer.asked == [("cnn-hist", (32, 48, 3))]
    assert again["figure"] == found["figure"]
    assert [one["maps"] for one in found["figure"]["layers"]] == [None] * 5
    assert found["figure"]["layers"][0]["values"][1] == [3, 4, 5]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"query": "unknown", "extractor": "hist-basic"}, 404, "query"),
        ({"query": "TOKEN", "extractor": "nothing"}, 422, "extractor"),
        ({"query": "TOKEN", "extractor": "hist-basic", "crop": "90,0,5,5"}, 422, "crop"),
        ({"query": "TOKEN", "extractor": "hist-basic", "crop": "0,0,0,0"}, 422, "crop"),
        ({"extractor": "hist-basic"}, 422, "query"),
        ({"query": "TOKEN"}, 422, "extractor"),
    ],
    ids=str,
)
def test_what_cannot_be_shown_is_refused_by_its_field(client, body, status, field):
    token = answered(upload(client, picture(0), FIGURES, extractor="hist-basic"))["query"]
    fields, _ = problem(
        client.post(FIGURES, json={name: token if value == "TOKEN" else value for name, value in body.items()}),
        status,
    )
    assert fields == [field]


def test_what_is_no_picture_is_refused(client):
    fields, _ = problem(upload(client, b"no picture", FIGURES, extractor="hist-basic"), 422)
    assert fields == ["image"]


def test_without_weights_a_figure_says_how_to_get_them(client):
    _, document = problem(upload(client, picture(0), FIGURES, extractor="cnn-hist"), 503)
    assert document["type"] == "urn:cbir:problem:weights-missing"
    assert "cbir weights" in document["remedy"]


# Feature maps -----------------------------------------------------------------------------------------------


def test_maps_are_those_of_the_layers_code(client, indexed, describer):
    found = sheet(client.get(f"{IMAGES}/{indexed[0]}/maps/block5_pool?channels=2,511"))

    assert describer.asked == [("vgg16:block5_pool", (32, 48, 3))]
    values = np.arange(7 * 7 * 512, dtype=float).reshape(7, 7, 512)
    assert found.shape == (7, 15)
    for left, channel in [(0, 2), (8, 511)]:
        shades = 255 * values[:, :, channel] / values[:, :, channel].max()
        assert np.abs(found[:, left : left + 7] - shades).max() <= 0.51


def test_the_first_channels_are_shown_where_none_are_named(client, indexed, describer):
    address = f"{IMAGES}/{indexed[0]}/maps/block5_conv2"
    assert sheet(client.get(address)).shape == (8 * 15 - 1, 8 * 15 - 1)
    assert sheet(client.get(f"{address}?first=3")).shape == (29, 29)
    assert sheet(client.get(f"{IMAGES}/{indexed[0]}/maps/block1_pool?first=512")).shape == (8 * 113 - 1, 8 * 113 - 1)


def test_maps_are_made_once(client, indexed, describer):
    address = f"{IMAGES}/{indexed[0]}/maps/block5_conv2"
    first = client.get(f"{address}?first=2")
    again = client.get(f"{address}?channels=0,1")
    other = client.get(f"{address}?channels=511,0")

    assert len(describer.asked) == 2
    assert first.data == again.data != other.data
    assert "private" in first.headers["Cache-Control"]
    unchanged = client.get(f"{address}?first=2", headers={"If-None-Match": first.headers["ETag"]})
    assert (unchanged.status_code, unchanged.data) == (304, b"")


def test_other_weights_make_other_maps(client, indexed, describer, library, monkeypatch):
    address = f"{IMAGES}/{indexed[0]}/maps/block5_conv2?first=1"
    client.get(address)
    monkeypatch.setattr(KnownWeights, "digest", lambda *_: "f" * 64)
    client.get(address)
    assert len(describer.asked) == 2


def test_every_layer_with_maps_has_an_address():
    assert typing.get_args(MapLayer) == MAP_LAYERS


@pytest.mark.parametrize(
    ("end", "field"),
    [
        ("fc2", "layer"),
        ("block6_conv1", "layer"),
        ("block1_conv1-linear", "layer"),
        ("block1_conv2?channels=64", "channels"),
        ("block1_conv2?channels=1,1", "channels"),
        ("block1_conv2?channels=1,", "channels"),
        ("block1_conv2?channels=-1", "channels"),
        ("block1_conv2?channels=1&first=2", "first"),
        ("block1_conv2?first=0", "first"),
        ("block1_conv2?first=513", "first"),
        ("block1_conv2?last=1", "last"),
    ],
)
def test_maps_that_cannot_be_are_refused(client, indexed, describer, end, field):
    fields, _ = problem(client.get(f"{IMAGES}/{indexed[0]}/maps/{end}"), 422)
    assert fields == [field]
    assert describer.asked == []


def test_without_weights_maps_say_how_to_get_them(client, indexed):
    _, document = problem(client.get(f"{IMAGES}/{indexed[0]}/maps/block1_conv2"), 503)
    assert document["type"] == "urn:cbir:problem:weights-missing"
    assert "cbir weights" in document["remedy"]


def test_an_image_that_is_gone_has_no_maps(client, indexed, describer, photos):
    problem(client.get(f"{IMAGES}/{NOBODY}/maps/block1_conv2"), 404)
    (photos / "1.png").unlink()
    problem(client.get(f"{IMAGES}/{indexed[1]}/maps/block1_conv2"), 404)
