"""Collections over HTTP: made, described, extended, deleted; and folders of the server that go into them."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.pictures import save

from cbir.jobs.base import JobState
from cbir.records import Identity

COLLECTIONS = "/api/v1/collections"
DEFAULT = f"{COLLECTIONS}/default"


@pytest.fixture
def jobs(app):
    return app.extensions["cbir.services"].jobs


def problem(answer, status):
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.content_type == "application/problem+json"
    return answer.json


# -- one and all -----------------------------------------------------------------------------------------------


def test_there_is_nothing_at_first(client):
    answer = client.get(COLLECTIONS).json
    assert answer == {"engine": "embedded", "collections": [], "total": 0, "offset": 0, "limit": 100}


@pytest.mark.usefixtures("indexed")
def test_a_list_says_what_each_holds_and_what_can_be_used(client):
    (one,) = client.get(COLLECTIONS).json["collections"]
    (extractor,) = one["extractors"]
    assert (one["name"], one["images"]) == ("default", 5)
    assert (one["default_extractor"], one["default_metric"]) == ("hist-basic", "chi2")
    assert (extractor["name"], extractor["dims"], extractor["non_negative"]) == ("hist-basic", 405, True)
    assert (extractor["complete"], extractor["missing"], extractor["usable"]) == (True, 0, True)


def test_a_list_comes_in_pages(client, library):
    for name in "cab":
        library.create(name, ["hist-basic"])
    answer = client.get(f"{COLLECTIONS}?offset=1&limit=1").json
    assert [one["name"] for one in answer["collections"]] == ["b"]
    assert (answer["total"], answer["offset"], answer["limit"]) == (3, 1, 1)


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "offset=-1", "offset=x", "page=2"])
def test_pages_that_cannot_be_are_refused_by_field(client, query):
    (field,) = problem(client.get(f"{COLLECTIONS}?{query}"), 422)["fields"]
    assert field["field"] == query.split("=")[0]


def test_an_extractor_whose_weights_are_missing_says_so_and_how_to_get_them(client, library, settings):
    library.engine.create("x", [_identity("cnn-conv")])
    (extractor,) = client.get(f"{COLLECTIONS}/x").json["extractors"]
    assert extractor["usable"] is False
    assert "cbir weights fetch vgg16-conv" in extractor["remedy"]
    assert not settings.weights_dir.exists()


def test_an_extractor_of_another_identity_is_not_usable(client, library):
    library.engine.create("x", [replace(_identity("hist-basic"), version=99)])
    (extractor,) = client.get(f"{COLLECTIONS}/x").json["extractors"]
    assert extractor["usable"] is False
    assert "version" in extractor["problem"]


def test_descriptors_that_nobody_here_computes_are_listed(client, library):
    library.engine.create("x", [replace(_identity("hist-basic"), name="foreign")])
    (extractor,) = client.get(f"{COLLECTIONS}/x").json["extractors"]
    assert (extractor["usable"], extractor["default_metric"]) == (False, "cosine")
    assert "imported" in extractor["problem"]


def _identity(name):
    return Identity(name=name, version=1, dims=8, non_negative=True, weights="0" * 64 if name == "cnn-conv" else "")


@pytest.mark.usefixtures("indexed")
def test_a_damaged_collection_is_listed_with_its_reason_and_can_be_deleted(client, settings, library):
    library.create("whole", ["hist-basic"])
    for path in (settings.collections_dir / "default").glob("*.sqlite*"):
        path.write_bytes(b"no database" * 1000)
    damaged, whole = client.get(COLLECTIONS).json["collections"]
    assert (damaged["images"], whole["images"]) == (None, 0)
    assert damaged["problem"]
    assert str(settings.data_dir) not in damaged["problem"] + damaged["remedy"]
    assert client.delete(DEFAULT).json["images"] is None
    assert library.engine.collections() == ["whole"]


@pytest.mark.usefixtures("indexed")
def test_one_collection_names_its_folders_without_telling_where_they_are(client, tmp_path):
    answer = client.get(f"{DEFAULT}?folders=true")
    assert answer.json["folders"] == [{"name": "photos", "files": 5}]
    assert answer.json["labels"] == 3
    assert client.get(DEFAULT).json["folders"] is None
    assert str(tmp_path) not in answer.get_data(as_text=True)


@pytest.mark.parametrize("method", ["get", "delete"])
def test_a_collection_that_is_not_there_is_not_found(client, method):
    assert "nothing" in problem(getattr(client, method)(f"{COLLECTIONS}/nothing"), 404)["detail"]


# -- making ----------------------------------------------------------------------------------------------------


def test_a_collection_is_made_with_the_extractors_that_are_named(client, library):
    answer = client.post(COLLECTIONS, json={"name": "new", "extractors": ["hist-basic"]})
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{COLLECTIONS}/new"
    assert [one["name"] for one in answer.json["extractors"]] == ["hist-basic"]
    assert library.engine.collections() == ["new"]


def test_without_extractors_those_are_taken_whose_weights_are_there(client):
    """The settings are offline and there are no weights."""
    answer = client.post(COLLECTIONS, json={"name": "new"})
    assert [one["name"] for one in answer.json["extractors"]] == ["hist-basic"]
    assert any("cnn-conv" in note for note in answer.json["notes"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": 3}, "name"),
        ({"name": "a", "extractors": []}, "extractors"),
        ({"name": "a", "extractors": "hist-basic"}, "extractors"),
        ({"name": "a", "colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_made_is_refused_by_field(client, body, field):
    assert field in {one["field"] for one in problem(client.post(COLLECTIONS, json=body), 422)["fields"]}


@pytest.mark.parametrize("name", ["../x", "a b", ".hidden", "-x", "a/b", "\0"])
def test_names_that_are_no_names_are_refused(client, library, name):
    problem(client.post(COLLECTIONS, json={"name": name, "extractors": ["hist-basic"]}), 422)
    assert library.engine.collections() == []


def test_an_extractor_that_is_not_there_is_refused_with_the_nearest(client):
    body = {"name": "a", "extractors": ["hist-basi"]}
    assert "hist-basic" in problem(client.post(COLLECTIONS, json=body), 422)["remedy"]


def test_a_name_that_is_taken_is_a_conflict(client, library):
    library.create("a", ["hist-basic"])
    problem(client.post(COLLECTIONS, json={"name": "a", "extractors": ["hist-basic"]}), 409)


# -- deleting --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("indexed")
def test_deleting_leaves_the_persons_files_alone(client, library, photos):
    before = {path: path.read_bytes() for path in photos.iterdir()}
    answer = client.delete(DEFAULT).json
    assert (answer["name"], answer["images"], answer["trash"]) == ("default", 5, None)
    assert library.engine.collections() == []
    assert {path: path.read_bytes() for path in photos.iterdir()} == before


@pytest.mark.usefixtures("indexed")
def test_uploaded_copies_go_to_the_trash_and_the_answer_counts_them(client, app, tmp_path):
    uploads = app.extensions["cbir.services"].uploads
    data = [Path(save(tmp_path / f"{seed}.png", seed)).read_bytes() for seed in (10, 11)]
    for one in data:
        uploads.store("default", "x.png", one)
    answer = client.delete(DEFAULT).json
    assert (answer["trash"]["files"], answer["trash"]["size"]) == (2, sum(map(len, data)))
    assert "restore" in answer["remedy"]
    assert uploads.paths("default") == []


@pytest.mark.usefixtures("indexed")
def test_deleting_takes_waiting_jobs_with_it_so_that_none_makes_it_anew(client, jobs):
    job = client.post(f"{DEFAULT}/compact").json["id"]
    client.delete(DEFAULT)
    assert jobs.get(job).state is JobState.CANCELLED


@pytest.mark.usefixtures("indexed")
def test_a_collection_on_which_a_job_works_is_not_deleted(client, jobs, library):
    client.post(f"{DEFAULT}/check")
    running = jobs.claim()
    assert running.id in problem(client.delete(DEFAULT), 409)["remedy"]
    assert library.engine.collections() == ["default"]


@pytest.mark.usefixtures("indexed")
def test_a_deletion_that_is_refused_leaves_waiting_jobs_as_they_are(client, jobs):
    client.post(f"{DEFAULT}/check")
    jobs.claim()
    waiting = client.post(f"{DEFAULT}/compact").json["id"]
    problem(client.delete(DEFAULT), 409)
    assert jobs.get(waiting).state is JobState.QUEUED


@pytest.mark.usefixtures("indexed")
def test_a_collection_that_was_deleted_and_made_anew_is_read_anew(client):
    assert client.get(DEFAULT).json["images"] == 5
    client.delete(DEFAULT)
    client.post(COLLECTIONS, json={"name": "default", "extractors": ["hist-basic"]})
    assert client.get(DEFAULT).json["images"] == 0


# -- extractors and upkeep -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize(
    ("address", "sent", "kind"),
    [
        ("extractors", {"json": {"extractor": "cnn-conv"}}, "add-extractor"),
        ("compact", {}, "compact"),
        ("check", {}, "check"),
    ],
)
def test_long_work_becomes_a_job(client, jobs, address, sent, kind):
    answer = client.post(f"{DEFAULT}/{address}", **sent)
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/api/v1/jobs/{answer.json['id']}"
    job = jobs.get(answer.json["id"])
    assert (job.kind, job.collection, job.state) == (kind, "default", JobState.QUEUED)
    assert job.arguments == sent.get("json", {})


@pytest.mark.parametrize("address", ["compact", "check"])
def test_no_job_for_a_collection_that_is_not_there(client, jobs, address):
    problem(client.post(f"{COLLECTIONS}/nothing/{address}"), 404)
    assert jobs.count() == 0


@pytest.mark.usefixtures("indexed")
def test_no_job_for_an_extractor_that_is_not_there(client, jobs):
    problem(client.post(f"{DEFAULT}/extractors", json={"extractor": "nothing"}), 422)
    assert jobs.count() == 0


@pytest.mark.usefixtures("indexed")
def test_an_extractor_is_dropped_unless_it_is_the_last(client, library):
    with library.open("default", write=True) as opened:
        opened.stored.add_extractor(replace(_identity("hist-basic"), name="other"))
    answer = client.delete(f"{DEFAULT}/extractors/other")
    assert [one["name"] for one in answer.json["extractors"]] == ["hist-basic"]
    problem(client.delete(f"{DEFAULT}/extractors/hist-basic"), 409)
    problem(client.delete(f"{DEFAULT}/extractors/other"), 404)


@pytest.mark.usefixtures("indexed")
def test_a_collection_that_is_being_written_to_is_busy(client, library):
    with library.open("default", write=True):
        answer = client.delete(f"{DEFAULT}/extractors/hist-basic")
    problem(answer, 409)
    assert answer.headers["Retry-After"]


# -- labels ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("indexed")
def test_labels_are_counted_by_name(client):
    answer = client.get(f"{DEFAULT}/labels").json
    expected = [("all", 5), ("even", 3), ("odd", 2)]
    assert [(one["label"], one["images"]) for one in answer["labels"]] == expected
    second = client.get(f"{DEFAULT}/labels?offset=1&limit=1").json
    assert (second["labels"], second["total"]) == ([{"label": "even", "images": 3}], 3)


# -- folders ---------------------------------------------------------------------------------------------------


@pytest.fixture
def allowed(make_app, tmp_path, monkeypatch, library):
    """A client of a server that was given the folder `pictures`, in a home of its own."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    save(tmp_path / "pictures" / "summer" / "a.jpg", 1)
    library.create("default", ["hist-basic"])
    app = make_app(roots=[tmp_path / "pictures"])
    return app.test_client(), app.extensions["cbir.services"].jobs


def index(client, path, **more):
    return client.post(f"{DEFAULT}/folders", json={"path": path, **more})


@pytest.mark.parametrize("path", ["pictures", "pictures/summer", "pictures/summer/", "pictures/../pictures/summer"])
def test_a_folder_below_an_allowed_one_is_indexed_by_a_job(allowed, tmp_path, path):
    client, jobs = allowed
    answer = index(client, path, replace_changed=True)
    assert answer.status_code == 202
    job = jobs.get(answer.json["id"])
    assert job.kind == "index"
    assert job.arguments["paths"] == [str((tmp_path / path).resolve())]
    assert (job.arguments["remove_missing"], job.arguments["replace_changed"]) == (False, True)
    assert str(tmp_path) not in answer.get_data(as_text=True)


def test_an_absolute_path_below_an_allowed_folder_is_taken_too(allowed, tmp_path):
    client, _ = allowed
    assert index(client, str(tmp_path / "pictures" / "summer")).status_code == 202


@pytest.mark.parametrize("path", ["/", "/etc", "pictures/..", "pictures/../data", "pictures/../../../etc", "{tmp}"])
def test_folders_outside_are_refused_whether_they_are_there_or_not(allowed, tmp_path, path):
    client, jobs = allowed
    known = problem(index(client, path.format(tmp=tmp_path)), 403)
    unknown = problem(index(client, f"/etc/{'x' * 8}"), 403)
    assert known["detail"] == unknown["detail"]
    assert jobs.count() == 0


def test_a_link_that_leads_out_is_refused(allowed, tmp_path):
    client, jobs = allowed
    (tmp_path / "outside").mkdir()
    (tmp_path / "pictures" / "link").symlink_to(tmp_path / "outside")
    (tmp_path / "pictures" / "inner").symlink_to(tmp_path / "pictures" / "summer")
    problem(index(client, "pictures/link"), 403)
    assert jobs.count() == 0
    assert index(client, "pictures/inner").status_code == 202


def test_a_folder_whose_name_begins_like_an_allowed_one_is_not_below_it(allowed, tmp_path):
    client, _ = allowed
    (tmp_path / "pictures2").mkdir()
    problem(index(client, str(tmp_path / "pictures2")), 403)
    problem(index(client, "pictures2"), 404)


@pytest.mark.parametrize("path", ["nothing", "pictures/nothing", "pictures/summer/a.jpg", "pictures/\0"])
def test_what_is_no_folder_is_not_found(allowed, path):
    client, jobs = allowed
    problem(index(client, path), 404)
    assert jobs.count() == 0


def test_the_programs_own_data_are_never_indexed(make_app, tmp_path, settings, library):
    library.create("default", ["hist-basic"])
    (settings.data_dir / "uploads").mkdir(parents=True, exist_ok=True)
    client = make_app(roots=[tmp_path]).test_client()
    problem(index(client, f"{tmp_path.name}/data/uploads"), 403)
    problem(index(client, f"{tmp_path.name}/data"), 403)
