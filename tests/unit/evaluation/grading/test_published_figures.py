"""The benchmarks' own files: figures published by others are found again."""

import pytest

from cbir.evaluation.grading import RULES, grade
from cbir.evaluation.measures import parse_measure
from cbir.evaluation.published_ground_truth import read_qrels_or_lists


def graded(protocol, run, ground_truth, measures=()):
    rules = RULES.get(protocol)
    return grade(rules.read_run(str(run)), rules.read_ground_truth(str(ground_truth)), rules, measures)


@pytest.mark.parametrize("name", ["result-orb-knn-top100", "result-sift-knn-top100"])
def test_every_published_ap_of_the_oxford_runs_is_found_within_a_millionth(genuine, name):
    folder = genuine / "oxford5k_third_party_runs" / name
    lines = [line.split() for line in (folder / "AP.txt").read_text().splitlines() if not line.startswith("MAP")]
    published = {path.rpartition("/")[2]: float(value) for path, value in lines}
    found = graded("oxford", folder, genuine / "oxford5k").to_json()
    assert found["queries"] == len(published) == 55
    assert found["ap"] == pytest.approx(published, abs=1e-6, rel=0)
    assert found["map"] == pytest.approx(sum(published.values()) / 55, abs=1e-6)
    assert "AP.txt" in found["account"]["passed_over"]


def test_holidays_baseline_is_inrias_figure(genuine):
    folder = genuine / "holidays"
    found = graded("holidays", folder / "baseline_result_200806.dat", folder / "holidays_images.dat").to_json()
    assert found["queries"] == 500
    assert found["map"] == pytest.approx(0.44629, abs=5e-6)
    assert found["account"]["missing_queries"] == found["account"]["unknown_queries"] == []
    assert found["account"]["unknown_documents"] == 0


def test_holidays_perfect_result_is_perfect_by_every_measure_that_can_be(genuine):
    folder = genuine / "holidays"
    measures = [parse_measure(name) for name in ("AP", "AP@100", "nDCG", "P@1", "Rprec", "RR", "recall@100")]
    found = graded("holidays", folder / "perfect_result.dat", folder / "holidays_images.dat", measures)
    assert {str(measure): found.mean(measure) for measure in found.grades} == {
        str(measure): 1.0 for measure in found.grades
    }


@pytest.mark.parametrize(
    ("name", "queries", "relevant", "documents"),
    [
        ("WangQrels.txt", 1000, 100_000, 1000),
        ("WangQueries.txt", 1000, 99_000, 1000),
        ("HolidaysQrels.txt", 500, 1491, 1491),
        ("HolidaysQueries.txt", 500, 991, 1491),
        ("NisterQrels.txt", 250, 1000, 1000),
        ("NisterQueries.txt", 250, 750, 1000),
        ("ZuBuDQrels.txt", 115, 575, 425),
        ("ZuBuDQueries.txt", 115, 575, 540),
        ("UcidQrels.txt", 262, 904, 899),
        ("ucid.v2.groundtruth.txt", 262, 642, 899),
    ],
)
def test_lires_files_load(genuine, name, queries, relevant, documents):
    """Wang: 10 classes of 100; Nister: 250 objects of 4; Holidays: 500 places, 1,491 pictures; the qrels of these and
    of UCID count each query as relevant to itself, their lists do not.
    """
    truth = read_qrels_or_lists(genuine / "lire_qrels" / name)
    assert len(truth.queries) == queries
    assert sum(len(one.relevant) for one in truth.queries.values()) == relevant
    assert len(truth.documents) == documents


def test_lires_lists_and_qrels_of_holidays_say_the_same_as_inrias_list(genuine):
    lists = read_qrels_or_lists(genuine / "lire_qrels/HolidaysQueries.txt").queries
    inria = RULES.get("holidays").read_ground_truth(str(genuine / "holidays/holidays_images.dat")).queries
    assert {query: (one.relevant, one.junk) for query, one in lists.items()} == {
        query: (one.relevant, one.junk) for query, one in inria.items()
    }
    qrels = read_qrels_or_lists(genuine / "lire_qrels/HolidaysQrels.txt").queries.values()
    whole = {frozenset(name.removesuffix(".jpg") for name in (query, *one.relevant)) for query, one in lists.items()}
    assert {frozenset(one.relevant) for one in qrels} == whole
