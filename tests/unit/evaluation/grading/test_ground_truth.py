"""Ground truth: qrels, Oxford's lists, Holidays' list, LIRE's lists, as small files of their forms."""

import pytest

from cbir.errors import InvalidRequestError, NotFoundError
from cbir.evaluation.ground_truth import Assessments, GroundTruth, read_qrels, write_qrels
from cbir.evaluation.published_ground_truth import (
    read_holidays_ground_truth,
    read_lire_lists,
    read_oxford_ground_truth,
    read_qrels_or_lists,
)


@pytest.mark.parametrize("name", ["qrels.txt", "qrels.txt.gz"])
def test_qrels_are_read_with_their_gains(file, name):
    truth = read_qrels(file(name, "1 0 a 2\r\n1 0 b 0\n2 0 a 1\n1 0 c -1\n1 0 a 2\n"))
    assert truth.queries == {"1": Assessments({"a": 2, "b": 0, "c": -1}), "2": Assessments({"a": 1})}
    assert truth.queries["1"].relevant == {"a": 2}
    assert truth.documents == {"a", "b", "c"}


def test_below_0_is_junk_only_where_that_is_asked(file):
    truth = read_qrels(file("qrels.txt", "1 0 a 2\n1 0 c -1\n"))
    assert truth.queries["1"].junk == frozenset()
    assert truth.with_negative_as_junk().queries["1"].junk == {"c"}
    assert truth.with_negative_as_junk().queries["1"].relevant == {"a": 2}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("1 0 a\n", "line 1: '1 0 a' is no line of qrels"),
        ("1 0 a 1\n1 0 b yes\n", "line 2: The gain 'yes' is no whole number"),
        ("1 0 a 1\n2 0 a 0\n1 0 a 0\n", "line 3: 'a' was judged otherwise for '1' before"),
        ("100000.jpg\n", "line 1: '100000.jpg' is no line of qrels"),
    ],
)
def test_a_bad_line_of_qrels_is_named(file, text, named):
    with pytest.raises(InvalidRequestError, match=f"qrels.txt, {named}"):
        read_qrels(file("qrels.txt", text))


def test_empty_ground_truth_is_refused(file, tmp_path):
    for read in (read_qrels, read_holidays_ground_truth, read_lire_lists, read_qrels_or_lists):
        with pytest.raises(InvalidRequestError):
            read(file("empty.txt", "\n"))
        with pytest.raises(NotFoundError):
            read(tmp_path / "none.txt")


def test_written_qrels_are_read_back_with_junk_below_0(tmp_path):
    written = {"q": Assessments({"a": 3, "b": 0}, frozenset({"j", "i"})), "r": Assessments({"a": 1})}
    write_qrels(tmp_path / "qrels.txt", written.items())
    assert (tmp_path / "qrels.txt").read_text() == "q 0 a 3\nq 0 b 0\nq 0 i -1\nq 0 j -1\nr 0 a 1\n"
    back = read_qrels(tmp_path / "qrels.txt").with_negative_as_junk()
    assert {query: (one.relevant, one.junk) for query, one in back.queries.items()} == {
        query: (one.relevant, one.junk) for query, one in written.items()
    }
    with pytest.raises(InvalidRequestError, match="cannot stand in a TREC file"):
        write_qrels(tmp_path / "qrels.txt", [("q", Assessments({"a b": 1}))])


def test_what_is_junk_is_not_relevant():
    assert Assessments({"a": 1, "b": 1}, frozenset({"b"})).relevant == {"a": 1}


def test_documents_besides_the_assessed_ones_are_known():
    assert GroundTruth({"q": Assessments({"a": 1}, frozenset("j"))}, frozenset("x")).documents == {"a", "j", "x"}


@pytest.fixture
def oxford(file):
    for kind, names in {
        "good": "a\na\noxc1_b\n",
        "ok": "c.jpg\n\n",
        "junk": "d\n",
        "query": "oxc1_a 1 2 3 4\n",
    }.items():
        folder = file(f"gt/hall_1_{kind}.txt", names).parent
    return folder


def test_oxfords_lists_good_and_ok_are_relevant_and_repeats_count_once(oxford):
    truth = read_oxford_ground_truth(oxford)
    assert truth.queries == {"hall_1": Assessments({"a": 1, "b": 1, "c": 1}, frozenset({"d"}))}


def test_a_list_that_oxfords_folder_lacks_is_named(oxford, tmp_path, file):
    (oxford / "hall_1_junk.txt").unlink()
    with pytest.raises(NotFoundError, match=r"hall_1_junk.txt"):
        read_oxford_ground_truth(oxford)
    with pytest.raises(InvalidRequestError, match=r"no file ends in _good.txt"):
        read_oxford_ground_truth(tmp_path)
    with pytest.raises(NotFoundError, match="There is no folder"):
        read_oxford_ground_truth(tmp_path / "none")
    with pytest.raises(InvalidRequestError, match="is no folder"):
        read_oxford_ground_truth(file("file", ""))


def test_holidays_asks_with_the_first_picture_of_each_place(file):
    truth = read_holidays_ground_truth(
        file("images.dat", "100000.jpg\n100001.jpg\n100002.jpg\n100100.jpg\n100201.jpg\n")
    )
    assert truth.queries == {
        "100000.jpg": Assessments({"100001.jpg": 1, "100002.jpg": 1}, frozenset({"100000.jpg"})),
        "100100.jpg": Assessments({}, frozenset({"100100.jpg"})),
    }
    assert "100201.jpg" in truth.documents


def test_a_line_that_is_no_image_of_holidays_is_named(file):
    with pytest.raises(InvalidRequestError, match=r"images.dat, line 2: '100000.jpg 0 100001.jpg' is no image"):
        read_holidays_ground_truth(file("images.dat", "100000.jpg\n100000.jpg 0 100001.jpg\n"))
    with pytest.raises(InvalidRequestError, match="names no query of Holidays"):
        read_holidays_ground_truth(file("images.dat", "100001.jpg\n"))


LISTS = "# remark\n#\nq1.jpg:\r\n  a.jpg\r\n  b.jpg\r\n\r\nq2.jpg:\n  a.jpg\n"


def test_lires_lists_are_told_from_qrels(file):
    truth = read_qrels_or_lists(file("lists.txt", LISTS))
    assert truth.queries == {
        "q1.jpg": Assessments({"a.jpg": 1, "b.jpg": 1}, frozenset({"q1.jpg"})),
        "q2.jpg": Assessments({"a.jpg": 1}, frozenset({"q2.jpg"})),
    }
    assert read_qrels_or_lists(file("qrels.txt", "1 0 a 1\n")).queries == {"1": Assessments({"a": 1})}


def test_bad_lines_of_lires_lists_are_named(file):
    with pytest.raises(InvalidRequestError, match=r"lists.txt, line 1: 'a.jpg' belongs to no query"):
        read_lire_lists(file("lists.txt", "a.jpg\nq:\n"))
    with pytest.raises(InvalidRequestError, match=r"lists.txt, line 3: 'q' stands there for the second time"):
        read_lire_lists(file("lists.txt", "q:\na\nq:\n"))
