"""The files of a report: there as a whole or not at all, and good for other graders."""

import errno
import json
import os
import shutil

import pytest

from cbir.errors import AlreadyExistsError, ReadOnlyError, StorageFullError
from cbir.evaluation.grading import RULES, grade
from cbir.evaluation.ground_truth import read_qrels
from cbir.evaluation.measures import AveragePrecision, Precision
from cbir.evaluation.reports import write
from cbir.evaluation.reports.write import copy_report, write_report
from cbir.evaluation.runs import read_trec_run


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def folder(tmp_path, evaluation, circumstances):
    write_report(evaluation, circumstances, tmp_path / "out" / "report")
    return tmp_path / "out" / "report"


def test_every_file_is_there_and_nothing_else(folder, evaluation):
    runs = [f"runs/{one.key.replace('/', '.')}.txt.gz" for one in evaluation.results]
    assert files(folder) == sorted(["report.json", "queries.json", "images.json", "qrels.txt", "report.html", *runs])
    assert os.listdir(folder.parent) == ["report"]


def test_runs_and_qrels_give_the_grades_again(folder, evaluation):
    """To the depth of the run, 10: measures that look no further."""
    truth = read_qrels(folder / "qrels.txt")
    report = json.loads((folder / "report.json").read_text())
    for entry in report["results"]:
        run = read_trec_run(folder / entry["run"])
        graded = grade(run, truth, RULES.get("trec"), (Precision(10),))
        assert graded.mean(Precision(10)) == pytest.approx(entry["means"]["P@10"], abs=1e-12)
        assert len(run.rankings) == len(evaluation.queries)
        assert run.tag == entry["key"]
        assert run.contradicting == ()


def test_where_a_run_holds_whole_rankings_ap_comes_out_again(tmp_path, evaluation, circumstances, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cut_off = AveragePrecision(10)
    write_report(evaluation, circumstances, tmp_path / "report")
    truth = read_qrels("report/qrels.txt")
    for result in evaluation.results:
        run = read_trec_run(f"report/runs/{result.key.replace('/', '.')}.txt.gz")
        graded = grade(run, truth, RULES.get("trec"), (cut_off,))
        by_hand = []
        for row, relevant in zip(result.top_relevant, result.relevant_counts, strict=True):
            hits = [rank for rank, yes in enumerate(row, 1) if yes]
            by_hand.append(sum(n / rank for n, rank in enumerate(hits, 1)) / min(relevant, 10))
        assert graded.mean(cut_off) == pytest.approx(sum(by_hand) / len(by_hand), abs=1e-12)


def test_qrels_hold_what_is_relevant_and_the_query_itself_as_junk(folder, evaluation):
    truth = read_qrels(folder / "qrels.txt")
    by_id = {image.id: image for image in evaluation.dataset.images}
    assert list(truth.queries) == [query.name for query in evaluation.queries]
    for name, assessed in truth.queries.items():
        sharing = {one.id for one in by_id.values() if one.id != name and one.labels & by_id[name].labels}
        assert {document for document, gain in assessed.gains.items() if gain == 1} == sharing
        assert {document for document, gain in assessed.gains.items() if gain == -1} == {name}


def test_names_that_are_not_utf_8_are_kept_exactly(folder, evaluation):
    images = json.loads((folder / "images.json").read_text("ascii"))
    assert {entry["path"] for entry in images.values()} == {one.path for one in evaluation.dataset.images}
    assert "images/caf\\xe9.jpg" in {entry["shown"] for entry in images.values()}


def test_an_earlier_report_is_replaced_as_a_whole(folder, evaluation, circumstances):
    (folder / "runs/old.txt.gz").write_bytes(b"")
    write_report(evaluation, circumstances, folder)
    assert "runs/old.txt.gz" not in files(folder)
    assert os.listdir(folder.parent) == ["report"]


def test_an_empty_folder_is_taken(tmp_path, evaluation, circumstances):
    (tmp_path / "report").mkdir()
    write_report(evaluation, circumstances, tmp_path / "report")
    assert "report.json" in files(tmp_path / "report")


def test_a_folder_with_other_files_is_left_alone(tmp_path, folder, evaluation, circumstances):
    taken = tmp_path / "photos"
    taken.mkdir()
    (taken / "a.jpg").write_bytes(b"x")
    with pytest.raises(AlreadyExistsError, match="photos"):
        write_report(evaluation, circumstances, taken)
    with pytest.raises(AlreadyExistsError, match="photos"):
        copy_report(folder, taken)
    assert files(taken) == ["a.jpg"]


@pytest.mark.parametrize("others", [("notes.txt",), ("queries.json", "notes.txt"), ()])
def test_a_report_json_of_another_program_does_not_make_a_folder_ours(tmp_path, evaluation, circumstances, others):
    taken = tmp_path / "mine"
    taken.mkdir()
    for name in ("report.json", *others):
        (taken / name).write_text("{}")
    with pytest.raises(AlreadyExistsError, match="notes.txt" if others else "report.json"):
        write_report(evaluation, circumstances, taken)
    assert sorted(os.listdir(taken)) == sorted(["report.json", *others])


def test_a_link_to_a_folder_stays_one(tmp_path, evaluation, circumstances):
    (tmp_path / "place").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "place")
    write_report(evaluation, circumstances, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "place/report.json").is_file()


def test_where_writing_fails_the_earlier_report_stays_and_no_part_of_the_new_one(
    folder, evaluation, circumstances, monkeypatch
):
    before = (folder / "report.json").read_bytes()

    def fails(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(write, "_write_run", fails)
    with pytest.raises(KeyboardInterrupt):
        write_report(evaluation, circumstances, folder)
    assert (folder / "report.json").read_bytes() == before
    assert os.listdir(folder.parent) == ["report"]


def test_a_refusal_of_the_disk_is_an_error_with_a_remedy(folder, evaluation, circumstances, monkeypatch):
    def refused(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(write, "_write_run", refused)
    with pytest.raises(ReadOnlyError, match="Choose a folder"):
        write_report(evaluation, circumstances, folder)


def test_a_copy_for_which_no_space_is_left_says_so_in_a_line(folder, tmp_path, monkeypatch):
    def full(source, target, **_):
        raise OSError(errno.ENOSPC, "No space left on device", str(source), None, str(target))

    monkeypatch.setattr(shutil, "copyfile", full)
    monkeypatch.setattr(shutil, "copy2", full)
    with pytest.raises(StorageFullError, match="No space is left for"):
        copy_report(folder, tmp_path / "copy")
    assert os.listdir(tmp_path) == [folder.parent.name]


def test_a_copy_has_the_same_files(folder, tmp_path):
    copy_report(folder, tmp_path / "copy")
    assert files(tmp_path / "copy") == files(folder)
    assert (tmp_path / "copy/report.html").read_bytes() == (folder / "report.html").read_bytes()
