"""Other programs' lists of what is relevant, against the forms; stand-ins bear the names of the pictures."""

import os
import shutil
from collections import defaultdict

import numpy as np
import pytest

from cbir.evaluation.measures import TrapezoidAveragePrecision


def lire(path):
    """LIRE's lists: by each query's file name those of what is relevant, read without this program."""
    found, query = defaultdict(set), ""
    for word in path.read_text().split():
        if word.endswith(":"):
            query = word.removesuffix(":")
        else:
            found[query].add(word)
    return found


@pytest.fixture
def stand_ins(tmp_path):
    def make(names):
        (tmp_path / "jpg").mkdir()
        for name in names:
            (tmp_path / "jpg" / name).write_text(name)
        return tmp_path

    return make


def file_names(benchmark):
    """Of the gallery's images, in order."""
    return [os.path.basename(image.path) for image in benchmark.dataset.images]


def relevant(benchmark):
    """By the file name of each query: those of what is relevant, itself left out."""
    names = file_names(benchmark)
    found = {}
    for one in benchmark.protocols[0].judge(benchmark.dataset):
        query = os.path.basename(one.query.image.path)
        found[query] = {names[position] for position in np.flatnonzero(one.relevant)} - {query}
    return found


def test_the_500_queries_of_holidays(genuine, stand_ins, read):
    names = (genuine / "holidays/holidays_images.dat").read_text().split()
    folder = stand_ins(names)
    shutil.copy(genuine / "holidays/holidays_images.dat", folder)
    benchmark = read(folder)
    assert (len(benchmark.dataset.queries), len(benchmark.dataset.images)) == (500, 1491)
    assert relevant(benchmark) == lire(genuine / "lire_qrels/HolidaysQueries.txt")


def test_the_perfect_rankings_of_holidays_get_1(genuine, stand_ins, read):
    benchmark = read(stand_ins((genuine / "holidays/holidays_images.dat").read_text().split()))
    lines = map(str.split, (genuine / "holidays/perfect_result.dat").read_text().splitlines())
    ranked = {query: rest[1::2] for query, *rest in lines}
    positions = {name: position for position, name in enumerate(file_names(benchmark))}
    grades = [
        TrapezoidAveragePrecision().grade(
            one.relevance(np.array([positions[name] for name in ranked[one.query.name]]))
        )
        for one in benchmark.protocols[0].judge(benchmark.dataset)
    ]
    assert grades == [1.0] * 500


def test_the_groups_of_ukbench(genuine, stand_ins, read):
    expected = lire(genuine / "lire_qrels/NisterQueries.txt")
    benchmark = read(stand_ins({*expected, *(name for names in expected.values() for name in names)}))
    found = relevant(benchmark)
    assert len(expected) > 0
    assert {query: found[query] for query in expected} == expected


def test_the_classes_of_corel1k(genuine, stand_ins, read):
    expected = lire(genuine / "lire_qrels/WangQueries.txt")
    benchmark = read(stand_ins({*expected, *(name for names in expected.values() for name in names)}))
    found = relevant(benchmark)
    assert len(expected) > 0
    assert {query: found[query] for query in expected} == expected
