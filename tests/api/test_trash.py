"""The trash over HTTP: uploaded copies that were thrown away, restored or deleted for good."""

import io
from pathlib import Path

import pytest
from tests.pictures import noise

TRASH = "/api/v1/trash"


def problem(answer, status):
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.content_type == "application/problem+json"
    return answer.json


@pytest.fixture
def made(app, library):
    library.create("default", ["hist-basic"])
    return app.extensions["cbir.services"]


def throw(made, *seeds):
    """Upload pictures and throw them away together; their paths and bytes."""
    files = {}
    for seed in seeds:
        file = io.BytesIO()
        noise(seed).save(file, "PNG")
        files[made.uploads.store("default", "x.png", file.getvalue()).path] = file.getvalue()
    return made.uploads.throw_away("default", files), files


def test_it_is_empty_at_first(client):
    assert client.get(TRASH).json == {"entries": [], "total": 0, "offset": 0, "limit": 100}
    assert client.delete(TRASH).json == {"bytes": 0}


def test_what_was_thrown_away_is_listed_latest_first_in_pages(client, made):
    first, files = throw(made, 1, 2)
    second, _ = throw(made, 3)
    answer = client.get(TRASH).json
    assert [one["id"] for one in answer["entries"]] == [second.id, first.id]
    older = answer["entries"][1]
    assert (older["collection"], older["files"]) == ("default", 2)
    assert older["size"] == sum(map(len, files.values()))
    page = client.get(f"{TRASH}?offset=1&limit=1").json
    assert ([one["id"] for one in page["entries"]], page["total"]) == ([first.id], 2)


def test_restoring_puts_the_files_back_and_a_job_indexes_them(client, made):
    entry, files = throw(made, 1, 2)
    answer = client.post(f"{TRASH}/{entry.id}/restore")
    assert (answer.status_code, answer.json["files"], answer.json["collection"]) == (202, 2, "default")
    assert {path: Path(path).read_bytes() for path in made.uploads.paths("default")} == files
    job = made.jobs.get(answer.json["job"]["id"])
    assert job.kind == "upload"
    assert sorted(one["path"] for one in job.arguments["uploads"]) == sorted(files)
    assert client.get(TRASH).json["total"] == 0
    problem(client.post(f"{TRASH}/{entry.id}/restore"), 404)


def test_what_belonged_to_a_collection_that_is_gone_waits_until_it_is_made_anew(client, made, library):
    entry, files = throw(made, 1)
    library.engine.drop("default")
    assert "default" in problem(client.post(f"{TRASH}/{entry.id}/restore"), 409)["detail"]
    assert client.get(TRASH).json["total"] == 1
    library.create("default", ["hist-basic"])
    assert client.post(f"{TRASH}/{entry.id}/restore").status_code == 202
    assert made.uploads.paths("default") == list(files)


def test_emptying_deletes_for_good_and_says_how_much(client, made, settings):
    _, files = throw(made, 1, 2)
    assert client.delete(TRASH).json == {"bytes": sum(map(len, files.values()))}
    assert client.get(TRASH).json["total"] == 0
    assert [path for path in (settings.data_dir / "trash").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("entry", ["20260101T000000000000-00000000", "x", "..", "..%2f..%2fuploads"])
def test_an_entry_that_is_not_there_is_not_restored(client, entry):
    assert client.post(f"{TRASH}/{entry}/restore").status_code in {404, 422}
