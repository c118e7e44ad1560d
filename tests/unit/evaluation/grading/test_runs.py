"""Runs: what a file says is what is read, what is written is read back, and bad lines are named."""

import gzip
import random
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbir.errors import InvalidRequestError, NotFoundError
from cbir.evaluation.runs import falling_scores, read_trec_run, write_trec_run


def ranking(run, query="q"):
    return list(run.rankings[query].documents)


@pytest.mark.parametrize("name", ["run.txt", "run.txt.gz"])
def test_a_run_file_is_read_by_query_in_the_order_of_scores(file, name):
    run = read_trec_run(
        file(name, "q2 Q0 a 1 0.1 mine\nq1 Q0 b 1 5 mine\nq2\tQ0\tc 2 0.7 mine\r\n\nq1 Q0 a 2 4 mine\n")
    )
    assert run.tag == "mine"
    assert list(run.rankings) == ["q2", "q1"]
    assert list(run.rankings["q2"]) == [("c", pytest.approx(0.7)), ("a", pytest.approx(0.1))]
    assert ranking(run, "q1") == ["b", "a"]


def test_of_equal_scores_the_larger_name_comes_first_as_in_trec_eval(file):
    lines = [f"q Q0 {name} {rank} {score} t\n" for rank, (name, score) in enumerate(zip("bacd", "1112", strict=True))]
    random.Random(1).shuffle(lines)
    assert ranking(read_trec_run(file("run", "".join(lines)))) == ["d", "c", "b", "a"]


def test_scores_that_are_equal_as_32_bit_floats_are_equal(file):
    """16777217 is no 32-bit float; trec_eval reads 16777216."""
    assert ranking(read_trec_run(file("run", "q Q0 a 1 16777217 t\nq Q0 b 2 16777216 t\n"))) == ["b", "a"]


def test_queries_whose_ranks_contradict_their_scores_are_named(file):
    text = "up Q0 a 1 0.1 t\nup Q0 b 2 0.2 t\nok Q0 a 1 2 t\nok Q0 b 2 1 t\ntie Q0 a 1 1 t\ntie Q0 b 2 1 t\n"
    run = read_trec_run(file("run", text))
    assert run.contradicting == ("up",)
    assert ranking(run, "up") == ["b", "a"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("q Q0 a 1 0.5 t\nq Q0 b 2 0.5\n", "line 2: 'q Q0 b 2 0.5' is no line of a TREC run"),
        ("q Q0 a b 1 0.5 t\n", "line 1"),
        ("\n\nq Q0 a 1 nan t\n", "line 3: 'q Q0 a 1 nan t': rank or score is no number"),
        ("q Q0 a first 0.5 t\n", "line 1: 'q Q0 a first 0.5 t': rank or score"),
        (
            "q Q0 a 1 0.5 t\nr Q0 a 1 1 t\nq Q0 a 2 0.4 t\n",
            "line 3: 'a' stands for the second time in the ranking of 'q'",
        ),
        ("\x1b[31m\n", r"line 1: '\\x1b\[31m'"),
    ],
)
def test_a_bad_line_is_named_by_file_and_number(file, text, named):
    with pytest.raises(InvalidRequestError, match=f"run.txt, {named}") as refused:
        read_trec_run(file("run.txt", text))
    assert refused.value.remedy


def test_files_that_are_none_are_refused(file, tmp_path):
    with pytest.raises(NotFoundError, match="There is no file"):
        read_trec_run(tmp_path / "none.txt")
    with pytest.raises(InvalidRequestError, match="is a folder"):
        read_trec_run(tmp_path)
    with pytest.raises(InvalidRequestError, match="is empty"):
        read_trec_run(file("empty.txt", " \n\n"))
    whole = file("run.txt.gz", "".join(f"q Q0 {i} 1 {i} t\n" for i in range(999))).read_bytes()
    for damaged in (b"no gzip", whole[:-20], whole[:50] + b"\0\0\0\0" + whole[54:]):
        (tmp_path / "bad.gz").write_bytes(damaged)
        with pytest.raises(InvalidRequestError, match="damaged"):
            read_trec_run(tmp_path / "bad.gz")


names = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=8)
finite = st.floats(-1e30, 1e30)


@given(st.dictionaries(names, st.dictionaries(names, finite, min_size=1, max_size=12), min_size=1), st.booleans())
def test_what_is_written_is_read_back_in_the_same_order_whatever_ties_it_has(tmp_path_factory, answers, larger):
    """Documents stand by score, equal ones in an order of the search's own: the file keeps it."""
    ordered = {q: sorted(of.items(), key=lambda item: item[1], reverse=larger) for q, of in answers.items()}
    path = tmp_path_factory.mktemp("runs") / "run.txt.gz"
    rows = [(q, [d for d, _ in hits], [s for _, s in hits]) for q, hits in ordered.items()]
    write_trec_run(path, "tag", iter(rows), larger_is_better=larger)
    run = read_trec_run(path)
    assert {query: ranking(run, query) for query in run.rankings} == {q: documents for q, documents, _ in rows}
    assert run.contradicting == ()


@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=20).map(lambda scores: sorted(scores, reverse=True)))
def test_written_scores_fall_and_are_the_nearest_floats_that_do(scores):
    """Against the rule applied one by one, with numpy's `nextafter`."""
    found = falling_scores(np.array(scores))
    assert found.dtype == np.float32
    assert (found[1:] < found[:-1]).all()
    above = np.float32(np.inf)
    for score, given_score in zip(found, scores, strict=True):
        with np.errstate(over="ignore"):
            limits = np.finfo(np.float32)
            above = min(
                np.float32(np.clip(given_score, limits.min / 2, limits.max)), np.nextafter(above, np.float32(-np.inf))
            )
        assert score == above


def test_the_smallest_steps_are_those_of_32_bit_floats():
    """The float below 1 is 1 − 2⁻²⁴; below 0 stands the negative one whose bits are 1."""
    below_zero = -struct.unpack("<f", struct.pack("<I", 1))[0]
    assert falling_scores(np.array([1.0, 1.0])).tolist() == [1.0, 1 - 2**-24]
    assert falling_scores(np.array([0.0, 0.0, -0.0])).tolist() == [0.0, below_zero, 2 * below_zero]


def test_a_written_file_is_what_trec_eval_reads_and_does_not_change_with_the_clock(tmp_path):
    rows = [("q1", ["a", "b"], [0.25, 0.5]), ("q2", ["c"], np.array([1e-7]))]
    for name in ("one.txt", "one.txt.gz", "two.txt.gz"):
        write_trec_run(tmp_path / name, "hist-basic.chi2", rows, larger_is_better=False)
    lines = (tmp_path / "one.txt").read_text().splitlines()
    assert lines[:2] == ["q1 Q0 a 1 -0.25 hist-basic.chi2", "q1 Q0 b 2 -0.5 hist-basic.chi2"]
    assert np.float32(lines[2].split()[4]) == np.float32(-1e-7)
    packed = (tmp_path / "one.txt.gz").read_bytes()
    assert gzip.decompress(packed) == (tmp_path / "one.txt").read_bytes()
    assert packed == (tmp_path / "two.txt.gz").read_bytes()


@pytest.mark.parametrize("bad", ["", "two words", "line\nend", "tab\t", "nul\0", "\u00a0"])
def test_names_that_would_break_a_line_are_refused(tmp_path, bad):
    for tag, query, document in ((bad, "q", "d"), ("t", bad, "d"), ("t", "q", bad)):
        with pytest.raises(InvalidRequestError, match="cannot stand in a TREC file"):
            write_trec_run(tmp_path / "run.txt", tag, [(query, [document], [1.0])])


def test_a_score_that_is_no_number_is_not_written(tmp_path):
    with pytest.raises(InvalidRequestError, match="not a number"):
        write_trec_run(tmp_path / "run.txt", "t", [("q", ["a"], [float("nan")])])
