"""Rankings as JSON, CSV and TREC runs, read back by other readers."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbir.errors import InvalidRequestError
from cbir.records import Hit, ImageRecord, Location
from cbir.searching.exports import path_below_folder, to_csv, to_json, to_trec
from cbir.searching.search import Found, FoundHit
from cbir.searching.steps import Steps


def record(path="/photos/a.jpg", root="/photos", labels=()):
    return ImageRecord("id", 640, 480, "JPEG", (Location(path, 1, 1, root),), labels)


def found(hits, metric="euclidean", **more):
    values = {
        "collection": "photos", "extractor": "cnn-conv", "metric": metric, "strategy": "exact", "engine": "embedded",
        "index": "photos", "exact": True, "offset": 0, "total": 100, "total_is_exact": True, "nothing_similar": False,
    }  # fmt: skip
    return Found(hits=tuple(hits), steps=Steps(), **(values | more))


def hits(scores, first=1):
    """Hits with these scores, equal ones by ascending id."""
    return [FoundHit(rank, Hit(f"{rank:04d}", score), record()) for rank, score in enumerate(scores, start=first)]


def cells(text):
    return list(csv.DictReader(io.StringIO("".join(text), newline="")))


def one_cell(column, **fields):
    (row,) = cells(to_csv(found([FoundHit(1, Hit("a", 0.5), record(**fields))])))
    return row[column]


# -- paths ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "root", "shown"),
    [
        ("/home/anna/photos/2017/a.jpg", "/home/anna/photos", "2017/a.jpg"),
        ("/home/anna/photos/a.jpg", "", "a.jpg"),
        ("/photos-old/a.jpg", "/photos", "a.jpg"),
        ("/a.jpg", "/", "a.jpg"),
        ("/photos/\udcff\n.jpg", "/photos", "\\xff\\n.jpg"),
    ],
)
def test_a_path_is_shown_below_its_indexed_folder_and_fit_for_any_reader(path, root, shown):
    assert path_below_folder(record(path, root)) == shown


def test_an_image_without_a_file_has_no_path():
    assert path_below_folder(ImageRecord("id", 1, 1, "")) == ""


# -- JSON ----------------------------------------------------------------------------------------------


def test_json_holds_the_ranking_and_how_it_came_about():
    hit = FoundHit(3, Hit("ab", 0.1 + 0.2), record(labels=("é", "b")), 0.999, ("cd",))
    read = json.loads("".join(to_json(found([hit], offset=2))))
    assert read.pop("hits") == [
        {"rank": 3, "id": "ab", "path": "a.jpg", "score": 0.1 + 0.2, "closeness": 0.999, "labels": ["é", "b"],
         "width": 640, "height": 480, "collapsed": ["cd"]}
    ]  # fmt: skip
    assert read == {
        "collection": "photos", "extractor": "cnn-conv", "metric": "euclidean", "strategy": "exact",
        "engine": "embedded", "index": "photos", "exact": True, "offset": 2, "total": 100, "total_is_exact": True,
        "nothing_similar": False,
    }  # fmt: skip


@pytest.mark.parametrize("count", [0, 1, 5])
def test_json_of_any_number_of_hits_can_be_read(count):
    assert len(json.loads("".join(to_json(found(hits([0.5] * count)))))["hits"]) == count


# -- CSV -----------------------------------------------------------------------------------------------


def test_csv_holds_a_heading_and_every_hit_with_its_score_to_the_last_digit():
    hit = FoundHit(1, Hit("ab", 0.1 + 0.2), record(labels=("a", "b,c")), None, ("cd", "ef"))
    (row,) = cells(to_csv(found([hit])))
    assert float(row.pop("score")) == 0.1 + 0.2
    assert row == {
        "rank": "1", "id": "ab", "path": "a.jpg", "closeness": "", "labels": "a;b,c", "width": "640", "height": "480",
        "collapsed": "cd;ef",
    }  # fmt: skip


@pytest.mark.parametrize("label", ["=1+1", "+1", "-1", "@SUM(A1)", "|calc", "%0A=1"])
def test_what_a_spreadsheet_would_run_becomes_text(label):
    assert one_cell("labels", labels=(label,)) == f"'{label}"
    assert one_cell("labels", labels=("sea", label)) == f"sea;'{label}"
    assert one_cell("path", path=f"/photos/{label}.jpg") == f"'{label}.jpg"


@pytest.mark.parametrize("label", ["\t=1", "\r=1", "\n=1"])
def test_control_characters_that_would_hide_a_formula_are_escaped(label):
    assert one_cell("labels", labels=(label,)) == label.encode("unicode_escape").decode()


def test_texts_are_quoted_so_that_semicolons_do_not_begin_a_cell():
    text = "".join(to_csv(found([FoundHit(1, Hit("a", 0.5), record("/photos/x;=1+1.jpg"))])))
    assert '"x;=1+1.jpg"' in text


def test_negative_scores_stay_numbers():
    (row,) = cells(to_csv(found([FoundHit(1, Hit("a", -0.5), record())], metric="cosine")))
    assert row["score"] == "-0.5"


# -- TREC ----------------------------------------------------------------------------------------------


def as_trec_eval_sorts(lines):
    """Image names by score as a 32-bit float, larger first; of equal ones the larger name first."""
    rows = [line.split() for line in lines]
    return [row[2] for row in sorted(rows, key=lambda row: (np.float32(row[4]), row[2]), reverse=True)]


def test_a_run_has_six_columns_a_line():
    lines = list(to_trec(found(hits([0.25, 0.5])), query="q1", tag="mine"))
    assert lines == ["q1 Q0 0001 1 -0.25 mine\n", "q1 Q0 0002 2 -0.5 mine\n"]


def test_similarities_are_written_as_they_are_and_ranks_go_on_from_page_to_page():
    lines = list(to_trec(found(hits([0.75, -0.5], first=11), metric="cosine"), query="q1"))
    assert lines == [
        "q1 Q0 0011 11 0.75 cnn-conv-cosine-exact\n",
        "q1 Q0 0012 12 -0.5 cnn-conv-cosine-exact\n",
    ]


@given(st.lists(st.floats(0, 1e30), min_size=1, max_size=40), st.sampled_from(["euclidean", "intersection"]))
def test_trec_eval_sorts_a_run_as_it_was_ranked_also_where_scores_tie(scores, metric):
    ranked = sorted(scores, reverse=metric == "intersection")
    run = found(hits(ranked), metric=metric)
    assert as_trec_eval_sorts(to_trec(run)) == [one.hit.id for one in run.hits]


@given(st.integers(2, 40), st.floats(0, 1))
def test_ties_and_differences_that_32_bits_cannot_hold_keep_their_order(count, score):
    run = found(hits([score + position * 1e-12 * (position > 2) for position in range(count)]))
    lines = list(to_trec(run))
    assert as_trec_eval_sorts(lines) == [one.hit.id for one in run.hits]
    written = [float(line.split()[4]) for line in lines]
    assert written == pytest.approx([-one.hit.score for one in run.hits], rel=1e-5, abs=1e-40)


@pytest.mark.parametrize("word", ["two words", "tab\t", "line\n", "é", " "])
def test_names_that_would_break_a_line_are_refused_before_the_first_line(word):
    with pytest.raises(InvalidRequestError, match="query"):
        to_trec(found([]), query=word)
    with pytest.raises(InvalidRequestError, match="tag"):
        to_trec(found([]), tag=word)


def test_an_imported_id_or_extractor_of_odd_characters_stays_one_word():
    hit = replace(hits([0.5])[0], hit=Hit("my image é", 0.5))
    (line,) = to_trec(found([hit], extractor="my codes"))
    assert line == "query Q0 my%20image%20%C3%A9 1 -0.5 my_codes-euclidean-exact\n"
