"""Folders of the server over HTTP: which may be indexed, and what is in them."""

from dataclasses import replace
from unittest.mock import ANY

import pytest

from cbir.api import server_folders
from cbir.api.server_folders import Count, ServerFolders, count_images

FOLDERS = "/api/v1/folders"


def problem(answer, status):
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.content_type == "application/problem+json"
    return answer.json


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    """A home of its own, and beside it a folder of pictures with three of them in two folders."""
    monkeypatch.setenv("HOME", str(tmp_path / "anna"))
    for name in ("2019/a.JPG", "2019/deep/b.heic", "2019/notes.txt", "2020/c.png", ".hidden/d.png"):
        path = tmp_path / "pictures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "anna").mkdir()
    return tmp_path / "pictures"


@pytest.fixture
def client(make_app, pictures):
    return make_app(roots=[pictures]).test_client()


def listed(answer):
    return [(one["path"], one["name"], one["images"], one["images_at_least"]) for one in answer.json["folders"]]


def test_the_topmost_are_those_that_the_server_was_given_and_on_loopback_the_home_folder(client, tmp_path):
    answer = client.get(FOLDERS)
    assert listed(answer) == [("pictures", "pictures", 4, False), ("anna", "anna", 0, False)]
    assert answer.json["total"] == 2
    assert str(tmp_path) not in answer.get_data(as_text=True)


def test_for_others_the_home_folder_is_not_among_them(make_app, pictures, settings):
    guarded = replace(settings, server_write_keys="w" * 40)
    client = make_app(guarded, address="192.0.2.1", roots=[pictures]).test_client()
    answer = client.get(FOLDERS, headers={"Host": "192.0.2.1:8000", "X-API-Key": "w" * 40})
    assert listed(answer) == [("pictures", "pictures", 4, False)]


def test_who_may_not_index_does_not_see_the_folders(make_app, pictures, settings):
    guarded = replace(settings, server_read_keys="r" * 40)
    client = make_app(guarded, address="192.0.2.1", roots=[pictures]).test_client()
    problem(client.get(FOLDERS, headers={"Host": "192.0.2.1:8000", "X-API-Key": "r" * 40}), 403)


def test_folders_from_the_settings_are_among_them(make_app, tmp_path, settings, pictures):
    (tmp_path / "more").mkdir()
    client = make_app(replace(settings, server_roots=f"{pictures}:{tmp_path / 'more'}")).test_client()
    assert [one[0] for one in listed(client.get(FOLDERS))] == ["pictures", "more", "anna"]


def test_a_folder_shows_its_folders_by_name_with_the_pictures_below_them(client):
    answer = client.get(f"{FOLDERS}?path=pictures")
    assert listed(answer) == [("pictures/2019", "2019", 2, False), ("pictures/2020", "2020", 1, False)]
    assert listed(client.get(f"{FOLDERS}?path=pictures/2019")) == [("pictures/2019/deep", "deep", 1, False)]


def test_folders_come_in_pages(client):
    answer = client.get(f"{FOLDERS}?path=pictures&offset=1&limit=1").json
    assert [one["name"] for one in answer["folders"]] == ["2020"]
    assert (answer["total"], answer["offset"], answer["limit"]) == (2, 1, 1)


def test_links_are_not_shown_and_not_followed(client, pictures, tmp_path):
    (pictures / "out").symlink_to(tmp_path)
    assert [one[1] for one in listed(client.get(f"{FOLDERS}?path=pictures"))] == ["2019", "2020"]
    problem(client.get(f"{FOLDERS}?path=pictures/out"), 403)


@pytest.mark.parametrize("path", ["/", "/etc", "pictures/../..", "pictures/../data", "anna/../../../etc"])
def test_nothing_outside_is_shown(client, path):
    problem(client.get(FOLDERS, query_string={"path": path}), 403)


@pytest.mark.parametrize("path", ["nothing", "pictures/nothing", "pictures/2019/a.JPG", "pictures/\0", "a" * 4000])
def test_what_is_no_folder_is_not_found(client, path):
    problem(client.get(FOLDERS, query_string={"path": path}), 404)


def test_names_that_are_not_text_are_counted_and_left_out(client, pictures):
    (pictures / "2019" / "caf\udce9").mkdir()
    answer = client.get(f"{FOLDERS}?path=pictures/2019").json
    assert [one["name"] for one in answer["folders"]] == ["deep"]
    assert answer["unlisted"] == 1


def test_counting_stops_early_in_large_folders(pictures, monkeypatch):
    """In 2019 and below it there are five entries, in 2020 one."""
    (pictures / "2019" / "deep" / "e.png").touch()
    monkeypatch.setattr(server_folders, "COUNTED_ENTRIES", 4)
    assert count_images([pictures / "2019", pictures / "2020"]) == [Count(ANY, more=True), Count(1, more=False)]


def test_counting_stops_early_in_many_folders(pictures, monkeypatch):
    monkeypatch.setattr(server_folders, "COUNTED_IN_ALL", 2)
    assert count_images([pictures / "2020"] * 3) == [Count(1, more=False), Count(1, more=False), Count(0, more=True)]


def test_roots_of_the_same_name_are_told_apart(tmp_path):
    roots = [tmp_path / part / "photos" for part in ("a", "b", "c")]
    for root in roots:
        root.mkdir(parents=True)
    folders = ServerFolders(roots, tmp_path / "data")
    found, _ = folders.children("")
    assert [one.path for one in found] == ["photos", "photos (2)", "photos (3)"]
    assert [folders.resolve(one.path) for one in found] == roots
