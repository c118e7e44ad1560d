"""What an export holds, and what it tells."""

import json
import resource

import numpy as np
import pytest

from cbir.errors import AlreadyExistsError, ConflictError, StorageError, StorageFullError
from cbir.records import Identity
from cbir.transfer.export import export
from cbir.transfer.importing import import_folder, read_source

from .conftest import COLOURS, Told, entries


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


@pytest.mark.parametrize("existed", [False, True])
@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_a_failed_export_leaves_nothing_and_can_be_repeated(stored, tmp_path, monkeypatch, existed, failure):
    if existed:
        (tmp_path / "out").mkdir()

    def fail(*_):
        raise failure

    with monkeypatch.context() as patch:
        patch.setattr(stored, "vectors", fail)
        with pytest.raises((KeyboardInterrupt, StorageFullError)):
            export(stored, tmp_path / "out", Told())
    assert (tmp_path / "out").exists() == existed
    assert not existed or list((tmp_path / "out").iterdir()) == []
    assert export(stored, tmp_path / "out", Told()) == 3


def test_a_full_disk_is_an_error_and_not_the_end_of_the_process(stored, tmp_path, told):
    """Here a limit on a file's size, which meets a matrix of 12 kB."""
    stored.add_extractor(Identity("long", 1, 1024, non_negative=True))
    stored.fill("long", {f"{n:064x}": np.ones(1024) for n in range(3)})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    try:
        with pytest.raises(StorageFullError):
            export(stored, tmp_path / "out", told)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not (tmp_path / "out").exists()


def test_images_that_go_meanwhile_are_noticed(stored, tmp_path, told, monkeypatch):
    monkeypatch.setattr(stored, "count", lambda: 4)
    with pytest.raises(ConflictError, match="came or went"):
        export(stored, tmp_path / "out", told)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_file_in_the_place_of_the_folder_is_named(stored, tmp_path, told, place):
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(StorageError, match="a file stands where a folder must be") as caught:
        export(stored, tmp_path / place, told)
    assert "Name another folder" in caught.value.remedy
    assert (tmp_path / "file").read_bytes() == b"x"
