"""What an export holds, and what it tells."""

import json

import numpy as np
import pytest

from cbir.errors import AlreadyExistsError, StorageError
from cbir.records import Identity
from cbir.transfer.export import export
from cbir.transfer.importing import import_folder, read_source

from .conftest import COLOURS, entries


def test_everything_comes_back(stored, engine, tmp_path, told):
    assert export(stored, tmp_path / "out", told) == 3
    source = read_source(tmp_path / "out")
    assert source.records == stored.page(0, 10)
    assert source.identities == [COLOURS]
    np.testing.assert_array_equal(source.matrices["colours"], [entry.descriptors["colours"] for entry in entries(3)])
    assert import_folder(engine, tmp_path / "out", "again", told) == 3
    with engine.open("again") as again:
        assert again.page(0, 10) == stored.page(0, 10)
    assert told.lines == []


def test_an_empty_collection(engine, tmp_path, told):
    engine.create("empty", [COLOURS])
    with engine.open("empty") as opened:
        assert export(opened, tmp_path / "out", told) == 0
    assert import_folder(engine, tmp_path / "out", "again", told) == 0
    assert engine.collections() == ["again", "empty"]


def test_an_extractor_that_images_lack_is_left_out_and_named(stored, tmp_path, told):
    stored.add_extractor(Identity("later", 1, 2, non_negative=True))
    stored.fill("later", {f"{0:064x}": np.ones(2)})
    export(stored, tmp_path / "out", told)
    (line,) = told.lines
    assert "later, which 2 images lack" in line
    assert "cbir collections add-extractor photos later" in line
    assert [one["name"] for one in json.loads((tmp_path / "out/collection.json").read_text())["extractors"]] == [
        "colours"
    ]


def test_a_folder_that_holds_something_stays_as_it_is(stored, tmp_path, told):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/letter.txt").write_text("mine")
    with pytest.raises(AlreadyExistsError, match="not empty"):
        export(stored, tmp_path / "out", told)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_file_in_the_place_of_the_folder_is_named(stored, tmp_path, told, place):
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(StorageError, match="a file stands where a folder must be") as caught:
        export(stored, tmp_path / place, told)
    assert "Name another folder" in caught.value.remedy
    assert (tmp_path / "file").read_bytes() == b"x"
