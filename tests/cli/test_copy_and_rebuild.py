"""`cbir collections copy` and `rebuild`."""

import pytest

from cbir.collection import UNFINISHED_COPY
from cbir.engines.embedded.engine import EmbeddedEngine


@pytest.fixture
def engine(tmp_path):
    return EmbeddedEngine(tmp_path / "data/collections")


@pytest.fixture
def unfinished(cbir, indexed, engine):
    """A finished copy, `again`, that was made to look like one that was interrupted, and lacks an image."""
    assert cbir("collections", "copy", "default", "--to", "embedded", "--as", "again").code == 0
    with engine.open("again", write=True) as stored:
        stored.set_metadata(UNFINISHED_COPY, {"engine": "embedded", "collection": "default"})
        stored.delete([stored.page(2, 1)[0].id])


def test_a_copy_answers_as_its_source_does(cbir, indexed):
    result = cbir("collections", "copy", "default", "--to", "embedded", "--as", "again")
    assert (result.code, result.out) == (0, "again: 5 images in the embedded engine, as in 'default' (embedded)\n")
    assert "Copying default: 5" in result.err
    hits = [cbir("search", indexed / "0.png", "-c", name, "--json").json["hits"] for name in ("default", "again")]
    assert hits[0] == hits[1]
    assert len(hits[0]) == 5
    shown = [cbir("collections", "show", name, "--json").json for name in ("default", "again")]
    assert shown[0] == shown[1] | {"name": "default"}


def test_a_copy_for_machines(cbir, indexed):
    assert cbir("collections", "copy", "default", "--to", "embedded", "--as", "again", "--json").json == {
        "collection": "again",
        "engine": "embedded",
        "images": 5,
        "source": {"engine": "embedded", "collection": "default"},
    }


def test_a_finished_copy_is_said_to_be_one(cbir, indexed):
    for _ in range(2):
        result = cbir("collections", "copy", "default", "--to", "embedded", "--as", "again")
        assert result.code == 0
    assert "'again' is there and equals 'default' already" in result.err


@pytest.mark.parametrize("more", [(), ("--as", "default"), ("--engine", "embedded")])
def test_a_collection_is_not_copied_onto_itself(cbir, indexed, more):
    result = cbir("collections", "copy", "default", "--to", "embedded", *more)
    assert result.code == 1
    assert "cannot be copied onto itself" in result.err
    assert "--as NEWNAME" in result.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("defalt", "--to", "embedded", "--as", "x"), "Did you mean 'default'?"),
        (("default", "--to", "embeded", "--as", "x"), "Did you mean 'embedded'?"),
        (("default", "--to", "embedded", "--as", ".."), "cannot be called '..'"),
    ],
)
def test_names_that_cannot_be(cbir, indexed, arguments, said):
    result = cbir("collections", "copy", *arguments)
    assert result.code == 1
    assert said in result.err
    assert [row["name"] for row in cbir("collections", "list", "--json").json["collections"]] == ["default"]


def test_another_collection_is_never_written_over(cbir, indexed, photos):
    assert cbir("index", photos / "0.png", "-c", "mine", "--extractors", "hist-basic").code == 0
    result = cbir("collections", "copy", "default", "--to", "embedded", "--as", "mine")
    assert result.code == 1
    assert "There is a collection 'mine' already" in result.err
    assert cbir("collections", "show", "mine", "--json").json["images"] == 1


class TestAnUnfinishedCopy:
    def test_is_not_searched_and_the_error_says_how_to_go_on(self, cbir, indexed, unfinished):
        result = cbir("search", indexed / "0.png", "-c", "again")
        assert result.code == 1
        assert "'again' is an unfinished copy of 'default' (embedded engine)" in result.err
        command = result.err.partition("cbir collections copy ")[2].split()
        assert cbir("collections", "copy", *command).code == 0
        assert len(cbir("search", indexed / "0.png", "-c", "again", "--json").json["hits"]) == 5

    def test_is_not_added_to(self, cbir, indexed, unfinished):
        assert "unfinished copy" in cbir("index", indexed, "-c", "again").err

    def test_is_listed_as_such(self, cbir, unfinished):
        rows = {row["name"]: row for row in cbir("collections", "list", "--json").json["collections"]}
        assert "unfinished copy of 'default'" in rows["again"]["damaged"]
        assert rows["default"]["damaged"] == ""
        assert "again cannot be opened: 'again' is an unfinished copy" in cbir("collections", "list").err

    def test_is_no_fault(self, cbir, unfinished):
        report = cbir("doctor", "--quick", "--json")
        assert report.code == 0
        (finding,) = [row for row in report.json["findings"] if row["subject"] == "again"]
        assert finding["severity"] == "warning"

    def test_can_be_deleted(self, cbir, unfinished):
        assert cbir("collections", "delete", "again").code == 0
        assert [row["name"] for row in cbir("collections", "list", "--json").json["collections"]] == ["default"]


def test_rebuild_gives_back_what_removed_images_took(cbir, indexed, tmp_path):
    cbir("remove", indexed / "0.png", indexed / "1.png")
    result = cbir("collections", "rebuild", "default", "--json")
    # two rows of 405 float32 values
    assert result.json == {"collection": "default", "engine": "embedded", "bytes_given_back": 2 * 405 * 4}
    assert len(cbir("search", indexed / "2.png", "--json").json["hits"]) == 3
    assert cbir("collections", "rebuild", "default").out == "default: rebuilt, 0.0 MB given back\n"


def test_rebuild_of_an_unknown_collection(cbir, indexed):
    result = cbir("collections", "rebuild", "defalt")
    assert result.code == 1
    assert "Did you mean 'default'?" in result.err
