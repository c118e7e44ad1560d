"""A folder that is not what the format says costs one line, and leaves no collection."""

import json

import numpy as np
import pytest

from cbir.errors import CbirError, InvalidRequestError, NotFoundError
from cbir.transfer.export import export
from cbir.transfer.importing import import_folder


@pytest.fixture
def exported(stored, tmp_path, told):
    export(stored, tmp_path / "out", told)
    return tmp_path / "out"


@pytest.fixture
def refused(engine, told):
    """The error of an import, which leaves the collections as they were."""

    def attempt(folder, kind=InvalidRequestError) -> CbirError:
        before = engine.collections()
        with pytest.raises(kind) as caught:
            import_folder(engine, folder, "again", told)
        assert engine.collections() == before
        assert caught.value.remedy
        return caught.value

    return attempt


def change(file, *place, to):
    """Replace or (with ``...``) remove one value of a JSON file."""
    content = json.loads(file.read_text())
    inner = content
    for key in place[:-1]:
        inner = inner[key]
    if to is ...:
        del inner[place[-1]]
    else:
        inner[place[-1]] = to
    file.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("extractors",), ..., "'extractors' is missing"),
        (("extractors",), {}, "{} is not a list"),
        (("extractors", 0), "colours", "'colours' is not an object"),
        (("extractors", 0, "dims"), "4", "'dims': '4' is not a whole number"),
        (("extractors", 0, "dims"), True, "'dims': True is not a whole number"),
        (("extractors", 0, "non_negative"), 1, "'non_negative': 1 is not true or false"),
        (("extractors", 0, "parameters"), [], r"'parameters': \[\] is not an object"),
        (("extractors", 0, "version"), ..., "'version' is missing"),
        (("extractors", 0, "name"), "../colours", "cannot be called '../colours'"),
        (("extractors", 0, "name"), "\ud800", "cannot be called"),
        (("format",), ..., "has the format None"),
        (("format",), "\n", "has the format"),
    ],
)
def test_a_description_that_is_none(exported, refused, place, value, message):
    change(exported / "collection.json", *place, to=value)
    with pytest.raises(InvalidRequestError, match=message):
        raise refused(exported)


@pytest.mark.parametrize("name", ["collection.json", "records.json"])
@pytest.mark.parametrize(
    ("text", "message"),
    [("7", "7 is not"), ("null", "None is not"), ("{", "not valid JSON"), ("[" * 100_000, "not valid JSON")],
)
def test_json_of_another_kind(exported, refused, name, text, message):
    (exported / name).write_text(text)
    error = refused(exported)
    assert name in error.message
    assert message in error.message


def test_json_that_is_not_utf_8(exported, refused):
    (exported / "collection.json").write_bytes(b'{"a": "\xff"}')
    assert "collection.json is not valid JSON" in refused(exported).message


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ((), 3, "3 is not an object"),
        (("id",), ..., "'id' is missing"),
        (("id",), "ABC", "'ABC' is no image id"),
        (("id",), 5, "'id': 5 is not text"),
        (("width",), "abc", "'width': 'abc' is not a whole number"),
        (("width",), -1, "'width' cannot be -1"),
        (("height",), 2**63, "'height' cannot be 9223372036854775808"),
        (("labels",), "cat", "'labels': 'cat' is not a list"),
        (("labels",), [1], "'labels': 1 is not text"),
        (("labels",), ["\ud800"], "not Unicode"),
        (("caption",), None, "'caption': None is not text"),
        (("added_at",), "yesterday", "'added_at' cannot be 'yesterday'"),
        (("added_at",), 7, "'added_at': 7 is not text"),
        (("locations",), {"path": "x"}, "'locations': .* is not a list"),
        (("locations", 0), "x", "'locations': 'x' is not an object"),
        (("locations", 0, "path"), ..., "'path' is missing"),
        (("locations", 0, "path"), "\ud800", "cannot be a path"),
        (("locations", 0, "root"), "\ud800", "cannot be a path"),
        (("locations", 0, "size"), 2**63, "'size' cannot be 9223372036854775808"),
        (("locations", 0, "mtime_ns"), 2**63, "'mtime_ns' cannot be 9223372036854775808"),
    ],
)
def test_an_entry_of_records_json_that_is_none(exported, refused, place, value, message):
    change(exported / "records.json", 1, *place, to=value)
    (exported / "records.csv").unlink()
    with pytest.raises(InvalidRequestError, match=message):
        raise refused(exported)


class TestEditedTable:
    """`records.csv` beside a `records.json` that says otherwise."""

    def edit(self, folder, old, new):
        text = (folder / "records.csv").read_text(errors="surrogateescape")
        assert old in text
        (folder / "records.csv").write_text(text.replace(old, new, 1), errors="surrogateescape")

    @pytest.mark.parametrize(
        ("old", "new", "column"),
        [
            ("cat;dog", "cat;dog;horse", "labels"),
            ("sunset", "sunrise", "keywords"),
            ("of two lines", "of two rows", "caption"),
            ("/photos/0-", "/elsewhere/0-", "path"),
            (f"{2:064x}", f"{3:064x}", "id"),
        ],
    )
    def test_an_edit_is_refused_with_the_way_to_have_it(self, exported, refused, old, new, column):
        self.edit(exported, old, new)
        error = refused(exported)
        assert f"'{column}' is not what records.json says" in error.message
        assert "Delete records.json to use records.csv" in error.remedy

    def test_the_remedies_work(self, exported, engine, told):
        self.edit(exported, "cat;dog", "cat;dog;horse")
        listing = (exported / "records.json").read_bytes()
        (exported / "records.json").unlink()
        import_folder(engine, exported, "edited", told)
        (exported / "records.csv").unlink()
        (exported / "records.json").write_bytes(listing)
        import_folder(engine, exported, "original", told)
        with engine.open("edited") as edited, engine.open("original") as original:
            assert edited.labels() == {"cat": 3, "dog": 3, "horse": 1}
            assert original.labels() == {"cat": 3, "dog": 3}

    def test_a_row_that_was_taken_out_is_refused(self, exported, refused):
        lines = (exported / "records.csv").read_bytes().splitlines(keepends=True)
        (exported / "records.csv").write_bytes(b"".join(lines[:-2]))
        assert "2 rows are not what records.json says" in refused(exported).message

    def test_what_a_spreadsheet_changes_without_being_asked_is_no_edit(self, exported, engine, told):
        """Another order of a cell's labels, spaces, line ends, columns that were added or taken out."""
        self.edit(exported, "cat;dog", " dog ;cat")
        self.edit(exported, "\nof two lines", "\r\nof two lines ")
        self.edit(exported, "height", "something else")
        assert import_folder(engine, exported, "again", told) == 3


@pytest.mark.parametrize("name", ["hist-basic", "cnn-conv", "vgg16__fc2", "keras__ResNet50"])
def test_a_matrix_called_as_an_installed_extractor_is_refused(tmp_path, engine, told, refused, name):
    """It would be taken for that extractor's, and every search with a picture would fail."""
    (tmp_path / "foreign/vectors").mkdir(parents=True)
    file = tmp_path / f"foreign/vectors/{name}.npy"
    np.save(file, np.ones((1, 4), np.float32))
    (tmp_path / "foreign/records.csv").write_text(f"id\n{1:064x}\n")
    error = refused(tmp_path / "foreign")
    assert f"{name}.npy is called as an installed extractor is" in error.message
    assert "Rename the file" in error.remedy
    file.rename(file.with_name("mine.npy"))
    assert import_folder(engine, tmp_path / "foreign", "again", told) == 1


class TestTable:
    @pytest.fixture
    def foreign(self, tmp_path):
        """What another program computed, of one image."""

        def make(table):
            folder = tmp_path / "foreign"
            (folder / "vectors").mkdir(parents=True)
            np.save(folder / "vectors/net.npy", np.ones((1, 3), np.float32))
            (folder / "records.csv").write_bytes(table)
            return folder

        return make

    @pytest.mark.parametrize("size", ["abc", "-1", "1.5", "9" * 5000, "9223372036854775808"])
    def test_a_size_that_is_no_number(self, foreign, refused, size):
        folder = foreign(f"id,width\n{7:064x},{size}\n".encode())
        error = refused(folder)
        assert "records.csv, line 2: 'width' cannot be" in error.message
        assert len(error.message) < 300

    def test_a_field_that_is_longer_than_the_reader_takes(self, foreign, refused):
        folder = foreign(b"id,caption\n" + f"{7:064x},".encode() + b"x" * 200_000 + b"\n")
        assert "line 2 cannot be read as CSV: field larger than field limit" in refused(folder).message

    def test_a_line_with_fewer_and_one_with_more_columns_than_the_first(self, foreign, engine, told):
        folder = foreign(f"id,labels,caption\n{7:064x}\n".encode())
        assert import_folder(engine, folder, "short", told) == 1
        (folder / "records.csv").write_text(f"id\n{7:064x},a,b\n")
        assert import_folder(engine, folder, "long", told) == 1

    def test_a_folder_in_the_place_of_the_table(self, foreign, refused):
        folder = foreign(b"")
        (folder / "records.csv").unlink()
        refused(folder, NotFoundError)
        (folder / "records.csv").mkdir()
        assert "records.csv cannot be read" in refused(folder, CbirError).message
