import json
import os
import subprocess
import sys

import pytest

from cbir.errors import PluginError, UnknownNameError
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


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Installs a package with entry points, as pip leaves it."""

    def make(name, entry_points, code):
        (tmp_path / f"{name}-1.0.dist-info").mkdir()
        (tmp_path / f"{name}-1.0.dist-info/METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
        )
        (tmp_path / f"{name}-1.0.dist-info/entry_points.txt").write_text(f"[cbir.tests.fruit]\n{entry_points}\n")
        (tmp_path / f"{name}.py").write_text(code)
        monkeypatch.syspath_prepend(tmp_path)

    return make


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import a_module_that_is_not_there", "ModuleNotFoundError: No module named 'a_module_that_is_not_there'"),
        ("def quince(:", "SyntaxError"),
        ("", "AttributeError"),
        ("def quince():\n    raise ZeroDivisionError('no\\nluck')", "ZeroDivisionError: no luck"),
        ("quince = 3", "TypeError"),
    ],
)
def test_a_package_that_cannot_be_loaded_costs_only_what_it_brings(install, caplog, code, reason):
    install("rotten", "quince = rotten:quince", code)
    sys.modules.pop("rotten", None)
    registry = Registry("fruit", group="cbir.tests.fruit")
    registry.register("apple", lambda: "an apple")
    assert (registry.names(), list(registry), list(registry)) == (["apple", "quince"], ["an apple"], ["an apple"])
    (warning,) = caplog.messages
    with pytest.raises(PluginError) as caught:
        registry.get("quince")
    for text in (warning, caught.value.message):
        assert "The fruit 'quince' of the package 'rotten' cannot be loaded" in text
        assert reason in text
        assert "\n" not in text
    assert "uninstall" in caught.value.remedy


def test_a_package_may_refuse_a_name_in_its_own_words(install):
    code = "from cbir.errors import UnknownNameError\ndef nut(name): raise UnknownNameError(f'{name} does not grow.')"
    install("hazel", "nut: = hazel:nut", code)
    with pytest.raises(UnknownNameError, match=r"nut:wal does not grow\."):
        Registry("fruit", group="cbir.tests.fruit").get("nut:wal")


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
