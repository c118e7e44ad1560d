"""Reports of evaluations over HTTP: listed, shown, asked for queries, rankings and pictures, saved, deleted."""

import hashlib
import io
import json

import pytest
from PIL import Image
from tests.api.asking import answered, problem
from tests.api.reports import CHI2, COSINE, PAGE, WrittenReport, later
from tests.pictures import save

EVALUATIONS = "/api/v1/evaluations"
GRADES = {
    CHI2: {"AP@100": [0.5, 0.25, 1.0, 0.75], "P@1": [1.0, 0.0, 1.0, 1.0]},
    COSINE: {"AP@100": [0.5, 0.75, 0.125, 0.5], "P@1": [0.0, 0.0, 0.0, 1.0]},
}
LABELS = [["all", "odd"], ["all"], ["all", "odd"], ["all", "größer"]]


@pytest.fixture
def folder(settings):
    """Where reports are kept."""
    return settings.data_dir / "evaluations"


@pytest.fixture
def paths(tmp_path):
    """The files of the dataset."""
    places = [tmp_path / "photos" / "images" / f"{number}.png" for number in range(len(LABELS))]
    for number, place in enumerate(places):
        save(place, number)
    return places


@pytest.fixture
def report(folder, paths):
    """A report that is kept; queries by number."""
    ids = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
    made = WrittenReport(ids, paths, LABELS, GRADES)
    made.write(folder)
    return made


def ask(client, report, part="", **query):
    return client.get(f"{EVALUATIONS}/{report.name}{part}", query_string=query)


def numbers(report, answer):
    """Which queries an answer lists."""
    return [report.ids.index(one["id"]) for one in answered(answer)["queries"]]


# -- reports ---------------------------------------------------------------------------------------------------


def test_there_are_none_at_first(client):
    assert answered(client.get(EVALUATIONS)) == {"evaluations": [], "total": 0, "offset": 0, "limit": 100}


def test_reports_are_listed_latest_first_in_pages(client, folder, report):
    newer = later(report, 1)
    newer.write(folder)
    answer = answered(client.get(EVALUATIONS))
    assert [one["name"] for one in answer["evaluations"]] == [newer.name, report.name]
    assert answer["evaluations"][1] == {
        "name": report.name,
        "created_at": "2026-11-22T14:15:00Z",
        "dataset": "photos",
        "protocol": "leave-one-out",
        "images": 4,
        "queries": 4,
        "best": CHI2,
        "primary_measure": "AP@100",
        "best_mean": (0.5 + 0.25 + 1.0 + 0.75) / 4,
        "problem": "",
        "remedy": "",
    }
    page = answered(client.get(f"{EVALUATIONS}?offset=1&limit=1"))
    assert ([one["name"] for one in page["evaluations"]], page["total"]) == ([report.name], 2)


def test_a_damaged_report_breaks_no_list_and_can_be_deleted(client, folder, report):
    damaged = later(report, 1)
    (damaged.write(folder) / "report.json").write_text('{"version": 1, "name"')
    listed = {one["name"]: one for one in answered(client.get(EVALUATIONS))["evaluations"]}
    assert listed[report.name]["problem"] == ""
    assert listed[damaged.name]["problem"]
    assert listed[damaged.name]["remedy"]
    assert listed[damaged.name]["created_at"] is None
    _, told = problem(ask(client, damaged), 503)
    assert told["remedy"]
    assert str(folder) not in json.dumps(told)
    assert answered(client.delete(f"{EVALUATIONS}/{damaged.name}")) == {"name": damaged.name}
    assert answered(client.get(EVALUATIONS))["total"] == 1


def test_a_report_is_shown_as_it_was_written(client, report):
    written = report.report()
    shown = answered(ask(client, report))
    assert shown.pop("created_at") == "2026-11-22T14:15:00Z"
    results = shown.pop("results")
    for one, known in zip(results, written.pop("results"), strict=True):
        assert one == {name: value for name, value in known.items() if name != "run"}
    assert shown == {name: value for name, value in written.items() if name not in {"created_at", "version"}}


def test_what_a_later_version_adds_is_passed_over(client, folder, report):
    more = later(report, 1)
    more.changes = {"added": {"path": "/etc/secret"}}
    more.write(folder)
    assert "added" not in answered(ask(client, more))


@pytest.mark.parametrize("name", ["none-20261122T141500Z", "none", "NONE_1.2-3"])
@pytest.mark.parametrize("part", ["", "/queries?result=x", "/rankings?result=x&query=y", "/page"])
def test_a_report_that_is_not_there_is_not_found(client, report, name, part):
    problem(client.get(f"{EVALUATIONS}/{name}{part}"), 404)


@pytest.mark.parametrize("name", ["..", "%2e%2e", "..%2fcollections", ".hidden", "a%00b", "a%20b", "x" * 201])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_what_cannot_be_a_name_leads_nowhere(client, settings, report, name, method):
    (settings.data_dir / "collections").mkdir(exist_ok=True)
    answer = client.open(f"{EVALUATIONS}/{name}", method=method)
    assert answer.status_code in {404, 405, 422}
    assert (settings.data_dir / "collections").is_dir()
    assert (settings.data_dir / "evaluations" / report.name).is_dir()


# -- deleting --------------------------------------------------------------------------------------------------


def test_a_report_that_was_deleted_is_gone_and_nothing_else_is(client, folder, paths, report):
    other = later(report, 1)
    other.write(folder)
    assert answered(client.delete(f"{EVALUATIONS}/{report.name}")) == {"name": report.name}
    problem(ask(client, report), 404)
    problem(client.delete(f"{EVALUATIONS}/{report.name}"), 404)
    assert [one.name for one in folder.iterdir()] == [other.name]
    assert all(path.is_file() for path in paths)


# -- queries ---------------------------------------------------------------------------------------------------


def test_queries_come_worst_first_with_their_grades(client, report):
    answer = answered(ask(client, report, "/queries", result=CHI2))
    assert (answer["measure"], answer["result"], answer["total"]) == ("AP@100", CHI2, 4)
    assert [one["grade"] for one in answer["queries"]] == [0.25, 0.5, 0.75, 1.0]
    assert answer["queries"][0] == {
        "name": report.ids[1],
        "id": report.ids[1],
        "path": "images/1.png",
        "labels": ["all"],
        "crop": None,
        "relevant": 2,
        "grade": 0.25,
        "against": None,
        "thumbnail": f"{EVALUATIONS}/{report.name}/images/{report.ids[1]}/thumbnail",
    }


def test_or_best_first_in_pages(client, report):
    asked = {"result": CHI2, "order": "best"}
    assert numbers(report, ask(client, report, "/queries", **asked)) == [2, 3, 0, 1]
    page = ask(client, report, "/queries", **asked, offset=1, limit=2)
    assert numbers(report, page) == [3, 0]
    assert page.json["total"] == 4


def test_queries_of_equal_grade_are_in_the_order_of_their_names(client, report):
    answer = answered(ask(client, report, "/queries", result=COSINE, measure="P@1"))
    equal = [one["name"] for one in answer["queries"] if one["grade"] == 0.0]
    assert equal == sorted(equal)
    assert len(equal) == 3


@pytest.mark.parametrize(("label", "known"), [("odd", [0, 2]), ("größer", [3]), ("none", [])])
def test_only_those_with_a_label(client, report, label, known):
    answer = ask(client, report, "/queries", result=CHI2, label=label)
    assert numbers(report, answer) == known
    assert answer.json["total"] == len(known)


@pytest.mark.parametrize(("order", "known"), [("ahead", [2, 3, 0, 1]), ("behind", [1, 0, 3, 2])])
def test_where_one_result_beats_another(client, report, order, known):
    """By query, chi2 less cosine: 0, -0.5, 0.875, 0.25."""
    answer = ask(client, report, "/queries", result=CHI2, against=COSINE, order=order)
    assert numbers(report, answer) == known
    assert {report.ids.index(one["id"]): one["against"] for one in answer.json["queries"]} == dict(
        enumerate(GRADES[COSINE]["AP@100"])
    )


def test_an_order_that_compares_needs_something_to_compare_with(client, report):
    _, told = problem(ask(client, report, "/queries", result=CHI2, order="ahead"), 422)
    assert "against" in told["detail"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 422),
        ({"result": "hist-basic/none/exact"}, 404),
        ({"result": CHI2, "against": "none"}, 404),
        ({"result": CHI2, "measure": "AP@7"}, 422),
        ({"result": CHI2, "order": "sideways"}, 422),
        ({"result": CHI2, "limit": "0"}, 422),
        ({"result": CHI2, "offset": "-1"}, 422),
        ({"result": CHI2, "sort": "name"}, 422),
    ],
)
def test_what_the_report_does_not_have_is_refused(client, report, asked, status):
    problem(ask(client, report, "/queries", **asked), status)


# -- rankings --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "scores"), [(CHI2, [0.5, 1.5, 2.5]), (COSINE, [99.5, 98.5, 97.5])])
def test_a_ranking_has_native_scores_and_what_is_relevant(client, report, key, scores):
    """A run holds larger-is-better scores; those of a distance are shown as the distance."""
    answer = answered(ask(client, report, "/rankings", result=key, query=report.ids[1]))
    assert (answer["result"], answer["measure"], answer["depth"]) == (key, "AP@100", 3)
    assert [hit["id"] for hit in answer["hits"]] == report.others(report.ids[1])
    assert [hit["score"] for hit in answer["hits"]] == scores
    assert [hit["relevant"] for hit in answer["hits"]] == [True, False, False]
    assert answer["hits"][0] == {
        "rank": 1,
        "id": report.ids[0],
        "path": "images/0.png",
        "labels": ["all", "odd"],
        "score": scores[0],
        "relevant": True,
        "thumbnail": f"{EVALUATIONS}/{report.name}/images/{report.ids[0]}/thumbnail",
    }


def test_a_ranking_says_of_which_query_it_is_and_how_it_was_graded(client, report):
    asked = {"result": COSINE, "query": report.ids[1], "measure": "P@1"}
    answer = answered(ask(client, report, "/rankings", **asked))
    assert answer["measure"] == "P@1"
    (listed,) = [
        one
        for one in answered(ask(client, report, "/queries", result=COSINE, measure="P@1"))["queries"]
        if one["name"] == report.ids[1]
    ]
    assert answer["query"] == listed
    assert answer["query"]["grade"] == GRADES[COSINE]["P@1"][1]


def test_a_ranking_is_as_long_as_asked(client, report):
    answer = answered(ask(client, report, "/rankings", result=CHI2, query=report.ids[0], limit=2))
    assert ([hit["rank"] for hit in answer["hits"]], answer["depth"]) == ([1, 2], 3)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"query": "x"}, 422),
        ({"result": CHI2}, 422),
        ({"result": CHI2, "query": "nobody"}, 404),
        ({"result": CHI2, "query": "nobody", "measure": "AP@7"}, 404),
        ({"result": "none", "query": "nobody"}, 404),
        ({"result": CHI2, "query": "x", "limit": "1001"}, 422),
    ],
)
def test_a_ranking_that_is_not_there(client, report, asked, status):
    problem(ask(client, report, "/rankings", **asked), status)


def test_a_run_that_is_damaged_is_said_to_be(client, folder, report):
    for run in (folder / report.name / "runs").iterdir():
        run.write_bytes(run.read_bytes()[:20])
    _, told = problem(ask(client, report, "/rankings", result=CHI2, query=report.ids[0]), 503)
    assert str(folder) not in json.dumps(told)


def test_no_answer_tells_where_the_dataset_is(client, tmp_path, report):
    answers = [
        client.get(EVALUATIONS),
        ask(client, report),
        ask(client, report, "/queries", result=CHI2),
        ask(client, report, "/rankings", result=CHI2, query=report.ids[0]),
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert str(tmp_path) not in answer.text


# -- pictures --------------------------------------------------------------------------------------------------


def picture(client, report, image_id, **headers):
    address = f"{EVALUATIONS}/{report.name}/images/{image_id}/thumbnail?size=160"
    return client.get(address, headers=headers)


@pytest.mark.parametrize(("accept", "form"), [("image/webp", "WEBP"), ("*/*", "JPEG")])
def test_the_pictures_of_a_report_are_shown_small(client, report, accept, form):
    answer = picture(client, report, report.ids[0], Accept=accept)
    assert answer.status_code == 200
    with Image.open(io.BytesIO(answer.data)) as image:
        assert image.format == form
        assert max(image.size) <= 160
    again = picture(client, report, report.ids[0], Accept=accept, **{"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_picture_that_the_report_does_not_list_is_not_shown(client, indexed, report):
    """Not even one that a collection has."""
    (other,) = set(indexed) - set(report.ids)
    assert client.get(f"/api/v1/collections/default/images/{other}/thumbnail").status_code == 200
    problem(picture(client, report, other), 404)


@pytest.mark.parametrize("id", ["x", "..", "%2fetc%2fpasswd", "0" * 63, "A" * 64])
def test_a_picture_has_no_path_for_a_name(client, report, id):
    assert picture(client, report, id).status_code in {404, 422}


def test_a_file_that_is_gone_is_said_to_be(client, paths, report):
    paths[0].unlink()
    _, told = problem(picture(client, report, report.ids[0]), 404)
    assert "evaluate" in told["remedy"]
    assert str(paths[0].parent) not in json.dumps(told)


@pytest.mark.parametrize("what", ["another picture", "a drawing", "a folder"])
def test_a_file_that_has_changed_is_not_shown(client, paths, report, what):
    if what == "another picture":
        save(paths[0], 99)
    elif what == "a drawing":
        paths[0].write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    else:
        paths[0].unlink()
        paths[0].mkdir()
    problem(picture(client, report, report.ids[0]), 404)


def test_a_listed_file_that_is_no_picture_is_never_sent(client, folder, tmp_path, report):
    secret = tmp_path / "secret.txt"
    secret.write_text("not for anybody")
    listed_as = hashlib.sha256(secret.read_bytes()).hexdigest()
    listed = report.images() | {listed_as: {"path": str(secret), "shown": "secret.txt", "labels": []}}
    (folder / report.name / "images.json").write_text(json.dumps(listed))
    answer = picture(client, report, listed_as)
    problem(answer, 422)
    assert "not for anybody" not in answer.text


# -- the page --------------------------------------------------------------------------------------------------


def test_the_page_of_a_report_is_saved_and_runs_nothing_here(client, report):
    answer = ask(client, report, "/page")
    assert (answer.status_code, answer.mimetype, answer.text) == (200, "text/html", PAGE)
    assert answer.headers["Content-Disposition"] == f"attachment; filename*=UTF-8''{report.name}.html"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_report_whose_page_is_gone(client, folder, report):
    (folder / report.name / "report.html").unlink()
    problem(ask(client, report, "/page"), 404)


# -- keys ------------------------------------------------------------------------------------------------------


def test_a_key_that_may_read_looks_and_deletes_nothing(make_app, settings, folder, report):
    from cbir.api.keys import Keys

    client = make_app().test_client()
    reader = {"X-API-Key": Keys(settings).create("phone", "read")}
    address = f"{EVALUATIONS}/{report.name}"
    assert client.get(address, headers=reader).status_code == 200
    assert client.delete(address, headers=reader).status_code == 403
    assert client.get(address).status_code == 401
    assert (folder / report.name / "report.json").is_file()
