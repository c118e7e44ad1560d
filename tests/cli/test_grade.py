"""`cbir grade`: figures of rankings made elsewhere, and one line with the remedy for what cannot be graded."""

import gzip

import pytest

RUN = "q1 Q0 a 1 3 mine\nq1 Q0 x 2 2 mine\nq1 Q0 b 3 1 mine\nmore Q0 a 1 1 mine\n"
QRELS = "q1 0 a 1\nq1 0 b 2\nq2 0 c 1\nnone 0 a 0\n"


@pytest.fixture
def trec(tmp_path):
    """A run and qrels of TREC's form."""
    (tmp_path / "run.txt.gz").write_bytes(gzip.compress(RUN.encode()))
    (tmp_path / "qrels.txt").write_text(QRELS)
    return [tmp_path / "run.txt.gz", "--ground-truth", tmp_path / "qrels.txt", "--protocol", "trec"]


def test_json_is_the_contract_with_an_account_of_what_did_not_fit(cbir, trec):
    """By hand: q1 has relevant documents at ranks 1 and 3, q2 was not answered."""
    result = cbir("grade", *trec, "--json")
    assert result.code == 0
    assert result.err == ""
    answer = result.json
    assert list(answer)[:1] == ["protocol"]
    assert (answer["protocol"], answer["queries"]) == ("trec", 2)
    assert answer["ap"] == pytest.approx({"q1": (1 + 2 / 3) / 2, "q2": 0.0})
    assert answer["map"] == pytest.approx((1 + 2 / 3) / 4)
    assert "measures" not in answer
    assert answer["account"] == {
        "missing_queries": ["q2"],
        "unknown_queries": ["more"],
        "without_relevant": ["none"],
        "contradicting_queries": [],
        "documents": 3,
        "unknown_documents": 1,
        "unknown_examples": ["x"],
        "below_zero": 0,
        "passed_over": [],
    }


def test_measures_that_are_asked_for_are_added_with_their_definitions(cbir, trec):
    measures = cbir("grade", *trec, "--measures", "P@2,nDCG@1,AP", "--json").json["measures"]
    assert {name: one["mean"] for name, one in measures.items()} == pytest.approx(
        {"P@2": 1 / 4, "nDCG@1": (1 / 2) / 2, "AP": (1 + 2 / 3) / 4}
    )
    assert measures["P@2"]["values"] == {"q1": 0.5, "q2": 0.0}
    assert measures["P@2"]["definition"] == "share of relevant images among the first 2"


def test_people_get_a_table_with_definitions_and_remarks_on_stderr(cbir, trec):
    result = cbir("grade", *trec, "--measures", "P@2")
    assert result.code == 0
    lines = result.out.splitlines()
    assert lines[0].startswith("mine: 2 queries, trec.")
    assert lines[2].split()[:2] == ["AP", "0.41667"]
    assert lines[3].split()[:2] == ["P@2", "0.25000"]
    assert "q2" not in result.out
    assert "1 query of the ground truth is not in the run, and counts as 0: q2." in result.err
    assert "1 query of the run is not in the ground truth, and was passed over: more." in result.err
    assert "1 query has nothing relevant, and was left out of the means: none." in result.err
    assert (
        "1 of 3 documents of the run is not named in the ground truth, and counts as not relevant: x." in result.err
    )


def test_a_line_a_query_where_that_is_asked(cbir, trec):
    rows = [line.split() for line in cbir("grade", *trec, "--measures", "RR", "--by-query").out.splitlines()]
    assert ["query", "AP", "RR"] in rows
    assert ["q1", "0.83333", "1.00000"] in rows
    assert ["q2", "0.00000", "0.00000"] in rows


def test_what_is_judged_below_0_counts_as_wrong_or_is_junk(cbir, trec, tmp_path):
    (tmp_path / "qrels.txt").write_text("q1 0 a -1\nq1 0 b 1\n")
    kept = cbir("grade", *trec)
    assert kept.out.splitlines()[2].split()[:2] == ["AP", "0.33333"]
    assert "1 place of the run was judged below 0" in kept.err
    taken = cbir("grade", *trec, "--negative-is-junk")
    assert taken.out.splitlines()[2].split()[:2] == ["AP", "0.50000"]
    assert "below 0" not in taken.err


def test_names_of_two_kinds_are_remarked(cbir, trec, tmp_path):
    (tmp_path / "qrels.txt").write_text("q1 0 a.jpg 1\nq1 0 b.jpg 1\n")
    result = cbir("grade", *trec)
    assert result.code == 0
    assert "3 of 3 documents of the run are not named in the ground truth" in result.err
    assert "Are the names written alike?" in result.err


def test_ranks_that_contradict_scores_are_remarked(cbir, trec, tmp_path):
    (tmp_path / "run.txt.gz").write_bytes(gzip.compress(b"q1 Q0 a 1 0.1 t\nq1 Q0 b 2 0.7 t\n"))
    result = cbir("grade", *trec)
    assert "1 query has ranks that contradict its scores; scores count, larger first: q1." in result.err


def test_an_oxford_folder_is_graded_by_the_trapezoid_without_junk(cbir, tmp_path):
    """Without junk: relevant at ranks 1 and 3 of R = 3; (1 + 1)/2 and (1/2 + 2/3)/2."""
    for name, text in {
        "gt/hall_1_good.txt": "a\n",
        "gt/hall_1_ok.txt": "b\nc\n",
        "gt/hall_1_junk.txt": "j\n",
        "run/hall_1_top.txt": "a\nj\nx\nb\n",
        "run/AP.txt": "hall_1 0.5\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    arguments = [tmp_path / "run", "--ground-truth", tmp_path / "gt", "--protocol", "oxford"]
    answer = cbir("grade", *arguments, "--json").json
    assert answer["ap"] == pytest.approx({"hall_1": (1 + (1 / 2 + 2 / 3) / 2) / 3})
    assert answer["account"]["passed_over"] == ["AP.txt"]
    assert "AP.txt" in cbir("grade", *arguments).err


def test_a_holidays_result_is_graded_by_its_own_ranks_without_the_query(cbir, tmp_path):
    """The query stands at 0, so rank 3 becomes the third: (0/2 + 1/3)/2."""
    (tmp_path / "images.dat").write_text("100000.jpg\n100001.jpg\n")
    (tmp_path / "result.dat").write_text("100000.jpg 0 100000.jpg 3 100001.jpg\n")
    arguments = [tmp_path / "result.dat", "--ground-truth", tmp_path / "images.dat", "--protocol", "holidays"]
    assert cbir("grade", *arguments, "--json").json["map"] == pytest.approx(1 / 6)


@pytest.mark.parametrize(
    ("changed", "code", "named"),
    [
        ({3: "--protocol", 4: "trek"}, 2, "Did you mean 'trec'?"),
        ({0: "none.txt"}, 1, "There is no file none.txt. Check the path."),
        ({2: "none.txt"}, 1, "There is no file none.txt."),
        ({4: "oxford"}, 1, "qrels.txt is no folder."),
        ({4: "holidays"}, 1, "qrels.txt, line 1: 'q1 0 a 1' is no image of Holidays."),
    ],
)
def test_what_cannot_be_graded_is_one_line_with_the_remedy(cbir, trec, changed, code, named):
    result = cbir("grade", *(changed.get(place, argument) for place, argument in enumerate(trec)))
    assert result.code == code
    assert named in " ".join(result.err.replace("│", " ").split())
    assert result.out == ""


def test_a_measure_that_is_none_is_wrong_usage_with_the_near_one(cbir, trec):
    result = cbir("grade", *trec, "--measures", "ndcg@5")
    assert result.code == 2
    assert "Did you mean 'nDCG@5'?" in " ".join(result.err.replace("│", " ").split())


def test_help_has_an_example(cbir):
    assert "Example:  cbir grade" in cbir("grade", "--help").out
