"""What a report says, against what the evaluation holds and plain restatements."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone

import pytest
from tests.unit.evaluation.reports.conftest import HOSTILE, LABELS

from cbir.evaluation.reports.build import below, build, report_name, run_files
from cbir.evaluation.reports.layout import require_report


def results(built):
    return {one["key"]: one for one in built[0]["results"]}


def test_it_is_what_the_layout_says(built):
    assert require_report(json.loads(json.dumps(built[0])))["name"] == "photos_2026_-20260504T030201Z"


def test_every_cell_has_means_intervals_and_curves(built, evaluation):
    report, _ = built
    assert [one["key"] for one in report["results"]] == [one.key for one in evaluation.results]
    for entry, result in zip(report["results"], evaluation.results, strict=True):
        for measure in evaluation.measures:
            mean = sum(result.grades[measure]) / len(evaluation.queries)
            assert entry["means"][str(measure)] == pytest.approx(mean)
            low, high = entry["intervals"][str(measure)]
            assert low <= entry["means"][str(measure)] <= high
        assert entry["precision_curve"] == pytest.approx(result.precisions, abs=1e-6)
        assert entry["recall_curve"] == pytest.approx(result.recalls, abs=1e-6)
        assert entry["ms_per_query"] == pytest.approx(1000 * result.seconds / 24)


def test_curves_and_measures_agree(built):
    """P@10 stands twice: as a measure, and as the tenth point of the curve."""
    for entry in built[0]["results"]:
        assert entry["precision_curve"][9] == pytest.approx(entry["means"]["P@10"], abs=1e-6)


def test_labels_are_counted_among_queries_and_images_most_frequent_first(built, evaluation):
    expected = Counter(label for image in evaluation.dataset.images for label in image.labels)
    counted = built[0]["labels"]
    assert {one["label"]: one["images"] for one in counted} == expected
    assert [one["images"] for one in counted] == sorted(expected.values(), reverse=True)
    # every image with a label is a query
    assert [one["queries"] for one in counted] == [one["images"] for one in counted]


def test_means_by_label_are_those_of_its_queries(built, evaluation):
    measure = evaluation.measures[0]
    for result in evaluation.results:
        entries = {one["label"]: one for one in results(built)[result.key]["by_label"]}
        assert list(entries) == sorted(LABELS)
        for label, entry in entries.items():
            grades = [
                grade
                for query, grade in zip(evaluation.queries, result.grades[measure], strict=True)
                if label in query.image.labels
            ]
            assert entry["queries"] == len(grades)
            assert entry["means"][str(measure)] == pytest.approx(sum(grades) / len(grades), abs=1e-6)


def test_the_best_are_those_with_the_highest_mean(built):
    report, _ = built
    means = {key: entry["means"]["AP@100"] for key, entry in results(built).items()}
    assert means[report["best"]["overall"]] == max(means.values())
    for extractor, key in report["best"]["by_extractor"].items():
        assert means[key] == max(mean for other, mean in means.items() if other.startswith(f"{extractor}/"))
    for metric, key in report["best"]["by_metric"].items():
        assert means[key] == max(mean for other, mean in means.items() if f"/{metric}/" in other)


def test_comparisons_name_cells_and_agree_with_their_means(built):
    means = {key: entry["means"] for key, entry in results(built).items()}
    assert built[0]["comparisons"]
    for one in built[0]["comparisons"]:
        expected = means[one["a"]][one["measure"]] - means[one["b"]][one["measure"]]
        assert one["difference"] == pytest.approx(expected)
        assert one["difference"] >= 0


def test_queries_carry_their_grades_in_their_order(built, evaluation):
    _, queries = built
    assert [one["name"] for one in queries["queries"]] == [one.name for one in evaluation.queries]
    for result in evaluation.results:
        for measure in evaluation.measures:
            assert queries["grades"][result.key][str(measure)] == list(result.grades[measure])
    assert [one["relevant"] for one in queries["queries"]] == list(evaluation.results[0].relevant_counts)


def test_what_was_left_out_is_told(built):
    account = built[0]["account"]
    assert account["unlabelled"] == 1
    assert account["duplicates"] == 2
    assert account["missing"] == ["images/gone.jpg"]
    assert account["failed"] == [{"path": "images/bad.jpg", "reason": "It is damaged.", "remedy": "Restore it."}]
    assert [(one["extractor"], one["metric"]) for one in account["not_applicable"]] == [("poor", "chi2")]


def test_no_absolute_path_stands_in_it(built, evaluation):
    text = json.dumps(built)
    assert evaluation.dataset.folder not in text
    assert "/tmp" not in text.replace("/tmp/secret", "")


def test_the_command_has_what_changes_figures_and_no_path(built):
    assert built[0]["command"] == (
        "cbir evaluate 'photos <2026>' --extractors good,poor --metrics euclidean,cosine,chi2 --label-column labels "
        "--seed 3"
    )


def test_the_same_evaluation_and_seed_make_the_same_report(built, evaluation, circumstances):
    assert build(evaluation, circumstances) == built


@pytest.mark.parametrize(
    ("dataset", "expected"),
    [("corel1k", "corel1k"), ("Fotos ü/2", "Fotos_2"), ("--x", "x"), ("..", "_"), ("x" * 300, "x" * 80)],
)
def test_a_reports_name_is_one_for_files_and_addresses(dataset, expected):
    noon = datetime(2026, 1, 2, 12, 0, 0, tzinfo=timezone(timedelta(hours=2)))
    assert report_name(dataset, noon) == f"{expected}-20260102T100000Z"
    assert report_name(dataset, noon.astimezone(UTC)) == report_name(dataset, noon)


def test_files_of_runs_are_plain_names_each_its_own():
    assert run_files(["vgg16:fc1/chi2/exact", "vgg16_fc1/chi2/exact", "../kl/exact"]) == [
        "runs/vgg16_fc1.chi2.exact.txt.gz",
        "runs/vgg16_fc1.chi2.exact-2.txt.gz",
        "runs/_.kl.exact.txt.gz",
    ]


@pytest.mark.parametrize(
    ("path", "folder", "expected"),
    [
        ("/data/set/images/a.jpg", "/data/set", "images/a.jpg"),
        ("/data/set/images/a.jpg", "/data/set/", "images/a.jpg"),
        ("/elsewhere/a.jpg", "/data/set", "a.jpg"),
        ("/data/settled/a.jpg", "/data/set", "a.jpg"),
        ("/data/a.jpg", "", "a.jpg"),
        ("/data/set/caf\udce9.jpg", "/data/set", "caf\\xe9.jpg"),
        ("images/gone.jpg", "/data/set", "images/gone.jpg"),
    ],
)
def test_paths_are_shown_below_the_datasets_folder(path, folder, expected):
    assert below(path, folder) == expected


def test_labels_are_kept_as_they_are(built):
    assert HOSTILE in {one["label"] for one in built[0]["labels"]}
