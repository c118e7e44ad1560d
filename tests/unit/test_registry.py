import json
import os
import subprocess
import sys

import pytest

from cbir.errors import UnknownNameError
from cbir.registry import Registry, did_you_mean


@pytest.fixture
def registry():
    registry = Registry("fruit", group="cbir.tests.none")
    registry.register("apple", lambda: ["apple"])
    registry.register("pear", lambda: ["pear"])
    registry.register_pattern("berry:", lambda name: [name], "Any berry.")
    return registry


def test_names_in_order_of_registration(registry):
    assert registry.names() == ["apple", "pear"]
    assert registry.patterns() == {"berry:": "Any berry."}
    assert list(registry) == [["apple"], ["pear"]]


def test_a_thing_is_made_once(registry):
    assert registry.get("apple") is registry.get("apple")


def test_a_pattern_takes_the_whole_name(registry):
    assert registry.get("berry:blue") == ["berry:blue"]


def test_a_near_miss_is_named(registry):
    with pytest.raises(UnknownNameError) as caught:
        registry.get("aple")
    assert str(caught.value) == "No fruit is called 'aple'. Did you mean 'apple'? Known: apple, pear, berry:…."


def test_nothing_near_lists_what_is_known(registry):
    with pytest.raises(UnknownNameError, match=r"Known: apple, pear"):
        registry.get("xyzzy")
    assert did_you_mean("x", []) == ""


PLUGIN = """
import numpy as np
from cbir.records import Identity


class Brightness:
    name = "brightness"
    summary = "Mean brightness of each half."
    dims = 2
    non_negative = True
    default_metric = "euclidean"
    weights = ""

    @property
    def family(self):
        return self

    def identity(self, weights):
        return Identity(self.name, 1, self.dims, non_negative=True)

    def open(self, extractors, weights):
        return self

    def prepare(self, image):
        half = image.shape[0] // 2
        return np.array([image[:half].mean(), image[half:].mean()], np.float32)

    def run(self, prepared):
        return {self.name: np.stack(prepared)}

"""


def test_an_installed_package_brings_an_extractor_and_it_is_used(tmp_path):
    """A package with entry points, as pip installs it, indexed and searched with by the command line."""
    site = tmp_path / "site"
    (site / "plugin-1.0.dist-info").mkdir(parents=True)
    (site / "plugin-1.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: plugin\nVersion: 1.0\n")
    (site / "plugin-1.0.dist-info/entry_points.txt").write_text(
        "[cbir.extractors]\nbrightness = brightness_plugin:Brightness\n"
    )
    (site / "brightness_plugin.py").write_text(PLUGIN)
    from PIL import Image

    (tmp_path / "photos").mkdir()
    for level in (0, 100, 120, 250):
        Image.new("RGB", (8, 8), (level, level, level)).save(tmp_path / f"photos/{level}.png")
    environment = os.environ | {"PYTHONPATH": str(site), "CBIR_DATA_DIR": str(tmp_path / "data"), "CBIR_OFFLINE": "1"}

    def cbir(*arguments):
        command = [sys.executable, "-c", "from cbir.cli.main import run; run()", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    assert "brightness" in {row["name"] for row in json.loads(cbir("extractors", "--json"))["extractors"]}
    cbir("index", str(tmp_path / "photos"), "--extractors", "brightness,hist-basic")
    query = str(tmp_path / "photos/100.png")
    answer = json.loads(cbir("search", query, "--extractor", "brightness", "--json"))
    assert answer["metric"] == "euclidean"
    found = [(os.path.basename(hit["path"]), round(hit["score"], 3)) for hit in answer["hits"]]
    assert found == [
        ("100.png", 0.0),
        ("120.png", round(20 * 2**0.5, 3)),
        ("0.png", round(100 * 2**0.5, 3)),
        ("250.png", round(150 * 2**0.5, 3)),
    ]
