"""Reading a dataset folder: what belongs to it, what is counted, what is refused."""

import hashlib
import os

import pytest
from tests.unit.evaluation.reading import read_labelled_folder

from cbir.errors import InvalidRequestError, NotFoundError
from cbir.ingest.labels import Where


def labels_by_name(dataset):
    return {os.path.basename(image.path): set(image.labels) for image in dataset.images}


def test_images_come_with_their_labels_in_the_order_of_their_ids(reds_and_blues):
    dataset = read_labelled_folder(str(reds_and_blues))
    assert dataset.name == "pictures"
    assert labels_by_name(dataset) == {
        "r1.png": {"red"},
        "r2.png": {"red"},
        "b1.png": {"blue"},
        "b2.png": {"blue"},
        "g.png": set(),
    }
    ids = [image.id for image in dataset.images]
    assert ids == sorted(ids)
    for image in dataset.images:
        with open(image.path, "rb") as file:
            assert image.id == hashlib.sha256(file.read()).hexdigest()


def test_duplicated_files_are_one_image_with_all_labels(make_dataset):
    folder = make_dataset(
        {"b.png": "red", "a.png": "red", "sub/c.png": "red", "d.png": "blue"},
        "path,labels\nimages/b.png,x;y\nimages/a.png,z\nimages/d.png,x\n",
    )
    dataset = read_labelled_folder(str(folder))
    assert labels_by_name(dataset) == {"a.png": {"x", "y", "z"}, "d.png": {"x"}}
    assert dataset.duplicates == 2


def test_rows_without_a_file_are_listed(make_dataset):
    folder = make_dataset({"a.png": "red"}, "path,labels\nimages/a.png,x\nimages/gone.png,x\n")
    assert read_labelled_folder(str(folder)).missing == (str(folder / "images/gone.png"),)


def test_files_of_other_kinds_are_counted_and_broken_ones_listed(make_dataset):
    folder = make_dataset({"a.png": "red"}, "path,labels\nimages/a.png,x\n")
    (folder / "images/notes.txt").write_text("x")
    (folder / "images/link.png").symlink_to("nowhere")
    dataset = read_labelled_folder(str(folder))
    assert dataset.passed_over == 1
    assert [failure.path for failure in dataset.failures] == [str(folder / "images/link.png")]


def test_another_column_can_hold_the_labels(make_dataset):
    folder = make_dataset({"a.png": "red"}, "path,labels,coarse\nimages/a.png,x,fruit;red\n")
    assert labels_by_name(read_labelled_folder(str(folder), label_column="coarse")) == {"a.png": {"fruit", "red"}}


def test_a_row_filter_leaves_only_the_images_of_its_rows(make_dataset):
    folder = make_dataset(
        {"a.png": "red", "b.png": "blue", "c.png": "lime"},
        "path,labels,split\nimages/a.png,x,test\nimages/b.png,x,train\n",
    )
    assert labels_by_name(read_labelled_folder(str(folder), where=Where("split", "test"))) == {"a.png": {"x"}}


def test_rows_may_name_files_outside_the_images_folder(make_dataset):
    elsewhere = make_dataset({"a.png": "red"}, "path,labels\n", name="elsewhere") / "images/a.png"
    folder = make_dataset({"b.png": "blue"}, f"path,labels\n{elsewhere},x\n../elsewhere/images/a.png,y\n")
    assert labels_by_name(read_labelled_folder(str(folder))) == {"a.png": {"x", "y"}, "b.png": set()}


def test_a_table_alone_is_a_dataset(make_dataset):
    folder = make_dataset({}, "path,labels\n../other/images/a.png,x\n")
    make_dataset({"a.png": "red"}, "path,labels\n", name="other")
    (folder / "images").rmdir()
    assert labels_by_name(read_labelled_folder(str(folder))) == {"a.png": {"x"}}


def test_a_relative_path_names_the_same_dataset(reds_and_blues, monkeypatch):
    monkeypatch.chdir(reds_and_blues)
    assert read_labelled_folder(".") == read_labelled_folder(str(reds_and_blues))


def test_a_folder_that_is_none_or_has_no_table_is_refused(tmp_path):
    with pytest.raises(NotFoundError, match="no folder"):
        read_labelled_folder(str(tmp_path / "nowhere"))
    with pytest.raises(NotFoundError, match=r"has no labels\.csv"):
        read_labelled_folder(str(tmp_path))


def test_a_dataset_without_images_is_refused(make_dataset):
    folder = make_dataset({}, "path,labels\nimages/gone.png,x\n")
    with pytest.raises(InvalidRequestError, match="has no images"):
        read_labelled_folder(str(folder))


def test_a_dataset_that_cannot_be_read_at_all_is_refused_with_the_first_reason(make_dataset):
    folder = make_dataset({}, "path,labels\n")
    (folder / "images/a.png").symlink_to("nowhere")
    with pytest.raises(InvalidRequestError, match=r"None of the 1 images.*leads nowhere"):
        read_labelled_folder(str(folder))
