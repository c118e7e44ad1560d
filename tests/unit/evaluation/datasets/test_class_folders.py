"""A folder a class; Corel-1k as published."""

import os

import pytest
from tests.unit.evaluation.datasets.telling import gallery, judged, labels, missing

from cbir.errors import InvalidRequestError


def test_each_folder_is_a_class(make_pictures, read):
    folder = make_pictures(["cats/a.jpg", "cats/deep/b.jpg", "dogs/c.jpg", "dogs/d.png", "beside.jpg"])
    benchmark = read(folder)
    assert labels(benchmark) == {"a": {"cats"}, "b": {"cats"}, "c": {"dogs"}, "d": {"dogs"}, "beside": set()}
    assert [protocol.name for protocol in benchmark.protocols] == ["leave-one-out"]
    assert benchmark.dataset.queries == ()
    assert len(judged(benchmark)) == 4


def test_caltech_101_lies_in_a_folder_of_its_own_and_its_background_has_no_label(make_pictures, read):
    root = "101_ObjectCategories"
    folder = make_pictures(
        [
            f"{root}/accordion/image_0001.jpg",
            f"{root}/yin_yang/image_0002.jpg",
            f"{root}/BACKGROUND_Google/image_0003.jpg",
        ]
    )
    expected = {"image_0001": {"accordion"}, "image_0002": {"yin_yang"}, "image_0003": set()}
    assert labels(read(folder)) == labels(read(folder / root)) == expected


def test_the_same_bytes_in_two_classes_are_one_image_with_both_labels(make_pictures, read):
    make_pictures(["cats/a.jpg", "dogs/b.jpg"], colour="red")
    folder = make_pictures(["cats/c.jpg", "dogs/d.jpg"])
    benchmark = read(folder)
    assert labels(benchmark) == {"a": {"cats", "dogs"}, "c": {"cats"}, "d": {"dogs"}}
    assert benchmark.dataset.duplicates == 1


def test_a_class_may_be_a_link_to_a_folder(make_pictures, read):
    make_pictures(["a.jpg"], "elsewhere")
    folder = make_pictures(["dogs/b.jpg", "cows/c.jpg"])
    (folder / "cats").symlink_to(folder.parent / "elsewhere")
    assert labels(read(folder)) == {"a": {"cats"}, "b": {"dogs"}, "c": {"cows"}}


def test_what_is_no_picture_or_cannot_be_read_is_reported(make_pictures, read):
    folder = make_pictures(["cats/a.jpg", "dogs/b.jpg"])
    (folder / "cats/notes.txt").write_text("x")
    (folder / "dogs/gone.jpg").symlink_to("nowhere")
    dataset = read(folder).dataset
    assert dataset.passed_over == 1
    assert [os.path.basename(failure.path) for failure in dataset.failures] == ["gone.jpg"]
    assert dataset.folder == str(folder)
    assert dataset.name == "set"


def test_a_class_whose_name_is_not_utf8_is_shown_escaped(make_pictures, read):
    folder = make_pictures(["cats/a.jpg", "dogs/b.jpg"])
    os.rename(folder / "cats", os.fsencode(folder) + b"/ch\xe2ts")
    assert labels(read(folder)) == {"a": {"ch\\xe2ts"}, "b": {"dogs"}}


def test_folders_without_pictures_are_refused(make_pictures, read, tmp_path):
    (tmp_path / "set" / "cats").mkdir(parents=True)
    with pytest.raises(InvalidRequestError, match="has no images"):
        read(tmp_path / "set", "class-folders")


def test_corel1k_has_a_hundred_images_a_class(make_pictures, read):
    folder = make_pictures([f"image.orig/{number}.jpg" for number in (0, 99, 100, 250, 299, 999)])
    benchmark = read(folder)
    assert labels(benchmark) == {
        "0": {"africa"},
        "99": {"africa"},
        "100": {"beach"},
        "250": {"monuments"},
        "299": {"monuments"},
        "999": {"food"},
    }
    assert judged(benchmark)[one(benchmark, "250")] == (["299"], ["250"])
    assert len(missing(benchmark)) == 994
    assert "1.jpg" in missing(benchmark)


def one(benchmark, name):
    """The id of an image, which is its name as a query."""
    return next(image.id for image in benchmark.dataset.images if os.path.basename(image.path) == f"{name}.jpg")


def test_corel1k_passes_over_what_is_not_of_it(make_pictures, read):
    folder = make_pictures(["0.jpg", "999.jpg", "small/0.jpg", "small/1.jpg"])
    make_pictures(["montage.jpg"])
    benchmark = read(folder, "corel1k")
    assert gallery(benchmark) == ["0", "1", "999"]
    assert benchmark.dataset.passed_over == 2
