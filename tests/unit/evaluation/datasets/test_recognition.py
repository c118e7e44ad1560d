"""Which form a folder looks like: one, none, or several."""

from pathlib import Path

import pytest

from cbir.errors import InvalidRequestError, NotFoundError, UnknownNameError
from cbir.evaluation.datasets import FORMATS, recognised
from cbir.evaluation.datasets.base import DatasetFormat

OXFORD = {"gt/all_souls_1_query.txt": ["all_souls_000013 0 0 4 4"]}
PICTURES = {
    "class-folders": ["cats/a.jpg", "dogs/b.jpg"],
    "corel1k": ["0.jpg", "500.jpg", "999.jpg"],
    "mirflickr25k": ["mirflickr/im1.jpg"],
    "oxford5k": ["images/a.jpg"],
    "oxford105k": ["images/a.jpg", "oxc1_100k/b.jpg"],
    "paris6k": ["paris/louvre/a.jpg"],
    "revisited": ["jpg/a.jpg"],
    "holidays": ["jpg/100000.jpg", "jpg/100001.jpg"],
    "ukbench": ["full/ukbench00000.jpg", "thumbnails/ukbench00000.th.jpg"],
    "labelled-folder": ["images/im1.jpg", "images/0.jpg", "images/999.jpg"],
}
LISTS = {
    "mirflickr25k": {"mirflickr25k_annotations_v080/sea_r1.txt": ["1"]},
    "oxford5k": OXFORD,
    "oxford105k": OXFORD,
    "paris6k": {"paris_120310/louvre_1_query.txt": ["paris_louvre_000001 0 0 4 4"]},
    "revisited": {"gnd_rparis6k.pkl": ["x"]},
    "labelled-folder": {"labels.csv": ["path,labels"]},
}


@pytest.mark.parametrize("form", FORMATS.names())
def test_each_form_is_recognised_as_itself(form, make_pictures, make_lists):
    make_lists(LISTS.get(form, {}))
    assert recognised(str(make_pictures(PICTURES[form]))).name == form


@pytest.mark.parametrize(
    ("form", "pictures", "lists"),
    [
        (
            "class-folders",
            ["caltech-101/101_ObjectCategories/ant/a.jpg", "caltech-101/101_ObjectCategories/bee/b.jpg"],
            {},
        ),
        ("class-folders", ["3/0.jpg", "3/999.jpg", "7/0.jpg", "7/999.jpg"], {}),
        ("class-folders", ["a/100000.jpg", "b/100000.jpg", "c/100000.jpg"], {}),
        ("ukbench", ["ukbench/full/ukbench00000.jpg"], {}),
        ("mirflickr25k", ["mirflickr/im1.jpg"], {"annotations/v080/sea_r1.txt": ["1"]}),
        ("paris6k", ["images/paris/louvre/a.jpg"], {"ground_truth/paris_120310/louvre_1_query.txt": ["a 0 0 4 4"]}),
        ("holidays", ["jpg1/100000.jpg", "jpg2/110001.jpg"], {}),
    ],
)
def test_archives_may_be_unpacked_into_folders_of_their_own(form, pictures, lists, make_pictures, make_lists):
    make_lists(lists)
    assert recognised(str(make_pictures(pictures))).name == form


@pytest.mark.parametrize("form", FORMATS.names())
def test_a_table_of_labels_decides(form, make_pictures, make_lists):
    make_lists({**LISTS.get(form, {}), "labels.csv": ["path,labels"]})
    assert recognised(str(make_pictures(PICTURES[form]))).name == "labelled-folder"


@pytest.mark.parametrize("form", FORMATS.names())
def test_a_form_says_what_it_is(form):
    one: DatasetFormat = FORMATS.get(form)
    assert one.name == form
    assert one.summary


def test_a_folder_that_looks_like_several_forms_is_refused(make_pictures, make_lists):
    make_lists(OXFORD | LISTS["revisited"])
    with pytest.raises(InvalidRequestError, match="oxford5k, revisited") as refused:
        recognised(str(make_pictures(["jpg/a.jpg"])))
    assert "--format" in refused.value.remedy


@pytest.mark.parametrize(
    "names",
    [
        ["one/a.jpg"],
        ["a.jpg", "b.jpg"],
        ["0.jpg", "1.jpg"],
        ["0.jpg", "999.jpg", "1000.jpg"],
        ["100001.jpg"],
        ["100000.jpg", "montage.jpg"],
        ["im1.jpg"],
    ],
    ids=" ".join,
)
def test_a_folder_that_looks_like_no_form_is_refused(names, make_pictures):
    with pytest.raises(NotFoundError, match="no dataset") as refused:
        recognised(str(make_pictures(names)))
    assert "--format" in refused.value.remedy


def test_other_landmarks_are_read_where_the_form_is_named(make_pictures, make_lists, read):
    kinds = {"good": ["a"], "ok": [], "junk": [], "query": ["a 0 0 4 4"]}
    make_lists({f"gt/our_house_1_{kind}.txt": lines for kind, lines in kinds.items()})
    folder = make_pictures(["images/a.jpg"])
    with pytest.raises(NotFoundError):
        recognised(str(folder))
    assert [query.name for query in read(folder, "oxford5k").dataset.queries] == ["our_house_1"]


def test_a_form_that_there_is_not_is_refused_with_the_nearest_one(make_pictures, read):
    with pytest.raises(UnknownNameError, match="holidays"):
        read(make_pictures(["a.jpg"]), "holiday")


def test_a_folder_that_is_not_there_is_refused(tmp_path, read):
    with pytest.raises(NotFoundError, match="no folder"):
        read(tmp_path / "nowhere")


@pytest.mark.parametrize("form", FORMATS.names())
def test_every_form_is_documented(form):
    text = (Path(__file__).parents[4] / "docs/datasets.md").read_text()
    assert f"`{form}`" in text.split("| form |")[1].split("\n\n")[0]
    assert any(f"`{form}`" in line for line in text.splitlines() if line.startswith("## "))
