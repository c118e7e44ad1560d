"""What the commands say of damaged descriptors, and that it helps to do it."""

import json
import os

import numpy as np
import pytest


def flip(file):
    data = bytearray(file.read_bytes())
    data[1000] ^= 1
    file.write_bytes(data)


def spoil(file):
    """Values that were never accepted."""
    rows = np.fromfile(file, dtype="<f4")
    rows[7] = np.nan
    file.write_bytes(rows.tobytes())


DAMAGES = {"shortened": lambda file: os.truncate(file, 2000), "removed": os.unlink, "flipped": flip, "NaN": spoil}


@pytest.fixture(params=DAMAGES)
def damage(request):
    return DAMAGES[request.param]


@pytest.fixture
def two(cbir, indexed, tmp_path):
    """A collection `two` with the colour descriptor and one of another program; the segment of the colours."""
    folder = tmp_path / "out"
    assert cbir("export", folder).code == 0
    np.save(folder / "vectors/mine.npy", np.eye(5, 8, dtype=np.float32) + 1)
    description = json.loads((folder / "collection.json").read_text())
    mine = {"name": "mine", "version": 0, "dims": 8, "non_negative": True, "weights": "", "parameters": {}}
    description["extractors"].append(mine)
    (folder / "collection.json").write_text(json.dumps(description))
    assert cbir("import", folder, "-c", "two").code == 0
    (file,) = (tmp_path / "data/collections/two/vectors").glob("0-hist-basic/*.f32")
    return file


def faults(cbir, name):
    rows = cbir("doctor", "--quick", "--json").json["findings"]
    return [row for row in rows if (row["subject"], row["severity"]) == (name, "fault")]


def test_the_doctors_remedy_brings_the_descriptors_back(cbir, indexed, two, damage):
    before = cbir("search", indexed / "0.png", "-c", "two", "--extractor", "hist-basic", "--json").json["hits"]
    damage(two)
    (fault,) = faults(cbir, "two")
    for command in ("drop-extractor", "add-extractor"):
        assert f"`cbir collections {command} two hist-basic`" in fault["remedy"]
        assert cbir("collections", command, "two", "hist-basic").code == 0
    assert faults(cbir, "two") == []
    after = cbir("search", indexed / "0.png", "-c", "two", "--extractor", "hist-basic", "--json").json["hits"]
    assert after == before


def test_the_remedy_for_the_only_descriptor_helps_too(cbir, indexed, tmp_path, damage):
    before = cbir("search", indexed / "0.png", "--json").json["hits"]
    (file,) = (tmp_path / "data/collections/default/vectors").rglob("*.f32")
    damage(file)
    (fault,) = faults(cbir, "default")
    assert "delete it and index again" in fault["remedy"]
    assert cbir("collections", "delete", "default", "--yes").code == 0
    assert cbir("index", indexed, "--extractors", "hist-basic").code == 0
    assert faults(cbir, "default") == []
    assert cbir("search", indexed / "0.png", "--json").json["hits"] == before


@pytest.mark.parametrize("lose", [DAMAGES["shortened"], DAMAGES["removed"]], ids=["shortened", "removed"])
def test_indexing_into_lost_rows_is_refused_as_searching_is(cbir, indexed, tmp_path, lose):
    (file,) = (tmp_path / "data/collections/default/vectors").rglob("*.f32")
    lose(file)
    searching, indexing = cbir("search", indexed / "0.png"), cbir("index", indexed)
    assert (searching.code, indexing.code) == (1, 1)
    assert searching.err.splitlines()[-1] == indexing.err.splitlines()[-1]
    assert cbir("remove", indexed / "0.png").code == 0
    assert cbir("index", indexed).code == 1


def test_no_answer_is_made_of_values_that_cannot_be(cbir, indexed, tmp_path):
    (file,) = (tmp_path / "data/collections/default/vectors").rglob("*.f32")
    spoil(file)
    result = cbir("search", indexed / "0.png", "--json")
    assert result.code == 1
    assert result.out == ""
    assert "damaged" in result.err


def test_labels_cannot_reach_the_terminal_as_commands(cbir, photos):
    (photos / "labels.csv").write_text('path,labels\n0.png,"red\x1b[31m;two\nlines;bell\x07;Zürich 東京"\n')
    assert cbir("index", photos, "--extractors", "hist-basic").code == 0
    shown = cbir("collections", "show", "default").out
    assert all(line.isprintable() for line in shown.splitlines())
    for label in (r"red\x1b[31m", r"two\nlines", r"bell\x07", "Zürich 東京"):
        assert f"label      {label}: 1 image" in shown
