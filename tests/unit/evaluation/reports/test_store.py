"""Reports that are kept."""

import gzip
import json
import math
import shutil
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from cbir.errors import CorruptDataError, NotFoundError, SchemaVersionError, UnknownNameError
from cbir.evaluation.reports import store
from cbir.evaluation.reports.read import read_report
from cbir.evaluation.reports.write import write_report

KEY = "good/chi2/exact"


def result_of(evaluation, key):
    return next(one for one in evaluation.results if one.key == key)


def test_where_nothing_was_kept_the_list_is_empty(reports):
    assert list(reports.list()) == []


def test_a_report_is_listed_with_its_best(reports, stored, evaluation):
    (found,) = reports.list()
    means = {one.key: one.mean(evaluation.measures[0]) for one in evaluation.results}
    assert (found.name, found.dataset, found.protocol) == (stored.name, "photos <2026>", "leave-one-out")
    assert (found.images, found.queries, found.primary_measure) == (25, 24, "AP@100")
    assert found.best == max(means, key=means.get)
    assert found.best_mean == pytest.approx(max(means.values()))
    assert (found.problem, found.remedy) == ("", "")


def test_the_newest_comes_first_and_two_of_a_second_have_names_of_their_own(reports, evaluation, circumstances):
    later = replace(circumstances, created_at=circumstances.created_at + timedelta(days=1))
    first, second, third = (reports.add(evaluation, one) for one in (circumstances, later, circumstances))
    assert [one.name for one in reports.list()] == [second.name, third.name, first.name]
    assert third.name == f"{first.name}-2" == third.report["name"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "report.json").unlink(),
        lambda folder: (folder / "report.json").write_text("{"),
        lambda folder: (folder / "report.json").write_bytes(b"\xff"),
        lambda folder: (folder / "report.json").write_text("[]"),
        lambda folder: _change(folder, lambda report: report.pop("results")),
        lambda folder: _change(folder, lambda report: report["best"].update(overall="none/such/cell")),
        lambda folder: _change(folder, lambda report: report.update(created_at="yesterday")),
        lambda folder: _change(folder, lambda report: report.update(primary_measure="P@7")),
        lambda folder: _change(folder, lambda report: report["results"][0]["means"].clear()),
        lambda folder: _change(folder, lambda report: report["results"][0]["means"].update({"AP@100": math.nan})),
        lambda folder: _change(folder, lambda report: report.update(dataset="\ud800")),
        lambda folder: (folder / "report.json").write_text("[" * 200_000),
    ],
)
def test_a_damaged_report_is_listed_last_with_its_problem_and_can_be_deleted(
    reports, evaluation, circumstances, damage
):
    broken, whole = reports.add(evaluation, circumstances), reports.add(evaluation, circumstances)
    damage(broken.folder)
    good, bad = reports.list()
    assert (good.name, bad.name) == (whole.name, broken.name)
    assert bad.problem
    assert "again" in bad.remedy
    assert str(reports.folder) not in bad.problem
    with pytest.raises(CorruptDataError):
        _ = reports.open(broken.name).report
    reports.delete(broken.name)
    assert [one.name for one in reports.list()] == [whole.name]


def test_two_that_end_at_once_do_not_take_each_others_name(reports, evaluation, circumstances, monkeypatch):
    at_once = []

    def writing_while_another_does(*arguments):
        if not at_once:
            at_once.append(None)
            at_once[0] = reports.add(evaluation, circumstances)
        return write_report(*arguments)

    monkeypatch.setattr(store, "write_report", writing_while_another_does)
    names = {reports.add(evaluation, circumstances).name, at_once[0].name}
    assert len(names) == 2
    assert {one.name for one in reports.list()} == names == {path.name for path in reports.folder.iterdir()}


def test_a_report_that_cannot_be_read_does_not_tell_where_it_is(reports, stored):
    (stored.folder / "report.json").unlink()
    (stored.folder / "report.json").mkdir()
    (listed,) = reports.list()
    assert listed.problem
    assert str(reports.folder) not in listed.problem + listed.remedy


def _change(folder, change):
    document = json.loads((folder / "report.json").read_text())
    change(document)
    (folder / "report.json").write_text(json.dumps(document))


def test_a_report_of_a_later_version_says_so(reports, stored):
    _change(stored.folder, lambda report: report.update(version=99))
    with pytest.raises(SchemaVersionError, match="later version"):
        read_report(stored.folder)
    (listed,) = reports.list()
    assert "later version" in listed.problem


@pytest.mark.parametrize("name", ["nothing", "..", "../evaluations", "", ".hidden", "a/b"])
def test_a_name_that_no_report_has(reports, stored, name):
    with pytest.raises(NotFoundError, match="There is no report"):
        reports.open(name)
    with pytest.raises(NotFoundError):
        reports.delete(name)
    assert stored.folder.is_dir()


def test_a_name_that_is_nearly_right_is_put_right(reports, stored):
    with pytest.raises(NotFoundError, match=f"Did you mean '{stored.name}'"):
        reports.open(stored.name[:-1])


def test_what_stands_beside_reports_is_none(reports, stored):
    (reports.folder / "notes.txt").write_text("x")
    (reports.folder / ".half").mkdir()
    assert [one.name for one in reports.list()] == [stored.name]


@pytest.mark.parametrize(("order", "sign"), [("worst", 1), ("best", -1)])
def test_queries_in_the_order_of_their_grades(stored, evaluation, order, sign):
    measure = evaluation.measures[3]
    grades = dict(zip((q.name for q in evaluation.queries), result_of(evaluation, KEY).grades[measure], strict=True))
    expected = sorted(grades, key=lambda name: (sign * grades[name], name))
    found = stored.queries(KEY, str(measure), order, limit=1000)
    assert [one.name for one in found.queries] == expected
    assert [one.grade for one in found.queries] == [grades[name] for name in expected]
    assert found.total == 24
    part = stored.queries(KEY, str(measure), order, offset=5, limit=3)
    assert part.queries == found.queries[5:8]
    assert part.total == 24


def test_queries_are_graded_by_the_primary_measure_unless_asked_otherwise(stored):
    assert stored.queries(KEY) == stored.queries(KEY, "AP@100", "worst")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("good/kl/exact",), NotFoundError),
        ((KEY, "P@7"), UnknownNameError),
        ((KEY, "AP", "middling"), UnknownNameError),
    ],
)
def test_what_a_report_does_not_have(stored, arguments, error):
    with pytest.raises(error):
        stored.queries(*arguments)


def test_a_ranking_is_that_of_the_evaluation_with_native_scores(stored, evaluation):
    """Also of a distance, which a run holds negated."""
    for result in evaluation.results:
        for row, query in enumerate(evaluation.queries):
            found = stored.ranking(result.key, query.name, limit=100)
            ids = [evaluation.dataset.images[position].id for position in result.top[row]]
            assert [one.id for one in found] == ids
            assert [one.rank for one in found] == list(range(1, 11))
            assert [one.relevant for one in found] == list(result.top_relevant[row])
            assert [one.score for one in found] == pytest.approx(result.top_scores[row], rel=1e-5)
            assert all(one.shown.startswith("images/") for one in found)


def test_a_ranking_can_be_cut_short(stored, evaluation):
    name = evaluation.queries[0].name
    assert stored.ranking(KEY, name, limit=3) == stored.ranking(KEY, name, limit=100)[:3]


@pytest.mark.parametrize("query", ["", "nobody", "0"])
def test_a_query_that_was_not_asked(stored, query):
    with pytest.raises(NotFoundError, match="no query"):
        stored.ranking(KEY, query)


@pytest.mark.parametrize("file", ["queries.json", "images.json", "qrels.txt", "runs/good.chi2.exact.txt.gz"])
def test_a_file_that_is_gone_or_damaged_is_told(stored, evaluation, file):
    name = evaluation.queries[3].name
    (stored.folder / file).write_bytes(b"\x00 damaged")
    with pytest.raises(CorruptDataError) as caught:
        stored.ranking(KEY, name)
    assert str(stored.folder) not in str(caught.value)
    (stored.folder / file).unlink()
    with pytest.raises(CorruptDataError):
        stored.ranking(KEY, name)


def test_a_run_that_was_cut_off_is_told(stored, evaluation):
    path = stored.folder / "runs/good.chi2.exact.txt.gz"
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(CorruptDataError):
        stored.ranking(KEY, evaluation.queries[-1].name)


def test_pictures_are_where_the_evaluation_read_them(stored, evaluation):
    for image in evaluation.dataset.images:
        assert stored.image_path(image.id) == image.path
    assert stored.image_path("0" * 64) is None


def test_what_was_read_is_read_anew_when_the_file_changes(stored):
    assert stored.report["dataset"] == "photos <2026>"
    _change(stored.folder, lambda report: report.update(dataset="another"))
    assert stored.report["dataset"] == "another"


def test_deleting_leaves_nothing(reports, stored):
    reports.delete(stored.name)
    assert list(reports.folder.iterdir()) == []


def test_a_report_is_read_from_its_folder_or_its_file(stored, tmp_path):
    assert read_report(stored.folder) == read_report(stored.folder / "report.json") == stored.report
    shutil.copy(stored.folder / "report.json", tmp_path / "old.json")
    assert read_report(tmp_path / "old.json") == stored.report
    with pytest.raises(NotFoundError, match="no report at"):
        read_report(tmp_path / "nowhere")


def test_only_the_asked_ranking_is_taken_from_a_run_with_names_that_begin_alike(stored, evaluation):
    path = stored.folder / "runs/good.chi2.exact.txt.gz"
    name = evaluation.queries[5].name
    with gzip.open(path, "rt") as run:
        text = run.read()
    with gzip.open(path, "wt") as run:
        run.write(f"{name}0 Q0 {'a' * 64} 1 1.0 x\n{text}")
    ids = [one.id for one in stored.ranking(KEY, name, limit=100)]
    row = result_of(evaluation, KEY).top[5]
    assert ids == [evaluation.dataset.images[position].id for position in row[np.asarray(row) >= 0]]
