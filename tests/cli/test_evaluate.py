"""`cbir evaluate` as a person and as a program use it, on seven small pictures."""

import gzip
import json

import pytest
from tests.pictures import save

from cbir.cli.evaluation_output import _verdict
from cbir.collection import Library
from cbir.extractors import EXTRACTORS
from cbir.extractors.hsv import HistBasic
from cbir.settings import Settings

CHOSEN = ("--extractors", "hist-basic", "--metrics", "chi2,cosine")


@pytest.fixture
def dataset(tmp_path):
    """Seven pictures: odd, even, one alone with its label, one without; a copy of the first; a row without a file."""
    for number in range(7):
        save(tmp_path / f"set/images/{number}.png", number)
    save(tmp_path / "set/images/copy of 0.png", 0)
    (tmp_path / "set/images/notes.txt").write_text("x")
    (tmp_path / "set/images/bad.png").write_bytes(b"no picture")
    labels = ["even", "odd", "even", "odd", "even", "alone"]
    rows = [f"images/{number}.png,{label}\n" for number, label in enumerate(labels)]
    (tmp_path / "set/labels.csv").write_text("".join(["path,labels\n", *rows, "images/gone.png,odd\n"]))
    return tmp_path / "set"


@pytest.fixture
def report(cbir, dataset, tmp_path):
    """The folder of a report."""
    folder = tmp_path / "report"
    assert cbir("evaluate", dataset, *CHOSEN, "--report", folder).code == 0
    return folder


def test_all_that_the_figures_do_not_cover_is_said_and_in_the_json(cbir, dataset):
    shown = cbir("evaluate", dataset, *CHOSEN)
    said = cbir("evaluate", dataset, *CHOSEN, "--json")
    assert (shown.code, said.code) == (0, 0)
    for text in (shown.err, said.err):
        assert "1 image without a label is no query." in text
        assert "1 query without a relevant image was left out of the means." in text
        assert "1 label names a file that is not there." in text
        assert "1 file has the bytes of another one" in text
        assert "1 file is no picture of the dataset and was passed over." in text
        assert "bad.png" in text
    found = said.json
    assert (found["images"], found["queries"]) == (7, 5)
    assert (found["unlabelled"], found["without_relevant"], found["duplicates"], found["passed_over"]) == (1, 1, 1, 1)
    assert found["missing"] == [str(dataset / "images/gone.png")]
    assert [one["path"] for one in found["failed"]] == [str(dataset / "images/bad.png")]


def test_json_has_intervals_around_the_means_and_the_best_cell(cbir, dataset):
    found = cbir("evaluate", dataset, *CHOSEN, "--json").json
    keys = {measure["key"] for measure in found["measures"]}
    assert keys == {"map_at_100", "map_at_100_trec", "map", "precision_at_1", "precision_at_10"}
    for result in found["results"]:
        assert result["intervals"].keys() == keys
        for key, (low, high) in result["intervals"].items():
            assert 0 <= low <= result[key] <= high <= 1
    best = max(found["results"], key=lambda result: result["map_at_100"])
    assert found["best"]["overall"] == f"hist-basic/{best['metric']}/exact"


def test_the_table_has_a_row_a_cell(cbir, dataset):
    shown = cbir("evaluate", dataset, *CHOSEN)
    found = cbir("evaluate", dataset, *CHOSEN, "--json").json
    first, header, *rows, _last = shown.out.splitlines()
    assert first == "set: 7 images, 5 queries, leave-one-out"
    assert header.split() == ["extractor", "metric", "AP@100", "95%", "AP@100-trec", "AP", "P@1", "P@10", "s"]
    for row, result in zip(rows, found["results"], strict=True):
        assert row.split()[:3] == ["hist-basic", result["metric"], f"{result['map_at_100']:.4f}"]


def test_which_cell_is_best_is_said_and_that_five_queries_cannot_tell(cbir, dataset):
    shown = cbir("evaluate", dataset, *CHOSEN)
    best = cbir("evaluate", dataset, *CHOSEN, "--json").json["best"]["overall"]
    verdict = f"By AP@100, {best} is best, but from no other cell can it be told beyond chance."
    assert shown.out.splitlines()[-1] == verdict


def test_the_verdict_names_what_cannot_be_told_apart():
    """Three cells: the best is better than one of the others beyond chance, by the first measure."""
    pairs = [("x", "b", False), ("x", "c", True)]
    report = {
        "primary_measure": "AP",
        "best": {"overall": "x"},
        "comparisons": [
            {"measure": measure, "a": a, "b": b, "significant": significant and measure == "AP"}
            for measure in ("AP", "P@1")
            for a, b, significant in pairs
        ],
    }
    assert _verdict(report) == "By AP, x is best; beyond chance it is better than 1 of 2 other cells, all but b."
    for one in report["comparisons"]:
        one["significant"] = True
    assert _verdict(report) == "By AP, x is best; beyond chance it is better than 2 of 2 other cells."


def test_chosen_measures_take_the_place_of_the_usual_ones(cbir, dataset):
    result = cbir("evaluate", dataset, *CHOSEN, "--measures", "P@3,AP", "--json")
    assert [measure["name"] for measure in result.json["measures"]] == ["P@3", "AP"]
    assert {"precision_at_3", "map"} < result.json["results"][0].keys()
    assert "map_at_100" not in result.json["results"][0]


@pytest.mark.parametrize(
    "wrong",
    [
        ("--measures", "AP@1OO", "AP@100"),
        ("--strategies", "exakt", "exact"),
        ("--metrics", "chi", "chi2"),
        ("--extractors", "hist-basik", "hist-basic"),
        ("--format", "labeled-folder", "labelled-folder"),
        ("--protocol", "leave-one-in", "leave-one-out"),
        ("--engine", "embeded", "embedded"),
    ],
    ids=" ".join,
)
def test_an_unknown_name_is_refused_before_work(wrong, cbir, dataset, tmp_path):
    flag, value, right = wrong
    result = cbir("evaluate", dataset, flag, value)
    assert result.code == 1
    assert right in result.err
    assert not (tmp_path / "cache/descriptors").exists()


def test_a_run_that_was_saved_is_graded_to_the_same_mean(cbir, dataset, report):
    found = cbir("evaluate", dataset, *CHOSEN, "--json").json
    for result in found["results"]:
        run = report / f"runs/hist-basic.{result['metric']}.exact.txt.gz"
        graded = cbir("grade", run, "--ground-truth", report / "qrels.txt", "--protocol", "trec", "--json")
        assert graded.code == 0, graded.err
        assert graded.json["map"] == pytest.approx(result["map"])


def test_runs_are_as_deep_as_asked(cbir, dataset, tmp_path):
    assert cbir("evaluate", dataset, *CHOSEN, "--run-depth", "2", "--report", tmp_path / "shallow").code == 0
    run = gzip.decompress((tmp_path / "shallow/runs/hist-basic.chi2.exact.txt.gz").read_bytes())
    assert len(run.splitlines()) == 5 * 2


def test_a_report_names_the_flags_that_were_given(cbir, dataset, report):
    written = json.loads((report / "report.json").read_text())
    assert written["options"] == {"extractors": "hist-basic", "metrics": "chi2,cosine"}
    assert (written["format"], written["engine"]) == ("labelled-folder", None)


def test_a_report_replaces_a_report_and_nothing_else(cbir, dataset, report, tmp_path):
    before = json.loads((report / "report.json").read_text())
    assert cbir("evaluate", dataset, *CHOSEN, "--measures", "AP", "--report", report).code == 0
    after = json.loads((report / "report.json").read_text())
    assert [one["name"] for one in before["measures"]] != [one["name"] for one in after["measures"]] == ["AP"]
    refused = cbir("evaluate", dataset, *CHOSEN, "--report", dataset)
    assert refused.code == 1
    assert "holds other files than a report" in refused.err
    assert (dataset / "labels.csv").exists()


def test_reports_are_kept_unless_told_otherwise(cbir, dataset, tmp_path):
    kept = tmp_path / "data/evaluations"
    assert cbir("evaluate", dataset, *CHOSEN, "--no-keep").code == 0
    assert not kept.exists()
    found = cbir("evaluate", dataset, *CHOSEN, "--json").json
    assert [folder.name for folder in kept.iterdir()] == [found["report"]]


def test_what_was_graded_is_not_graded_again_unless_asked(cbir, dataset):
    assert "earlier run" not in cbir("evaluate", dataset, *CHOSEN).err
    assert "2 results are of an earlier run" in cbir("evaluate", dataset, *CHOSEN).err
    assert "earlier run" not in cbir("evaluate", dataset, *CHOSEN, "--fresh").err


def test_an_engine_gives_the_same_results_and_keeps_nothing(cbir, dataset, tmp_path):
    in_memory = cbir("evaluate", dataset, *CHOSEN, "--json").json
    through_engine = cbir("evaluate", dataset, *CHOSEN, "--engine", "embedded", "--json").json
    assert (in_memory["engine"], through_engine["engine"]) == (None, "embedded")
    for one, other in zip(in_memory["results"], through_engine["results"], strict=True):
        assert {**one, "seconds": 0} == {**other, "seconds": 0}
    assert Library(Settings(data_dir=tmp_path / "data")).engine.collections() == []


def raised(report, key, by):
    """A report in which one cell was better by so much."""
    document = json.loads((report / "report.json").read_text())
    for result in document["results"]:
        if result["key"] == key:
            result["means"] = {name: mean + by for name, mean in result["means"].items()}
    (report / "report.json").write_text(json.dumps(document))
    return report


def test_nothing_fell_against_the_same_figures(cbir, dataset, report):
    result = cbir("evaluate", dataset, *CHOSEN, "--against", report, "--json")
    assert (result.code, result.json["falls"]) == (0, [])


def test_a_fall_beyond_the_margin_is_named_and_fails(cbir, dataset, report):
    old = raised(report, "hist-basic/chi2/exact", 0.02)
    result = cbir("evaluate", dataset, *CHOSEN, "--against", old / "report.json")
    assert result.code == 1
    (line,) = [line for line in result.err.splitlines() if "fell" in line]
    assert line.startswith("hist-basic/chi2/exact: AP@100 fell from ")
    assert line.endswith("the margin is 0.01")
    assert cbir("evaluate", dataset, *CHOSEN, "--against", old, "--margin", "0.03").code == 0


def test_the_report_that_is_replaced_can_be_the_one_compared_with(cbir, dataset, report):
    old = raised(report, "hist-basic/chi2/exact", 0.02)
    assert cbir("evaluate", dataset, *CHOSEN, "--report", report, "--against", old).code == 1
    assert cbir("evaluate", dataset, *CHOSEN, "--report", report, "--against", old).code == 0


def test_a_report_on_something_else_is_no_measure(cbir, dataset, report):
    (dataset / "labels.csv").write_text("path,labels\nimages/0.png,a\nimages/1.png,a\n")
    result = cbir("evaluate", dataset, *CHOSEN, "--against", report)
    assert result.code == 1
    assert "number of queries 2, not 5" in result.err
    assert cbir("evaluate", dataset, "--against", report / "nowhere").code == 1


def test_measures_that_leave_out_the_one_compared_by_are_refused(cbir, dataset, report):
    result = cbir("evaluate", dataset, *CHOSEN, "--measures", "P@3", "--against", report)
    assert result.code == 1
    assert "Add it: --measures P@3,AP@100" in result.err
    assert cbir("evaluate", dataset, *CHOSEN, "--measures", "P@3,AP@100", "--against", report).code == 0


def test_where_nothing_can_be_graded_it_fails(cbir, dataset, monkeypatch):
    signed = HistBasic(name="signed", non_negative=False)
    monkeypatch.setitem(EXTRACTORS._factories, "signed", lambda: signed)
    result = cbir("evaluate", dataset, "--extractors", "signed", "--metrics", "chi2,kl")
    assert result.code == 1
    assert "The metric 'chi2' needs non-negative values, and 'signed' can be negative." in result.err
    assert "None of these metrics can compare any of these descriptors." in result.err


def test_a_folder_that_is_no_report_is_not_called_a_damaged_one_to_be_deleted(cbir, dataset):
    refused = cbir("evaluate", dataset, *CHOSEN, "--against", dataset)
    assert (refused.code, refused.out) == (1, "")
    assert "There is no report.json in set." in refused.err
    assert "elete" not in refused.err


@pytest.mark.parametrize("flags", [("--where", "kind=x"), ("--label-column", "kind")])
def test_rows_and_columns_cannot_be_chosen_where_there_is_no_table(cbir, dataset, tmp_path, flags):
    for number in range(4):
        place = tmp_path / "classes" / f"{number % 2}"
        place.mkdir(parents=True, exist_ok=True)
        (dataset / "images" / f"{number}.png").rename(place / f"{number}.png")
    refused = cbir("evaluate", tmp_path / "classes", *CHOSEN, *flags)
    assert (refused.code, refused.out) == (1, "")
    assert "class-folders" in refused.err
    assert "--where" in refused.err
    assert cbir("evaluate", tmp_path / "classes", *CHOSEN, "--report", tmp_path / "report").code == 0
    assert json.loads((tmp_path / "report/report.json").read_text())["label_column"] is None


def test_a_margin_that_can_be_none_is_refused_before_work(cbir, dataset, report):
    refused = cbir("evaluate", dataset, *CHOSEN, "--against", report, "--margin", "inf")
    assert (refused.code, refused.out) == (2, "")
    assert "Extracting" not in refused.err
