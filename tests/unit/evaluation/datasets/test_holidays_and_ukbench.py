"""Holidays, whose queries are taken out, and UKBench, whose queries stay and count."""

import shutil

import numpy as np
import pytest
from tests.unit.evaluation.datasets.telling import gallery, judged, missing

from cbir.errors import InvalidRequestError
from cbir.evaluation.measures import parse_measure

HOLIDAYS = ["100000", "100001", "100002", "100100", "100101", "100200"]


def test_the_first_picture_of_a_place_asks_for_the_others(make_pictures, read):
    benchmark = read(make_pictures([f"jpg/{name}.jpg" for name in HOLIDAYS]))
    assert gallery(benchmark) == HOLIDAYS
    assert judged(benchmark) == {
        "100000.jpg": (["100001", "100002"], ["100000"]),
        "100100.jpg": (["100101"], ["100100"]),
    }
    (protocol,) = benchmark.protocols
    assert protocol.judge(benchmark.dataset).without_relevant == 1
    assert [str(parse_measure(name)) for name in protocol.customary_measures] == ["AP-trapezoid"]


def test_pictures_that_the_list_does_not_name_are_passed_over(make_pictures, make_lists, read):
    make_lists({"holidays_images.dat": ["100000.jpg", "100001.jpg", "100300.jpg"]})
    benchmark = read(make_pictures([f"{name}.jpg" for name in HOLIDAYS]))
    assert gallery(benchmark) == ["100000", "100001"]
    assert benchmark.dataset.passed_over == 4
    assert missing(benchmark) == ["100300.jpg"]


def test_a_picture_that_is_the_query_once_more_is_out_like_the_query(make_pictures, read):
    folder = make_pictures([f"{name}.jpg" for name in HOLIDAYS])
    shutil.copy(folder / "100000.jpg", folder / "100001.jpg")
    benchmark = read(folder)
    assert benchmark.dataset.duplicates == 1
    assert judged(benchmark)["100000.jpg"] == (["100002"], ["100000"])
    (first, _) = benchmark.protocols[0].judge(benchmark.dataset)
    assert first.relevance(np.arange(5)).relevant == 1


def test_holidays_without_any_query_is_refused(make_pictures, read):
    with pytest.raises(InvalidRequestError, match="no query"):
        read(make_pictures(["100001.jpg", "100002.jpg"]), "holidays")


def test_a_group_of_ukbench_answers_each_of_its_four(make_pictures, read):
    names = [f"ukbench{number:05}" for number in (0, 1, 2, 3, 8, 9, 10, 11)]
    folder = make_pictures([*(f"full/{name}.jpg" for name in names), "thumbnails/ukbench00000.th.jpg"])
    benchmark = read(folder)
    assert judged(benchmark) == {name: (names[:4] if name in names[:4] else names[4:], []) for name in names}
    assert (missing(benchmark), benchmark.dataset.passed_over) == ([], 1)


def test_the_n_s_score_of_perfect_rankings_is_four(make_pictures, read):
    benchmark = read(make_pictures([f"ukbench{number:05}.jpg" for number in range(8)]))
    (protocol,) = benchmark.protocols
    (measure,) = map(parse_measure, protocol.customary_measures)
    for one in protocol.judge(benchmark.dataset):
        assert measure.grade(one.relevance(np.argsort(~one.relevant, kind="stable"))) == 4
        assert measure.grade(one.relevance(np.argsort(one.relevant, kind="stable"))) == 0


def test_what_a_group_of_ukbench_lacks_is_listed(make_pictures, read):
    benchmark = read(make_pictures(["ukbench00000.jpg", "ukbench00002.jpg", "ukbench10199.jpg"]))
    assert judged(benchmark)["ukbench00000"] == (["ukbench00000", "ukbench00002"], [])
    lacking = [f"ukbench{number:05}.jpg" for number in (1, 3, 10196, 10197, 10198)]
    assert missing(benchmark) == lacking
