"""The genuine ground truth of Oxford5k; stand-ins bear the names of its pictures."""

import shutil

import numpy as np
import pytest
from PIL import Image
from tests.unit.evaluation.datasets.telling import judged, stem

from cbir.evaluation.datasets import read_benchmark
from cbir.evaluation.datasets.base import ReadOptions
from cbir.evaluation.measures import TrapezoidAveragePrecision
from cbir.progress import Silent

RUNS = ("result-sift-knn-top100", "result-orb-knn-top100")


def words_by_query(folder, kind):
    return {path.name.removesuffix(f"_{kind}.txt"): path.read_text().split() for path in folder.glob(f"*_{kind}.txt")}


@pytest.fixture(scope="module")
def lists(genuine):
    """The words of the lists, read without this program."""
    return {kind: words_by_query(genuine / "oxford5k", kind) for kind in ("good", "ok", "junk", "query")}


@pytest.fixture(scope="module")
def runs(genuine):
    return {name: words_by_query(genuine / "oxford5k_third_party_runs" / name, "top") for name in RUNS}


@pytest.fixture(scope="module")
def benchmark(tmp_path_factory, genuine, lists, runs):
    """As read from a folder with every picture that a list names; those of queries can be decoded."""
    kinds = [*(lists[kind] for kind in ("good", "ok", "junk")), *runs.values()]
    names = {word.removesuffix(".jpg") for of_kind in kinds for words in of_kind.values() for word in words}
    asked = {words[0].removeprefix("oxc1_") for words in lists["query"].values()}
    folder = tmp_path_factory.mktemp("oxford5k")
    (folder / "images").mkdir()
    for name in names - asked:
        (folder / f"images/{name}.jpg").write_text(name)
    for number, name in enumerate(sorted(asked)):
        Image.new("L", (1024, 1024), number).save(folder / f"images/{name}.jpg", "PNG")
    shutil.copytree(genuine / "oxford5k", folder / "gt_files_170407")
    return read_benchmark(str(folder), ReadOptions(), Silent())


def test_the_55_queries_have_what_the_lists_say(benchmark, lists):
    assert benchmark.dataset.missing == ()
    found = judged(benchmark)
    assert len(found) == len(benchmark.dataset.queries) == 55
    for query, (relevant, junk) in found.items():
        assert relevant == sorted({*lists["good"][query], *lists["ok"][query]})
        assert junk == sorted(set(lists["junk"][query]))
        assert not set(relevant) & set(junk)


def test_the_queries_are_the_boxes_to_the_nearest_pixel(benchmark, lists):
    for query in benchmark.dataset.queries:
        name, *corners = lists["query"][query.name]
        left, top, right, bottom = map(float, corners)
        assert name == f"oxc1_{stem(query.image.path)}"
        assert abs(query.crop.x - left) <= 0.5
        assert abs(query.crop.y - top) <= 0.5
        assert abs(query.crop.x + query.crop.width - right) <= 0.5
        assert abs(query.crop.y + query.crop.height - bottom) <= 0.5


@pytest.mark.parametrize("run", RUNS)
def test_published_rankings_get_their_published_ap(benchmark, runs, genuine, run):
    lines = (genuine / "oxford5k_third_party_runs" / run / "AP.txt").read_text().splitlines()
    published = {stem(query): float(ap) for query, ap in map(str.split, lines[:55])}
    positions = {stem(image.path): position for position, image in enumerate(benchmark.dataset.images)}
    measure, graded = TrapezoidAveragePrecision(), 0
    for one in benchmark.protocols[0].judge(benchmark.dataset):
        order = np.array([positions[name.removesuffix(".jpg")] for name in runs[run][one.query.name]])
        assert measure.grade(one.relevance(order)) == pytest.approx(published[one.query.name], abs=1e-6)
        graded += 1
    assert graded == len(published) == 55
