"""Collections that cannot be opened can be seen and deleted."""

import shutil
import sqlite3
import sys

import pytest


def another_version(folder):
    connection = sqlite3.connect(folder / "index.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()


DAMAGES = {
    "schema version 99": another_version,
    "holds no index.sqlite": lambda folder: (folder / "index.sqlite").unlink(),
    "not an index": lambda folder: (folder / "index.sqlite").write_bytes(b"x" * 10_000),
}


@pytest.fixture(params=DAMAGES)
def damaged(request, cbir, indexed, tmp_path):
    """Beside the collection `default`, one called `bad`; the reason why it cannot be opened."""
    collections = tmp_path / "data/collections"
    shutil.copytree(collections / "default", collections / "bad")
    DAMAGES[request.param](collections / "bad")
    return request.param


def test_the_list_shows_it_with_the_reason_beside_the_others(cbir, damaged):
    bad, good = cbir("collections", "list", "--json").json["collections"]
    assert (good["name"], good["images"], good["damaged"]) == ("default", 5, "")
    assert (bad["name"], bad["images"]) == ("bad", None)
    assert damaged in bad["damaged"]
    result = cbir("collections", "list")
    assert result.code == 0
    assert "default" in result.out
    assert damaged in result.err


def test_it_can_be_deleted(cbir, damaged, indexed, tmp_path):
    result = cbir("collections", "delete", "bad", "--yes")
    assert (result.code, result.err) == (0, "")
    assert "unknown number of images" in result.out
    assert [path.name for path in (tmp_path / "data/collections").iterdir() if path.name[0] != "."] == ["default"]
    assert len(cbir("search", indexed / "0.png", "--json").json["hits"]) == 5


def test_what_is_not_there_cannot_be_deleted(cbir, indexed):
    result = cbir("collections", "delete", "defalt", "--yes")
    assert result.code == 1
    assert "Did you mean 'default'?" in result.err


class TestWhetherItAsks:
    def remaining(self, cbir):
        return [row["name"] for row in cbir("collections", "list", "--json").json["collections"]]

    @pytest.mark.parametrize(("answer", "left"), [("n\n", ["default"]), ("y\n", [])])
    def test_a_person_is_asked(self, cbir, indexed, monkeypatch, answer, left):
        class Terminal:
            def isatty(self):
                return True

            def readline(self, *_):
                return answer

        monkeypatch.setattr(sys, "stdin", Terminal())
        monkeypatch.setattr("builtins.input", lambda *_: answer.strip())
        result = cbir("collections", "delete", "default")
        assert result.code == len(left)
        assert self.remaining(cbir) == left

    def test_a_script_is_not(self, cbir, indexed, monkeypatch):
        with open("/dev/null") as nothing:
            monkeypatch.setattr(sys, "stdin", nothing)
            assert cbir("collections", "delete", "default").code == 0
        assert self.remaining(cbir) == []
