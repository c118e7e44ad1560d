"""The command line with real neural descriptors, and with descriptors of another identity."""

import dataclasses
import shutil

import pytest

from cbir.extractors import EXTRACTORS


@pytest.fixture
def weighted(cbir, tmp_path, vgg16_weights):
    """The command line with VGG16's convolutional weights in its cache."""
    shutil.copytree(vgg16_weights.folder, tmp_path / "weights", dirs_exist_ok=True)
    return cbir


def test_defaults_with_weights_and_an_extractor_that_is_added_later(weighted, photos):
    cbir = weighted
    assert cbir("index", photos).code == 0
    shown = cbir("collections", "show", "default", "--json").json
    assert [one["name"] for one in shown["extractors"]] == ["hist-basic", "cnn-hist", "cnn-conv"]

    answer = cbir("search", photos / "3.png", "--json").json
    assert (answer["extractor"], answer["metric"]) == ("cnn-conv", "cosine")
    assert answer["hits"][0]["path"] == str(photos / "3.png")
    assert answer["hits"][0]["score"] == pytest.approx(1, abs=1e-6)
    assert cbir("search", photos / "3.png", "-x", "cnn-hist", "--json").json["metric"] == "chi2"

    added = cbir("collections", "add-extractor", "default", "vgg16:block5_pool")
    assert added.code == 0
    assert "5 of 5" in added.out
    answer = cbir("search", photos / "3.png", "-x", "vgg16:block5_pool", "--json").json
    assert answer["hits"][0]["path"] == str(photos / "3.png")
    assert cbir("doctor").code == 0


def test_a_metric_that_needs_non_negative_values_refuses_a_linear_layer(weighted, photos):
    assert weighted("index", photos, "--extractors", "vgg16:block5_conv3-linear").code == 0
    result = weighted("search", photos / "0.png", "--metric", "chi2")
    assert result.code == 1
    assert "non-negative" in result.err
    assert weighted("search", photos / "0.png").code == 0


@pytest.fixture
def newer(monkeypatch):
    """Another version of hist-basic is installed than the one that described the collection."""
    monkeypatch.setitem(EXTRACTORS._made, "hist-basic", dataclasses.replace(EXTRACTORS.get("hist-basic")))
    installed = EXTRACTORS.get("hist-basic")
    identity = type(installed).identity

    def other(self, weights):
        return dataclasses.replace(identity(self, weights), version=99)

    monkeypatch.setattr(type(installed), "identity", other)


class TestAnotherIdentity:
    """Never a silently bad ranking."""

    def test_a_picture_from_outside_is_refused(self, cbir, indexed, newer):
        result = cbir("search", indexed / "0.png")
        assert result.code == 1
        assert "version" in result.err

    def test_nothing_is_added(self, cbir, indexed, newer):
        assert cbir("index", indexed).code == 1

    def test_doctor_calls_it_a_fault(self, cbir, indexed, newer):
        result = cbir("doctor", "--quick")
        assert result.code == 1
        assert "FAULT" in result.out

    def test_indexed_images_still_find_each_other(self, cbir, indexed, newer, tmp_path):
        cbir("export", tmp_path / "out")
        image_id = (tmp_path / "out/records.csv").read_text().splitlines()[1].split(",")[0]
        assert cbir("search", f"id:{image_id}", "--json").json["hits"][0]["id"] == image_id


class TestAddExtractor:
    def test_an_image_without_its_file_keeps_it_from_being_searched(self, weighted, indexed):
        moved = indexed / "0.png"
        moved.rename(indexed / "away")
        result = weighted("collections", "add-extractor", "default", "vgg16:block1_pool")
        assert result.code == 0
        assert "4 of 5" in result.out
        assert "0.png" in result.err
        refused = weighted("search", indexed / "1.png", "-x", "vgg16:block1_pool")
        assert refused.code == 1
        assert "add-extractor" in refused.err
        (indexed / "away").rename(moved)
        assert "5 of 5" in weighted("collections", "add-extractor", "default", "vgg16:block1_pool").out
        assert weighted("search", indexed / "1.png", "-x", "vgg16:block1_pool").code == 0

    def test_unknown(self, cbir, indexed):
        result = cbir("collections", "add-extractor", "default", "hist-bassic")
        assert result.code == 1
        assert "Did you mean 'hist-basic'?" in result.err


def test_flags_of_index_reach_the_run(cbir, indexed, tmp_path):
    (tmp_path / "other.csv").write_text("path,labels\nphotos/0.png,special\n")
    (indexed / "1.png").unlink()
    shutil.copy(indexed / "3.png", indexed / "2.png")
    report = cbir("index", indexed, "--labels", tmp_path / "other.csv", "--remove-missing", "--json").json
    assert (report["removed"], report["changed"]) == (1, [str(indexed / "2.png")])
    assert cbir("search", indexed / "0.png", "--json").json["hits"][0]["labels"] == ["special"]
    assert cbir("index", indexed, "--replace-changed", "--json").json["replaced"] == 1
    assert cbir("search", indexed / "0.png", "--json").json["hits"][0]["labels"] == ["all", "even"]


def test_flags_of_evaluate_reach_the_run(cbir, tmp_path, photos):
    (photos / "labels.csv").unlink()
    (tmp_path / "set").mkdir()
    photos.rename(tmp_path / "set/images")
    rows = "".join(f"images/{n}.png,{'ab'[n % 2]},{'x' if n < 4 else 'y'}\n" for n in range(5))
    (tmp_path / "set/labels.csv").write_text("path,kind,part\n" + rows)
    arguments = ["--extractors", "hist-basic", "--metrics", "chi2", "--json"]
    whole = cbir("evaluate", tmp_path / "set", "--label-column", "kind", *arguments)
    assert whole.json["images"] == 5
    part = cbir("evaluate", tmp_path / "set", "--label-column", "kind", "--where", "part=x", *arguments)
    assert (part.json["images"], part.json["queries"]) == (4, 4)
    assert cbir("evaluate", tmp_path / "set", "--where", "nonsense", *arguments).code == 2
    assert cbir("evaluate", tmp_path / "set", *arguments).code == 1
