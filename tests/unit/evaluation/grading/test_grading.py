"""Grading: junk and ranks, queries and documents that do not fit together, each case counted and told."""

import numpy as np
import pytest

from cbir.errors import InvalidRequestError, UnknownNameError
from cbir.evaluation.grading import RULES, grade, relevance_list
from cbir.evaluation.ground_truth import Assessments, GroundTruth
from cbir.evaluation.measures import AveragePrecision, TrapezoidAveragePrecision, parse_measure
from cbir.evaluation.published_runs import read_holidays_run, read_oxford_run
from cbir.evaluation.runs import Ranking, Run

TREC = RULES.get("trec")


def run(**rankings):
    """Documents of one letter, in the order of the ranking."""
    return Run("tag", {query: Ranking(tuple(letters)) for query, letters in rankings.items()})


def truth(**relevant):
    return GroundTruth({query: Assessments(dict.fromkeys(letters, 1)) for query, letters in relevant.items()})


def test_junk_is_taken_out_and_what_follows_moves_up():
    relevance = relevance_list(Ranking(tuple("jaxjb")), Assessments({"a": 1, "b": 1, "c": 1, "j": 1}, frozenset("j")))
    assert relevance.grades.tolist() == [True, False, True]
    assert relevance.relevant == 3


def test_ranks_with_gaps_count_as_they_stand():
    """Ranks 1 (the query), 4 and 6; without the query 3 and 5."""
    relevance = relevance_list(Ranking(tuple("qab"), ranks=(1, 4, 6)), Assessments({"a": 1, "b": 1}, frozenset("q")))
    assert np.flatnonzero(relevance.grades).tolist() == [2, 4]


def test_ranks_before_the_query_do_not_move():
    relevance = relevance_list(Ranking(tuple("aqb"), ranks=(2, 5, 9)), Assessments({"a": 1, "b": 1}, frozenset("q")))
    assert np.flatnonzero(relevance.grades).tolist() == [1, 7]


def test_gains_are_kept_where_relevance_has_grades():
    relevance = relevance_list(Ranking(tuple("xba")), Assessments({"a": 3, "b": 1, "c": 2, "x": -2}))
    assert relevance.gains.ranked.tolist() == [0, 1, 3]
    assert relevance.gains.ideal.tolist() == [3, 2, 1]
    assert relevance_list(Ranking(tuple("a")), Assessments({"a": 1})).gains is None


def test_queries_that_do_not_fit_together_are_told_and_a_missing_one_counts_as_0():
    graded = grade(run(q1="ab", more="ab"), truth(q1="a", q2="b", none=""), TREC)
    assert graded.queries == ("q1", "q2")
    assert graded.grades[AveragePrecision()].tolist() == [1.0, 0.0]
    assert graded.mean(AveragePrecision()) == 0.5
    assert graded.account.missing_queries == ("q2",)
    assert graded.account.unknown_queries == ("more",)
    assert graded.account.without_relevant == ("none",)


def test_unknown_documents_are_counted_once_and_are_not_relevant():
    graded = grade(run(q1="xay", q2="xb", more="zzz"), truth(q1="a", q2="b"), TREC)
    assert graded.grades[AveragePrecision()].tolist() == [1 / 2, 1 / 2]
    assert graded.account.documents == 4
    assert graded.account.unknown_documents == ("x", "y")


def test_what_is_judged_below_0_stays_in_the_ranking_unless_it_is_junk():
    judged = GroundTruth({"q": Assessments({"a": 1, "n": -1})})
    kept = grade(run(q="na"), judged, TREC)
    assert (kept.mean(AveragePrecision()), kept.account.below_zero) == (1 / 2, 1)
    taken = grade(run(q="na"), judged.with_negative_as_junk(), TREC)
    assert (taken.mean(AveragePrecision()), taken.account.below_zero) == (1.0, 0)


def test_a_run_and_ground_truth_without_a_common_query_are_refused():
    with pytest.raises(InvalidRequestError, match="answers no query of the ground truth; it names 'a'") as refused:
        grade(run(a="x"), truth(b="x"), TREC)
    assert "'b'" in refused.value.message
    with pytest.raises(InvalidRequestError, match="Nothing is relevant"):
        grade(run(a="x"), truth(a=""), TREC)


def test_json_has_the_contracts_keys_and_the_measures_that_were_asked_for():
    precision = parse_measure("P@2")
    answer = grade(run(q1="ab", q2="xy"), truth(q1="b", q2="y"), TREC, [precision]).to_json([precision])
    assert (answer["protocol"], answer["queries"], answer["map"]) == ("trec", 2, 0.5)
    assert answer["ap"] == {"q1": 0.5, "q2": 0.5}
    assert answer["measures"]["P@2"]["values"] == {"q1": 0.5, "q2": 0.5}
    assert answer["measures"]["P@2"]["key"] == "precision_at_2"
    assert AveragePrecision().definition in answer["definition"]
    assert "measures" not in grade(run(q1="ab"), truth(q1="b"), TREC).to_json()


def test_each_protocol_has_its_own_ap():
    measures = {rules.name: rules.measure for rules in RULES}
    assert measures == {
        "oxford": TrapezoidAveragePrecision(),
        "holidays": TrapezoidAveragePrecision(),
        "trec": AveragePrecision(),
    }
    with pytest.raises(UnknownNameError, match="No protocol is called 'oxfrod'") as refused:
        RULES.get("oxfrod")
    assert "'oxford'" in refused.value.remedy


def test_oxfords_folder_of_lists_is_read_by_query_and_other_files_are_passed_over(file):
    file("lists/hall_1_top.txt", "oxc1_a\nb.jpg\n")
    file("lists/hall_2_ranked.txt", "c\r\n")
    folder = file("lists/AP.txt", "./gt/hall_1 0.5\n").parent
    read = read_oxford_run(folder)
    assert {query: one.documents for query, one in read.rankings.items()} == {"hall_1": ("a", "b"), "hall_2": ("c",)}
    assert read.passed_over == ("AP.txt",)
    assert read.tag == "lists"


def test_bad_oxford_lists_are_named(file, tmp_path):
    folder = file("lists/hall_1_top.txt", "a\nb\na.jpg\n").parent
    with pytest.raises(InvalidRequestError, match=r"hall_1_top.txt, line 3: 'a' stands in line 1 already"):
        read_oxford_run(folder)
    file("lists/hall_1_top.txt", "a 0.5\n")
    with pytest.raises(InvalidRequestError, match=r"hall_1_top.txt, line 1: 'a 0.5' is no name"):
        read_oxford_run(folder)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidRequestError, match=r"No file in .*empty is a ranked list"):
        read_oxford_run(tmp_path / "empty")


def test_holidays_ranks_are_read_from_0(file):
    read = read_holidays_run(file("result.dat", "q.jpg 0 q.jpg 3 a.jpg\r\nr.jpg\n"))
    assert list(read.rankings["q.jpg"].ranked()) == [(1, "q.jpg"), (4, "a.jpg")]
    assert len(read.rankings["r.jpg"]) == 0


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("q 0 a 1\n", "line 1: 'q 0 a 1' is no result of a query"),
        ("q 0 a\nr x a\n", "line 2: 'r x a' is no result"),
        ("q -1 a\n", "line 1"),
        ("q 999999999999 a\n", "line 1"),
        ("q 1 a 1 b\n", "line 1: The ranks of 'q' do not rise"),
        ("q 0 a 1 a\n", "line 1: 'a' stands twice in the ranking of 'q'"),
        ("q 0 a\nq 0 a\n", "line 2: 'q' has a second line"),
        ("\n", "is empty"),
    ],
)
def test_bad_lines_of_a_holidays_result_are_named(file, text, named):
    with pytest.raises(InvalidRequestError, match=named):
        read_holidays_run(file("result.dat", text))
