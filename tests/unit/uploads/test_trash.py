"""The trash: uploads go in and come back; what belongs to the person is never moved or deleted."""

import os
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from tests.pictures import noise

from cbir.errors import NotFoundError
from cbir.settings import Settings
from cbir.uploads import Uploads
from cbir.uploads import trash as trash_module


def picture(seed=0):
    stream = BytesIO()
    noise(seed).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def uploads(settings):
    return Uploads(settings)


@pytest.fixture
def stored(uploads):
    return [uploads.store("c", f"{seed}.png", picture(seed)) for seed in range(3)]


def snapshot(folder):
    """Every file and link below a folder with what it holds."""
    return {
        str(path): os.readlink(path) if path.is_symlink() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def test_thrown_away_files_leave_and_come_back_as_they_were(uploads, stored, settings):
    before = snapshot(settings.data_dir / "uploads")
    chosen = [stored[0].path, stored[2].path]
    entry = uploads.throw_away("c", chosen)
    assert uploads.paths("c") == [stored[1].path]
    assert entry.files == tuple(sorted(os.path.basename(path) for path in chosen))
    assert entry.size == len(picture(0)) + len(picture(2))
    assert entry.collection == "c"
    assert abs(entry.thrown_at - datetime.now(UTC)) < timedelta(minutes=5)
    assert uploads.trash() == [entry]
    assert uploads.entry(entry.id) == entry
    assert uploads.restore(entry) == sorted(chosen)
    assert snapshot(settings.data_dir / "uploads") == before
    assert uploads.trash() == []


def test_entries_are_listed_latest_first(uploads, stored):
    ids = [uploads.throw_away("c", [one.path]).id for one in stored]
    assert [entry.id for entry in uploads.trash()] == ids[::-1]


def test_emptying_one_entry_leaves_the_others(uploads, stored, settings):
    first, second = (uploads.throw_away("c", [one.path]) for one in stored[:2])
    assert uploads.empty(first) == first.size
    assert uploads.trash() == [second]
    for call in (uploads.restore, uploads.empty):
        with pytest.raises(NotFoundError):
            call(first)
    assert uploads.empty() == second.size
    assert uploads.trash() == []
    assert list((settings.data_dir / "trash").iterdir()) == []
    assert uploads.paths("c") == [stored[2].path]


def test_an_empty_trash_can_be_emptied(uploads):
    assert uploads.empty() == 0
    assert uploads.trash() == []


def test_restoring_beside_a_new_upload_of_the_same_picture_keeps_one(uploads, stored):
    entry = uploads.throw_away("c", [stored[0].path])
    uploads.store("c", "again.png", picture(0))
    uploads.restore(entry)
    assert uploads.paths("c") == sorted(one.path for one in stored)


def test_restoring_into_a_folder_that_is_gone_makes_it_anew(uploads, stored, settings):
    entry = uploads.throw_away("c", [one.path for one in stored])
    (settings.data_dir / "uploads" / "c").rmdir()
    uploads.restore(entry)
    assert uploads.paths("c") == sorted(one.path for one in stored)


def hostile_paths(settings, outside, stored):
    """What a record could claim to be one of its files."""
    folder = settings.data_dir / "uploads"
    name = "0" * 64 + ".png"
    os.symlink(outside / "mine.png", folder / "c" / name)
    os.symlink(outside, folder / "linked")
    (outside / name).write_bytes(b"mine too")
    os.link(outside / "mine.png", folder / "c" / "hard.png")
    return [
        str(outside / "mine.png"),
        str(outside / name),
        str(folder / "c" / name),
        str(folder / "c" / "hard.png"),
        str(folder / "linked" / name),
        f"{folder}/c/../../../outside/{name}",
        f"{folder}/../../outside/{name}",
        f"{folder}/c/../c/{os.path.basename(stored[0].path)}",
        str(folder),
        str(folder / "c"),
        f"{folder}/c/..",
        f"{folder}/d/{os.path.basename(stored[1].path)}",
        str(settings.data_dir),
        "/etc/passwd",
        "..",
        "",
        "\0",
        f"{folder}/c/\udcff.png",
    ]


def test_the_persons_own_files_are_never_moved_or_deleted(uploads, stored, settings, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "mine.png").write_bytes(b"mine")
    uploads.store("d", "a.png", picture(1))
    paths = hostile_paths(settings, outside, stored)
    before = snapshot(tmp_path)
    entry = uploads.throw_away("c", paths)
    assert (entry.id, entry.files, entry.size) == ("", (), 0)
    for name in ("linked", "nothing"):
        assert uploads.throw_away(name, paths).files == ()
    assert uploads.trash() == []
    assert snapshot(tmp_path) == before


def test_links_planted_in_the_trash_lead_nowhere(uploads, stored, settings, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "mine.png").write_bytes(b"mine")
    (outside / trash_module.CARD).write_text('{"thrown_at": "2026-01-01T00:00:00+00:00", "collection": "c"}')
    (outside / f"{'1' * 64}.png").write_bytes(b"mine")
    entry = uploads.throw_away("c", [stored[0].path])
    trash = settings.data_dir / "trash"
    os.symlink(outside, trash / entry.id / "folder")
    os.symlink(outside / "mine.png", trash / entry.id / f"{'2' * 64}.png")
    os.symlink(outside, trash / "20260101T000000000000-00000000")
    before = snapshot(outside)
    assert [one.id for one in uploads.trash()] == [entry.id]
    assert uploads.entry(entry.id).files == entry.files
    uploads.empty()
    assert list(trash.iterdir()) == []
    assert snapshot(outside) == before


@pytest.mark.parametrize("collection", ["..", "../..", "a/b", "", 7, None])
def test_a_forged_card_restores_nothing(uploads, stored, settings, tmp_path, collection):
    import json

    entry = uploads.throw_away("c", [stored[0].path])
    card = settings.data_dir / "trash" / entry.id / trash_module.CARD
    card.write_text(json.dumps({"thrown_at": "2026-01-01T00:00:00+00:00", "collection": collection}))
    before = snapshot(tmp_path)
    with pytest.raises(NotFoundError):
        uploads.restore(entry)
    assert uploads.trash() == []
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("id", ["", "..", "../uploads", "x", "20260101T000000000000-00000000", "20260101T0-\0"])
def test_an_entry_that_cannot_be_is_not_found(uploads, stored, id):
    uploads.throw_away("c", [stored[0].path])
    with pytest.raises(NotFoundError):
        uploads.entry(id)


def test_a_deletion_that_was_killed_leaves_each_file_in_one_place(uploads, stored, monkeypatch):
    real, moved = os.rename, []

    def killed(*arguments, **options):
        if moved:
            raise KeyboardInterrupt
        moved.append(arguments[0])
        real(*arguments, **options)

    monkeypatch.setattr(trash_module.os, "rename", killed)
    with pytest.raises(KeyboardInterrupt):
        uploads.throw_away("c", [one.path for one in stored])
    monkeypatch.undo()
    (entry,) = uploads.trash()
    assert list(entry.files) == moved
    assert len(uploads.paths("c")) == 2
    uploads.restore(entry)
    assert uploads.paths("c") == sorted(one.path for one in stored)
