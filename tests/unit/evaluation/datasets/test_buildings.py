"""Oxford5k, Oxford105k and Paris6k: queries are parts of pictures of the gallery."""

import os
import shutil

import pytest
from tests.unit.evaluation.datasets.telling import gallery, judged, labels, missing

from cbir.errors import InvalidRequestError, NotFoundError
from cbir.evaluation.datasets.landmarks import DAMAGED
from cbir.evaluation.measures import parse_measure
from cbir.searching.crops import Crop

TRUTH = {
    "gt/all_souls_1_query.txt": ["oxc1_all_souls_000013 136.5 34.1 648.5 955.7"],
    "gt/all_souls_1_good.txt": ["all_souls_000013", "all_souls_000026"],
    "gt/all_souls_1_ok.txt": ["oxford_002985"],
    "gt/all_souls_1_junk.txt": ["all_souls_000051"],
    "gt/radcliffe_camera_2_query.txt": ["oxc1_oxford_002904 5 4 761 774"],
    "gt/radcliffe_camera_2_good.txt": ["oxford_002904"],
    "gt/radcliffe_camera_2_ok.txt": ["oxford_002985"],
    "gt/radcliffe_camera_2_junk.txt": [],
}
PICTURES = ["all_souls_000013", "all_souls_000026", "oxford_002985", "all_souls_000051", "oxford_002904", "oxford_1"]


@pytest.fixture
def folder(make_pictures, make_lists):
    make_lists(TRUTH)
    return make_pictures([f"oxbuild_images/{name}.jpg" for name in PICTURES], size=(1024, 960))


def test_good_and_ok_are_relevant_junk_is_junk_and_the_query_stays(folder, read):
    benchmark = read(folder)
    assert gallery(benchmark) == sorted(PICTURES)
    assert judged(benchmark) == {
        "all_souls_1": (["all_souls_000013", "all_souls_000026", "oxford_002985"], ["all_souls_000051"]),
        "radcliffe_camera_2": (["oxford_002904", "oxford_002985"], []),
    }


def test_queries_are_parts_of_pictures_in_whole_pixels(folder, read):
    queries = {query.name: query for query in read(folder).dataset.queries}
    assert queries["all_souls_1"].crop == Crop(
        136, 34, 512, 922
    )  # from (136.5, 34.1) to (648.5, 955.7), halves to even
    assert queries["radcliffe_camera_2"].crop == Crop(5, 4, 756, 770)
    assert os.path.basename(queries["radcliffe_camera_2"].image.path) == "oxford_002904.jpg"


def test_images_bear_the_landmarks_to_which_they_are_an_answer(folder, read):
    benchmark = read(folder)
    assert labels(benchmark) == {
        "all_souls_000013": {"all_souls"},
        "all_souls_000026": {"all_souls"},
        "oxford_002985": {"all_souls", "radcliffe_camera"},
        "all_souls_000051": set(),
        "oxford_002904": {"radcliffe_camera"},
        "oxford_1": set(),
    }
    assert [set(query.image.labels) for query in benchmark.dataset.queries] == [{"all_souls"}, {"radcliffe_camera"}]


def test_the_protocol_names_a_measure_that_there_is(folder, read):
    (protocol,) = read(folder).protocols
    assert [str(parse_measure(name)) for name in protocol.customary_measures] == ["AP-trapezoid"]


def test_a_box_that_reaches_beyond_the_picture_ends_with_it(folder, make_lists, read):
    make_lists({"gt/all_souls_1_query.txt": ["all_souls_000013 -5 -0.4 5000 100"]})
    assert read(folder).dataset.queries[0].crop == Crop(0, 0, 1024, 100)


def test_a_query_that_cannot_be_asked_is_reported_and_the_others_remain(folder, make_lists, read):
    make_lists({"gt/all_souls_1_query.txt": ["all_souls_000013 2000 0 5000 100"]})
    dataset = read(folder).dataset
    assert [query.name for query in dataset.queries] == ["radcliffe_camera_2"]
    (failure,) = dataset.failures
    assert "all_souls_1" in failure.reason
    assert os.path.basename(failure.path) == "all_souls_000013.jpg"


def test_a_query_whose_picture_is_damaged_is_reported(folder, read):
    (folder / "oxbuild_images/oxford_002904.jpg").write_bytes(b"\xff\xd8\xff")
    dataset = read(folder).dataset
    assert [query.name for query in dataset.queries] == ["all_souls_1"]
    assert ["radcliffe_camera_2" in failure.reason for failure in dataset.failures] == [True]


def test_pictures_and_lists_that_are_not_there_are_listed(folder, read):
    (folder / "oxbuild_images/oxford_002985.jpg").unlink()
    (folder / "oxbuild_images/all_souls_000013.jpg").unlink()
    benchmark = read(folder)
    assert missing(benchmark) == ["all_souls_000013.jpg", "oxford_002985.jpg"]
    assert judged(benchmark) == {"radcliffe_camera_2": (["oxford_002904"], [])}
    (folder / "gt/all_souls_1_query.txt").unlink()
    assert "all_souls_1_query.txt" in missing(read(folder))


def test_the_same_bytes_under_two_names_are_one_image(folder, read):
    shutil.copy(folder / "oxbuild_images/oxford_1.jpg", folder / "oxbuild_images/oxford_002985.jpg")
    benchmark = read(folder)
    assert benchmark.dataset.duplicates == 1
    assert "oxford_002985" in judged(benchmark)["all_souls_1"][0]


@pytest.mark.parametrize("line", ["all_souls_000013 1 2 3", "all_souls_000013 1 2 x 4", "all_souls_000013 1 2 inf 4"])
def test_a_malformed_query_is_refused_by_its_place(folder, make_lists, read, line):
    make_lists({"gt/all_souls_1_query.txt": [line]})
    with pytest.raises(InvalidRequestError, match=r"all_souls_1_query\.txt, line 1"):
        read(folder)


def test_ground_truth_that_is_not_there_is_an_error(make_pictures, folder, read):
    (folder / "gt/all_souls_1_ok.txt").unlink()
    with pytest.raises(NotFoundError, match=r"all_souls_1_ok\.txt"):
        read(folder)
    with pytest.raises(NotFoundError, match="no ground truth"):
        read(make_pictures(["a.jpg"], "other"), "oxford5k")


def test_a_query_with_white_space_in_its_name_is_refused(folder, make_lists, read):
    kinds = {"good": ["oxford_1"], "ok": [], "junk": [], "query": ["oxford_1 0 0 4 4"]}
    make_lists({f"gt/our house_1_{kind}.txt": lines for kind, lines in kinds.items()})
    with pytest.raises(InvalidRequestError, match="our house_1"):
        read(folder)


def test_oxford105k_has_further_pictures_that_answer_nothing(folder, make_pictures, read):
    make_pictures(["oxc1_100k/a/0001.jpg", "oxc1_100k/b/0002.jpg", "oxc1_100k/b/oxford_002985.jpg"])
    benchmark = read(folder)
    assert len(benchmark.dataset.images) == len(PICTURES) + 3
    assert benchmark.dataset.passed_over == 0
    assert judged(benchmark) == judged(read(folder, "oxford5k"))
    assert sum(bool(image.labels) for image in benchmark.dataset.images) == 4
    assert gallery(read(folder, "oxford5k")) == sorted(PICTURES)


def test_oxford105k_without_its_further_pictures_is_refused(folder, read):
    with pytest.raises(NotFoundError, match="100,000"):
        read(folder, "oxford105k")


def test_paris6k_leaves_out_what_is_published_damaged(make_pictures, make_lists, read):
    make_lists(
        {
            "paris_120310/louvre_1_query.txt": ["paris_louvre_000001 0 0 4 4"],
            "paris_120310/louvre_1_good.txt": ["paris_louvre_000001", "louvre_000002", "paris_louvre_000136"],
            "paris_120310/louvre_1_ok.txt": [],
            "paris_120310/louvre_1_junk.txt": [],
        }
    )
    folder = make_pictures([f"paris/louvre/paris_louvre_{number:06}.jpg" for number in (1, 2, 136)])
    benchmark = read(folder)
    assert judged(benchmark) == {"louvre_1": (["paris_louvre_000001", "paris_louvre_000002"], [])}
    assert gallery(benchmark) == ["paris_louvre_000001", "paris_louvre_000002"]
    assert [os.path.basename(failure.path) for failure in benchmark.dataset.failures] == ["paris_louvre_000136.jpg"]
    assert benchmark.dataset.missing == ()


def test_twenty_pictures_of_paris6k_are_known_to_be_damaged():
    assert len(DAMAGED) == 20
