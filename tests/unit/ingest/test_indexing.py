"""Indexing with the colour descriptor into a real embedded collection."""

import hashlib
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from tests.pictures import save

from cbir.collection import Library
from cbir.errors import ConflictError, InvalidRequestError, NotFoundError
from cbir.ingest.indexing import IndexOptions, index
from cbir.ingest.labels import Labels
from cbir.ingest.removing import remove
from cbir.ingest.shards import Shard
from cbir.ingest.walk import of_files, walk
from cbir.settings import Settings


@pytest.fixture
def library(tmp_path):
    settings = Settings(
        data_dir=tmp_path / "data", weights_dir=tmp_path / "weights", cache_dir=tmp_path / "cache", offline=True
    )
    library = Library(settings)
    library.create("c", ["hist-basic"])
    return library


@pytest.fixture
def folder(tmp_path):
    for number in range(6):
        save(tmp_path / f"photos/{number}.png", number)
    return tmp_path / "photos"


def run(library, *paths, **options):
    with library.open("c", write=True) as collection:
        return index(collection, walk([str(path) for path in paths]), IndexOptions(batch_size=4, **options))


def stored(library):
    """Records by file name of their first location."""
    with library.open("c") as collection:
        return {Path(record.path).name: record for record in collection.stored.page(0, 1000)}


def sha(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def test_every_image_is_added_with_id_size_and_location(library, folder):
    report = run(library, folder)
    assert (report.added, report.unchanged, report.failed) == (6, 0, [])
    records = stored(library)
    assert {name: record.id for name, record in records.items()} == {
        f"{n}.png": sha(folder / f"{n}.png") for n in range(6)
    }
    first = records["0.png"]
    assert (first.width, first.height, first.format) == (48, 32, "PNG")
    assert first.locations[0].root == str(folder)


def test_a_second_run_reads_nothing(library, folder, monkeypatch):
    run(library, folder)
    monkeypatch.setattr("cbir.ingest.reading.read_bytes", lambda path: pytest.fail(f"{path} was read"))
    report = run(library, folder)
    assert (report.added, report.unchanged) == (0, 6)


def test_adding_one_image_reads_only_that_one(library, folder, monkeypatch):
    run(library, folder)
    new = save(folder / "new.png", 99)
    from cbir.ingest import reading

    real, read = reading.read_bytes, []
    monkeypatch.setattr(reading, "read_bytes", lambda path: (read.append(path), real(path))[1])
    report = run(library, folder)
    assert (report.added, report.unchanged, read) == (1, 6, [new])


def test_a_touched_file_is_hashed_and_unchanged(library, folder):
    run(library, folder)
    os.utime(folder / "0.png", ns=(1, 1))
    assert run(library, folder).unchanged == 6
    assert stored(library)["0.png"].locations[0].mtime_ns == 1


def test_the_same_bytes_at_two_paths_are_one_image(library, folder):
    shutil.copy(folder / "0.png", folder / "a copy.png")
    table = {
        str(folder / "0.png"): Labels(("one",)),
        str(folder / "a copy.png"): Labels(("two",), keywords=("k",)),
    }
    report = run(library, folder, labels=table)
    assert (report.added, report.duplicates) == (6, 1)
    record = stored(library)["0.png"]
    assert [Path(one.path).name for one in record.locations] == ["0.png", "a copy.png"]
    assert (record.labels, record.keywords) == (("one", "two"), ("k",))


def test_a_copy_that_appears_later_is_a_further_location(library, folder):
    run(library, folder)
    shutil.copy(folder / "3.png", folder / "z.png")
    assert run(library, folder).duplicates == 1
    assert len(stored(library)["3.png"].locations) == 2
    assert run(library, folder).unchanged == 7


def test_labels_follow_the_table(library, folder):
    run(library, folder, labels={str(folder / "0.png"): Labels(("cat",))})
    report = run(library, folder, labels={str(folder / "0.png"): Labels(("dog",), caption="A dog")})
    assert report.relabelled == 1
    record = stored(library)["0.png"]
    assert (record.labels, record.caption) == (("dog",), "A dog")


def test_bad_files_are_listed_and_cost_nothing_else(library, folder):
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "text.jpg").write_text("not a picture")
    (folder / "cut.png").write_bytes((folder / "0.png").read_bytes()[:60])
    (folder / "broken.jpg").symlink_to(folder / "nowhere")
    (folder / "folder.jpg").mkdir()
    (folder / "readme.txt").write_text("hello")
    report = run(library, folder)
    assert report.added == 6
    assert report.passed_over == 1
    assert {Path(failure.path).name for failure in report.failed} == {
        "empty.jpg", "text.jpg", "cut.png", "broken.jpg", "folder.jpg",
    }  # fmt: skip
    for failure in report.failed:
        assert failure.reason
        assert failure.remedy


def test_each_failure_is_told_once_with_the_folder_that_was_indexed(library, folder):
    (folder / "deep").mkdir()
    (folder / "deep/empty.jpg").write_bytes(b"")
    (folder / "broken.jpg").symlink_to(folder / "nowhere")
    told = []
    with library.open("c", write=True) as collection:
        report = index(collection, walk([str(folder)]), on_failure=told.append)
    assert told == report.failed
    assert [Path(failure.path).name for failure in told] == ["broken.jpg", "empty.jpg"]
    assert {failure.root for failure in told} == {str(folder)}


def test_files_that_are_named_one_by_one_leave_the_others_of_their_folder_alone(library, folder):
    run(library, folder)
    new = save(folder / "new.png", 99)
    os.unlink(folder / "0.png")
    scan = of_files([new, str(folder / "1.png"), new, str(folder / "0.png")], str(folder))
    assert ([one.root for one in scan.found], scan.roots) == ([str(folder)] * 2, [])
    assert [failure.path for failure in scan.failures] == [str(folder / "0.png")]
    with library.open("c", write=True) as collection:
        report = index(collection, scan, IndexOptions(remove_missing=True))
    assert (report.added, report.unchanged, report.missing, report.forgotten) == (1, 1, [], [])
    assert len(stored(library)) == 7


def test_a_changed_file_is_reported_and_stays_as_it_was(library, folder):
    run(library, folder)
    before = stored(library)["0.png"].id
    save(folder / "0.png", 77)
    report = run(library, folder)
    assert (report.changed, report.added, report.unchanged) == ([str(folder / "0.png")], 0, 5)
    assert stored(library)["0.png"].id == before


def test_a_changed_file_is_replaced_when_asked(library, folder):
    run(library, folder)
    before = sha(folder / "0.png")
    save(folder / "0.png", 77)
    report = run(library, folder, replace_changed=True)
    assert (report.replaced, report.changed) == (1, [])
    assert stored(library)["0.png"].id == sha(folder / "0.png") != before
    with library.open("c") as collection:
        assert collection.stored.count() == 6
        assert collection.stored.get([before]) == [None]


def test_a_file_that_now_holds_another_known_image_moves(library, folder):
    run(library, folder)
    shutil.copy(folder / "1.png", folder / "0.png")
    report = run(library, folder, replace_changed=True)
    assert report.replaced == 1
    with library.open("c") as collection:
        assert collection.stored.count() == 5
    (record,) = [record for record in stored(library).values() if len(record.locations) == 2]
    assert [Path(one.path).name for one in record.locations] == ["0.png", "1.png"]


class TestReplacing:
    """Contents change places among files that are known; every file must end with the image that it now holds."""

    def require_true_to_disk(self, library, folder):
        with library.open("c") as collection:
            known = {location.path: image_id for location, image_id in collection.stored.locations()}
            ids = {record.id for record in collection.stored.page(0, 1000)}
        there = {str(path): sha(path) for path in folder.iterdir()}
        assert known == there
        assert ids == set(there.values())

    @pytest.mark.parametrize("commit_images", [1, 256])
    @pytest.mark.parametrize(
        "moves",
        [
            {"0": "1", "1": "0"},
            {"0": "1", "1": "2", "2": "0"},
            {"0": "2", "2": "1", "1": "0"},
            {"1": "0", "0": "5"},
            {"0": "1", "1": "5"},
            {"0": "new", "z": "0"},
            {"5": "new", "a": "5"},
            {"0": "1", "1": "new", "new2": "0"},
        ],
        ids=str,
    )
    def test_contents_that_change_places(self, library, folder, monkeypatch, moves, commit_images):
        run(library, folder)
        monkeypatch.setattr("cbir.ingest.indexing.COMMIT_IMAGES", commit_images)
        tmp_path = folder.parent
        shutil.copytree(folder, tmp_path / "before")
        save(tmp_path / "before/new.png", 123)
        for target, source in moves.items():
            shutil.copyfile(tmp_path / f"before/{source}.png", folder / f"{target}.png")
        run(library, folder, replace_changed=True)
        self.require_true_to_disk(library, folder)

    @pytest.mark.parametrize("call", ["upsert", "update", "delete", "set_metadata"])
    @pytest.mark.parametrize("after", [True, False])
    def test_a_run_that_died_between_two_writes_is_completed_by_the_next(
        self, library, folder, monkeypatch, call, after
    ):
        from cbir.engines.embedded.store import EmbeddedCollection

        run(library, folder)
        first = sha(folder / "0.png")
        save(folder / "0.png", 77)
        shutil.copyfile(folder / "2.png", folder / "1.png")
        real = getattr(EmbeddedCollection, call)

        def die(self, *arguments):
            if after:
                real(self, *arguments)
            raise KeyboardInterrupt

        monkeypatch.setattr(EmbeddedCollection, call, die)
        with pytest.raises(KeyboardInterrupt):
            run(library, folder, replace_changed=True)
        monkeypatch.undo()
        run(library, folder, replace_changed=True)
        self.require_true_to_disk(library, folder)
        with library.open("c") as collection:
            assert collection.stored.get([first]) == [None]


def test_a_file_that_was_touched_and_relabelled_follows_the_table(library, folder):
    path = str(folder / "0.png")
    run(library, folder, labels={path: Labels(("old",))})
    os.utime(path, ns=(5, 5))
    run(library, folder, labels={path: Labels(("new",))})
    assert stored(library)["0.png"].labels == ("new",)


def test_a_picture_too_large_for_the_memory_costs_one_line(library, folder, monkeypatch):
    from cbir.extractors.hsv import HistBasic

    real, first = HistBasic.prepare, []

    def prepare(self, image):
        if not first:
            first.append(image)
            raise MemoryError
        return real(self, image)

    monkeypatch.setattr(HistBasic, "prepare", prepare)
    report = run(library, folder)
    assert report.added == 5
    assert "memory" in report.failed[0].reason


def test_vanished_files_are_reported_and_stay(library, folder):
    run(library, folder)
    (folder / "2.png").unlink()
    report = run(library, folder)
    assert report.missing == [str(folder / "2.png")]
    assert "2.png" in stored(library)


def test_vanished_files_are_removed_when_asked(library, folder):
    run(library, folder)
    (folder / "2.png").unlink()
    assert run(library, folder, remove_missing=True).removed == 1
    assert set(stored(library)) == {f"{n}.png" for n in (0, 1, 3, 4, 5)}


def test_a_vanished_copy_leaves_the_image(library, folder):
    shutil.copy(folder / "0.png", folder / "copy.png")
    run(library, folder)
    (folder / "0.png").unlink()
    assert run(library, folder, remove_missing=True).removed == 0
    assert "copy.png" in stored(library)


def test_a_vanished_folder_never_empties_a_collection(library, folder, tmp_path):
    run(library, folder)
    folder.rename(tmp_path / "unplugged")
    with pytest.raises(NotFoundError):
        run(library, folder, remove_missing=True)
    folder.mkdir()
    with pytest.raises(ConflictError, match="Nothing was removed"):
        run(library, folder, remove_missing=True)
    assert len(stored(library)) == 6


def test_an_emptied_folder_inside_is_taken_for_an_unmounted_disk(library, folder):
    for name in ("x", "y"):
        save(folder / f"disk/{name}.png", ord(name))
    save(folder / "deleted/z.png", 3000)
    run(library, folder)
    shutil.rmtree(folder / "disk")
    (folder / "disk").mkdir()
    shutil.rmtree(folder / "deleted")
    report = run(library, folder, remove_missing=True)
    assert (report.removed, report.forgotten) == (1, [str(folder / "deleted/z.png")])
    assert report.missing == [str(folder / "disk/x.png"), str(folder / "disk/y.png")]
    assert {"x.png", "y.png"} <= set(stored(library))


def test_files_below_a_folder_that_could_not_be_listed_are_not_missing(library, folder, monkeypatch):
    save(folder / "closed/x.png", 50)
    run(library, folder)
    real = os.scandir

    def scandir(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    report = run(library, folder, remove_missing=True)
    assert (report.missing, report.removed) == ([], 0)
    assert "x.png" in stored(library)


def test_files_elsewhere_are_not_missing(library, folder, tmp_path):
    other = save(tmp_path / "other/x.png", 60)
    run(library, folder, tmp_path / "other")
    Path(other).unlink()
    assert run(library, folder, remove_missing=True).missing == []


def test_shards_together_hold_every_image_once(library, folder):
    counts = [run(library, folder, shard=Shard(number, 3)) for number in (1, 2, 3)]
    assert sum(report.added for report in counts) == 6
    assert all(report.added + report.unchanged + report.other_shards == 6 for report in counts)
    assert len(stored(library)) == 6


def test_an_interruption_keeps_what_was_committed_and_the_next_run_goes_on(library, folder, monkeypatch):
    monkeypatch.setattr("cbir.ingest.indexing.COMMIT_SECONDS", 0)
    from cbir.ingest import indexing

    real, batches = indexing._Run._extract, []

    def stop_at_second(self, batch):
        if batches:
            raise KeyboardInterrupt
        batches.append(batch)
        real(self, batch)

    monkeypatch.setattr(indexing._Run, "_extract", stop_at_second)
    with pytest.raises(KeyboardInterrupt):
        run(library, folder)
    assert len(stored(library)) == 4
    monkeypatch.undo()
    report = run(library, folder)
    assert (report.added, report.unchanged) == (2, 4)


def test_descriptors_are_those_of_the_extractor(library, folder):
    from cbir.extractors import EXTRACTORS
    from cbir.extractors.base import Extraction
    from cbir.images.decode import read_image

    run(library, folder)
    extraction = Extraction([EXTRACTORS.get("hist-basic")], library.weights)
    with library.open("c") as collection:
        for name, record in stored(library).items():
            wanted = extraction.run([extraction.prepare(read_image(str(folder / name)).pixels)])["hist-basic"][0]
            assert np.array_equal(collection.stored.vectors("hist-basic", [record.id])[0], wanted)


def test_names_that_are_not_utf8_are_kept(library, tmp_path):
    raw = os.fsencode(tmp_path) + b"/f/\xff\n.png"
    save(tmp_path / "f/a.png", 1)
    os.rename(tmp_path / "f/a.png", raw)
    run(library, tmp_path / "f")
    with library.open("c") as collection:
        (record,) = collection.stored.page(0, 10)
    assert os.fsencode(record.path) == raw
    assert run(library, tmp_path / "f").unchanged == 1


class TestRemove:
    def test_by_id_and_by_path(self, library, folder):
        run(library, folder)
        ids = {name: record.id for name, record in stored(library).items()}
        with library.open("c", write=True) as collection:
            removal = remove(collection.stored, [f"id:{ids['0.png']}", str(folder / "1.png")])
        assert removal.images == 2
        assert set(stored(library)) == {"2.png", "3.png", "4.png", "5.png"}
        assert sorted(path.name for path in folder.iterdir()) == [f"{n}.png" for n in range(6)]

    def test_a_folder(self, library, folder):
        save(folder / "sub/x.png", 70)
        run(library, folder)
        with library.open("c", write=True) as collection:
            assert remove(collection.stored, [str(folder / "sub")]).images == 1
        assert len(stored(library)) == 6

    def test_one_of_two_copies_leaves_the_image(self, library, folder):
        shutil.copy(folder / "0.png", folder / "copy.png")
        run(library, folder)
        with library.open("c", write=True) as collection:
            assert remove(collection.stored, [str(folder / "0.png")]).images == 0
        assert "copy.png" in stored(library)

    def test_an_empty_target_removes_nothing(self, library, folder, monkeypatch):
        run(library, folder)
        monkeypatch.chdir(folder)
        with library.open("c", write=True) as collection, pytest.raises(InvalidRequestError, match="empty"):
            remove(collection.stored, [""])
        assert len(stored(library)) == 6

    def test_nothing_is_removed_when_a_target_is_unknown(self, library, folder):
        run(library, folder)
        with library.open("c", write=True) as collection, pytest.raises(NotFoundError, match="Nothing was removed"):
            remove(collection.stored, [str(folder / "0.png"), str(folder / "nope.png")])
        assert len(stored(library)) == 6
