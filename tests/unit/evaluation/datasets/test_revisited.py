"""Revisited Oxford and Paris: one set of rankings, graded easy, medium and hard."""

import json
import os
import pickle

import numpy as np
import pytest
from tests.unit.evaluation.datasets.telling import gallery, judged, missing

from cbir.errors import InvalidRequestError, NotFoundError
from cbir.evaluation.measures import parse_measure
from cbir.searching.crops import Crop

TRUTH = {
    "imlist": ["a", "b", "c", "d", "e"],
    "qimlist": ["all_souls_000013", "oxford_003410"],
    "gnd": [
        {"bbx": [1.5, 2.0, 7.0, 5.0], "easy": [0], "hard": [1, 2], "junk": [3]},
        {"bbx": [0, 0, 8, 6], "easy": [], "hard": [4], "junk": [0, 1]},
    ],
}


@pytest.fixture
def folder(make_pictures):
    names = [*TRUTH["imlist"], *TRUTH["qimlist"], "other"]
    return make_pictures([f"jpg/{name}.jpg" for name in names])


def write_json(folder, truth, name="gnd_roxford5k.json"):
    (folder / name).write_text(json.dumps(truth))
    return folder


def write_pickle(folder, truth, protocol, name="gnd_roxford5k.pkl"):
    (folder / name).write_bytes(pickle.dumps(truth, protocol))
    return folder


def changed(**parts):
    return {**TRUTH, **parts}


def test_each_setup_has_its_own_relevant_and_junk_images(folder, read):
    benchmark = read(write_json(folder, TRUTH))
    by_name = {protocol.name: judged(benchmark, i) for i, protocol in enumerate(benchmark.protocols)}
    first, second = TRUTH["qimlist"]
    assert by_name == {  # where nothing is easy, there is no easy query
        "revisited-medium": {first: (["a", "b", "c"], ["d"]), second: (["e"], ["a", "b"])},
        "revisited-easy": {first: (["a"], ["b", "c", "d"])},
        "revisited-hard": {first: (["b", "c"], ["a", "d"]), second: (["e"], ["a", "b"])},
    }


def test_medium_comes_first_and_measures_are_known(folder, read):
    medium, *_ = read(write_json(folder, TRUTH)).protocols
    assert medium.name == "revisited-medium"
    assert [str(parse_measure(name)) for name in medium.customary_measures] == ["AP-trapezoid", "P@1", "P@5", "P@10"]


def test_queries_are_parts_of_pictures_that_are_not_in_the_gallery(folder, read):
    benchmark = read(write_json(folder, TRUTH))
    assert gallery(benchmark) == TRUTH["imlist"]
    first, second = benchmark.dataset.queries
    assert (first.name, first.crop) == ("all_souls_000013", Crop(2, 2, 5, 3))
    assert os.path.basename(second.image.path) == "oxford_003410.jpg"
    assert benchmark.dataset.passed_over == 1


@pytest.mark.parametrize("protocol", [2, 4])
def test_a_pickle_says_the_same_as_json(folder, read, protocol):
    arrays = [{kind: np.array(known[kind], "i8") for kind in known if kind != "bbx"} for known in TRUTH["gnd"]]
    as_arrays = changed(gnd=[{**known, **own} for known, own in zip(TRUTH["gnd"], arrays, strict=True)])
    expected = read(write_json(folder, TRUTH))
    (folder / "gnd_roxford5k.json").unlink()
    for truth in (TRUTH, as_arrays):
        assert read(write_pickle(folder, truth, protocol)) == expected


def test_a_pickle_that_asks_for_a_call_is_refused_and_does_nothing(folder, read):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(folder / "trace"),)

    for protocol in (0, 2, 4):
        with pytest.raises(InvalidRequestError, match="asks for"):
            read(write_pickle(folder, changed(more=Evil()), protocol))
    assert not (folder / "trace").exists()


@pytest.mark.parametrize(
    ("truth", "reason"),
    [
        ([], "no imlist, qimlist and gnd"),
        ({"imlist": []}, "no imlist, qimlist and gnd"),
        (changed(qimlist=["x"]), "1 queries in qimlist and 2 in gnd"),
        (changed(imlist=[1]), "imlist holds something that is no name"),
        (changed(imlist="abcde"), "imlist is no list"),
        (changed(gnd=[{}, {}]), "has no bbx, easy, hard and junk"),
        (changed(gnd=[{**TRUTH["gnd"][0], "bbx": [1, 2, 3]}] * 2), "not four numbers"),
        (changed(gnd=[{**TRUTH["gnd"][0], "bbx": [1, 2, 3, None]}] * 2), "not four numbers"),
        (changed(gnd=[{**TRUTH["gnd"][0], "easy": [5]}] * 2), "no index into imlist"),
        (changed(gnd=[{**TRUTH["gnd"][0], "hard": [-1]}] * 2), "no index into imlist"),
        (changed(gnd=[{**TRUTH["gnd"][0], "junk": [True]}] * 2), "no index into imlist"),
        (changed(gnd=[{**TRUTH["gnd"][0], "junk": 3}] * 2), "is no list"),
    ],
)
def test_ground_truth_that_says_something_else_is_refused(folder, read, truth, reason):
    with pytest.raises(InvalidRequestError, match=reason):
        read(write_json(folder, truth))


def test_a_file_that_is_no_json_is_refused(folder, read):
    for text in ("{", "[" * 100_000):
        (folder / "gnd_roxford5k.json").write_text(text)
        with pytest.raises(InvalidRequestError, match="is no JSON"):
            read(folder)


def test_pictures_that_are_not_there_are_listed(folder, read):
    (folder / "jpg/b.jpg").unlink()
    (folder / "jpg/oxford_003410.jpg").unlink()
    benchmark = read(write_json(folder, TRUTH))
    assert missing(benchmark) == ["b.jpg", "oxford_003410.jpg"]
    assert judged(benchmark) == {"all_souls_000013": (["a", "c"], ["d"])}


def test_two_parts_of_one_picture_are_two_queries(folder, read):
    truth = changed(qimlist=["oxford_003410", "oxford_003410"])
    names = [query.name for query in read(write_json(folder, truth)).dataset.queries]
    assert names == ["oxford_003410.1", "oxford_003410.2"]


def test_the_ground_truth_of_paris_is_read_and_that_of_both_refused(folder, read):
    assert len(read(write_json(folder, TRUTH, "gnd_rparis6k.json")).protocols) == 3
    with pytest.raises(InvalidRequestError, match="more than one ground truth"):
        read(write_json(folder, TRUTH))


def test_pictures_without_ground_truth_are_refused(folder, read):
    with pytest.raises(NotFoundError, match="no ground truth"):
        read(folder, "revisited")
