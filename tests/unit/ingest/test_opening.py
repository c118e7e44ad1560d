import pytest
from tests.pictures import save

from cbir.collection import Library
from cbir.errors import InvalidRequestError
from cbir.ingest.opening import labels_for, open_for_indexing
from cbir.progress import Silent
from cbir.settings import read_settings


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_collection_that_another_process_makes_first_is_the_one_that_is_filled(tmp_path, monkeypatch):
    """Between the look for it and the making."""
    library = Library(read_settings(environment={"CBIR_DATA_DIR": str(tmp_path / "data"), "CBIR_CONFIG": ""}))
    create = library.create

    def late(name, extractors):
        create(name, extractors)
        create(name, extractors)

    monkeypatch.setattr(library, "create", late)
    with open_for_indexing(library, "photos", ["hist-basic"], Silent()) as opened:
        assert opened.extractors() == ["hist-basic"]


def test_tables_of_several_folders_are_united(tmp_path):
    inner = save(tmp_path / "a/b/x.png")
    write(tmp_path / "a/labels.csv", "path,labels\nb/x.png,outer\n")
    write(tmp_path / "a/b/labels.csv", "path,labels\nx.png,inner\n")
    found = labels_for([str(tmp_path / "a"), str(tmp_path / "a/b")], None, Silent())
    assert found[inner].labels == ("inner", "outer")


def test_a_named_table_is_read_instead_of_the_folders(tmp_path):
    path = save(tmp_path / "a/x.png")
    write(tmp_path / "a/labels.csv", "path,labels\nx.png,folder\n")
    write(tmp_path / "named.csv", "path,labels\na/x.png,named\n")
    assert labels_for([str(tmp_path / "a")], str(tmp_path / "named.csv"), Silent())[path].labels == ("named",)


def test_without_a_table_nothing_is_said_of_labels(tmp_path):
    assert labels_for([str(tmp_path)], None, Silent()) is None


def test_a_table_of_another_kind_in_the_folder_names_the_way_round_it(tmp_path):
    write(tmp_path / "labels.csv", "printer,size\n1,2\n")
    with pytest.raises(InvalidRequestError) as caught:
        labels_for([str(tmp_path)], None, Silent())
    assert "--labels" in caught.value.remedy
