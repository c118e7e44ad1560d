"""What each kind of job does, in this process, on a real embedded collection."""

import hashlib
import json
import os
from io import BytesIO

import pytest
from tests.pictures import noise, save

from cbir.collection import Library
from cbir.engines.base import Filter
from cbir.errors import ConflictError, NotFoundError, UnknownNameError
from cbir.extractors import EXTRACTORS
from cbir.extractors.hsv import HistBasic
from cbir.ingest.indexing import index
from cbir.ingest.walk import Failure, walk
from cbir.jobs import showing
from cbir.jobs.kinds import JOB_KINDS, Work
from cbir.uploads import Uploads


class Notes:
    """A watcher that remembers what it was told."""

    def __init__(self):
        self.tasks, self.remarks, self.failures, self.hidden = [], [], [], []

    def start(self, task, total):
        self.tasks.append((task, total))

    def advance(self, steps=1):
        pass

    def say(self, text):
        self.remarks.append(text)

    def fail(self, failure):
        self.failures.append(failure)

    def hide(self, folders):
        self.hidden += folders


@pytest.fixture
def library(settings):
    return Library(settings)


@pytest.fixture
def uploads(settings):
    return Uploads(settings)


@pytest.fixture
def notes():
    return Notes()


@pytest.fixture
def run(library, uploads, notes):
    def run(kind, collection="c", **arguments):
        kind = JOB_KINDS.get(kind)
        return kind.run(Work(library, uploads, collection, kind.check(arguments), notes))

    return run


def records(library, name="c"):
    with library.open(name) as collection:
        return collection.stored.page(0, 1000)


def png(seed):
    stream = BytesIO()
    noise(seed).save(stream, "PNG")
    return stream.getvalue()


def send(uploads, *sent):
    stored = [uploads.store("c", name, png(seed)) for seed, name in sent]
    return [{"path": one.path, "name": name} for one, (_, name) in zip(stored, sent, strict=True)]


def test_index_makes_the_collection_with_the_extractors_that_were_named(run, library, photos):
    result = run("index", paths=[str(photos)], extractors=["hist-basic"])
    assert (result["collection"], result["added"], result["failed"]) == ("c", 6, [])
    assert {record.id for record in records(library)} == {
        hashlib.sha256(path.read_bytes()).hexdigest() for path in photos.iterdir()
    }
    with library.open("c") as collection:
        assert collection.extractors() == ["hist-basic"]


def test_index_reports_what_the_command_line_reports(run, library, photos, tmp_path):
    run("index", paths=[str(photos)], extractors=["hist-basic"])
    save(photos / "0.png", 100)
    os.unlink(photos / "1.png")
    (photos / "notes.txt").write_text("")
    (photos / "bad.jpg").write_bytes(b"\xff\xd8\xff")
    with library.open("c", write=True) as collection:
        printed = json.loads(json.dumps(index(collection, walk([str(photos)])).to_json()))
    result = json.loads(json.dumps(run("index", paths=[str(photos)])))
    assert result.keys() == printed.keys()
    assert (result["changed"], result["missing"]) == (["0.png"], ["1.png"])
    assert [one["path"] for one in result["failed"]] == ["bad.jpg"]
    own = ("changed", "missing", "failed", "seconds")
    assert [result[key] for key in result if key not in own] == [printed[key] for key in printed if key not in own]
    assert str(tmp_path) not in json.dumps(result)


def test_index_tells_failures_as_they_happen_with_paths_below_the_folder(run, notes, photos):
    bad = photos / "deep" / "bad\n.jpg"
    bad.parent.mkdir()
    bad.write_bytes(b"\xff\xd8\xff")
    (photos / "gone.png").symlink_to(photos / "nowhere")
    run("index", paths=[f"{photos}/"], extractors=["hist-basic"])
    assert {failure.path for failure in notes.failures} == {"deep/bad\\n.jpg", "gone.png"}
    assert all(failure.reason and failure.remedy for failure in notes.failures)
    assert str(photos) in notes.hidden


def test_index_takes_labels_and_the_choices_of_the_command_line(run, library, photos):
    run("index", paths=[str(photos)], extractors=["hist-basic"])
    save(photos / "0.png", 100)
    os.unlink(photos / "1.png")
    table = photos.parent / "table.csv"
    table.write_text(f"path,labels\n{photos}/2.png,cat;dog\n")
    result = run("index", paths=[str(photos)], labels=str(table), replace_changed=True, remove_missing=True)
    assert (result["replaced"], result["removed"], result["forgotten"], result["relabelled"]) == (1, 1, ["1.png"], 1)
    assert [record.labels for record in records(library) if record.labels] == [("cat", "dog")]


def test_index_refuses_a_path_that_is_not_there_and_other_extractors(run, photos, library):
    with pytest.raises(NotFoundError):
        run("index", paths=[str(photos / "nothing")])
    assert library.engine.collections() == []
    library.create("c", ["hist-basic"])
    with pytest.raises(ConflictError):
        run("index", paths=[str(photos)], extractors=["cnn-conv"])


def test_long_lists_of_a_result_are_cut_and_counted(run, photos, monkeypatch):
    monkeypatch.setattr(showing, "MAX_LISTED", 2)
    for number in range(3):
        (photos / f"bad{number}.jpg").write_bytes(b"\xff\xd8\xff")
    result = run("index", paths=[str(photos)], extractors=["hist-basic"])
    assert [one["path"] for one in result["failed"]] == ["bad0.jpg", "bad1.jpg"]
    assert result["cut"] == {"failed": 3}


def test_uploads_are_found_by_the_name_that_was_given_and_by_label(run, library, uploads):
    library.create("c", ["hist-basic"])
    sent = send(uploads, (0, "Été/Nice_beach.PNG"), (1, "zoo.png"))
    result = run("upload", uploads=sent, labels=["holiday"])
    assert (result["added"], result["failed"]) == (2, [])
    with library.open("c") as collection:
        ids = collection.stored.keyword_search("beach", 10)
        assert ids == [hashlib.sha256(png(0)).hexdigest()]
        assert collection.stored.count(Filter(labels=("holiday",))) == 2
    (record,) = [one for one in records(library) if one.id == ids[0]]
    assert record.path == sent[0]["path"]
    assert record.locations[0].root == str(uploads.folder("c"))


def test_a_hostile_name_becomes_a_short_escaped_keyword(run, library, uploads):
    library.create("c", ["hist-basic"])
    run("upload", uploads=send(uploads, (0, "../\x1b[31m\udcff" + "x" * 5000)))
    (record,) = records(library)
    (keyword,) = record.keywords
    assert len(keyword) <= 200
    assert keyword.isprintable()


def test_sending_a_picture_again_adds_names_and_labels_and_takes_none_away(run, library, uploads):
    library.create("c", ["hist-basic"])
    run("upload", uploads=send(uploads, (0, "one.png")), labels=["cat"])
    result = run("upload", uploads=send(uploads, (0, "two.png"), (0, "three.png")), labels=["dog"])
    assert (result["added"], result["unchanged"]) == (0, 1)
    run("upload", uploads=send(uploads, (0, "one.png")))
    (record,) = records(library)
    assert (record.labels, record.keywords) == (("cat", "dog"), ("one.png", "two.png", "three.png"))


def test_a_picture_that_is_indexed_from_a_folder_gets_the_upload_as_a_further_file(run, library, uploads, photos):
    run("index", paths=[str(photos)], extractors=["hist-basic"])
    stored = uploads.store("c", "again.png", (photos / "0.png").read_bytes())
    result = run("upload", uploads=[{"path": stored.path, "name": "again.png"}], labels=["cat"])
    assert (result["added"], result["duplicates"]) == (0, 1)
    (record,) = [one for one in records(library) if one.id == stored.id]
    assert {one.path for one in record.locations} == {str(photos / "0.png"), stored.path}
    assert record.labels == ("cat",)


def test_nothing_but_uploads_of_the_collection_is_taken_in(run, library, uploads, notes, photos):
    library.create("c", ["hist-basic"])
    other = uploads.store("d", "other.png", png(1)).path
    (good,) = send(uploads, (0, "good.png"))
    gone = send(uploads, (2, "gone.png"))
    uploads.throw_away("c", [gone[0]["path"]])
    hostile = [str(photos / "0.png"), other, f"{uploads.folder('c')}/../../../photos/0.png", "/etc/passwd"]
    sent = [*({"path": path, "name": f"{at}.png"} for at, path in enumerate(hostile)), *gone, good]
    result = run("upload", uploads=sent)
    assert result["added"] == 1
    assert [one["path"] for one in result["failed"]] == ["0.png", "1.png", "2.png", "3.png", "gone.png"]
    assert [failure.path for failure in notes.failures] == [one["path"] for one in result["failed"]]
    assert [record.path for record in records(library)] == [good["path"]]


def test_an_upload_that_went_bad_is_told_by_the_name_that_was_given(run, library, uploads, notes):
    library.create("c", ["hist-basic"])
    sent = send(uploads, (0, "bad.png"), (1, "good.png"))
    with open(sent[0]["path"], "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
    result = run("upload", uploads=sent)
    assert (result["added"], [one["path"] for one in result["failed"]]) == (1, ["bad.png"])
    assert [failure.path for failure in notes.failures] == ["bad.png"]


def test_add_extractor_describes_what_it_can_and_tells_the_rest(run, library, photos, notes, monkeypatch):
    monkeypatch.setitem(EXTRACTORS._factories, "other", lambda: HistBasic(name="other"))
    monkeypatch.setattr(EXTRACTORS, "_made", dict(EXTRACTORS._made))
    run("index", paths=[str(photos)], extractors=["hist-basic"])
    kept = (photos / "0.png").read_bytes()
    os.unlink(photos / "0.png")
    result = run("add-extractor", extractor="other")
    assert result == {"collection": "c", "extractor": "other", "images": 6, "described": 5}
    assert [failure.path for failure in notes.failures] == ["0.png"]
    assert "resumed" in notes.remarks[-1]
    (photos / "0.png").write_bytes(kept)
    assert run("add-extractor", extractor="other")["described"] == 6


def test_compact_gives_back_the_room_of_images_that_were_removed(run, library, photos):
    run("index", paths=[str(photos)], extractors=["hist-basic"])
    with library.open("c", write=True) as collection:
        collection.stored.delete([record.id for record in collection.stored.page(0, 3)])
    assert run("compact")["bytes_given_back"] > 0
    assert len(records(library)) == 3


def test_rebuild_keeps_every_image(run, library, photos):
    run("index", paths=[str(photos)], extractors=["hist-basic"])
    assert run("rebuild")["collection"] == "c"
    assert len(records(library)) == 6


def test_check_says_what_is_wrong_without_places_on_the_server(run, photos, tmp_path):
    run("index", paths=[str(photos)], extractors=["hist-basic"])
    os.unlink(photos / "0.png")
    result = run("check")
    (warning,) = [one for one in result["findings"] if one["severity"] == "warning"]
    assert "photos/0.png" in warning["message"]
    assert warning["remedy"]
    assert str(tmp_path) not in json.dumps(result)


@pytest.mark.parametrize("kind", ["compact", "rebuild", "check", "upload"])
def test_a_collection_that_is_not_there_is_an_error(run, library, uploads, kind):
    arguments = {"uploads": send(uploads, (0, "a.png"))} if kind == "upload" else {}
    with pytest.raises(UnknownNameError):
        run(kind, **arguments)
    assert library.engine.collections() == []


def test_paths_are_shown_below_the_folder_that_was_indexed():
    assert showing.path_below("/p/a/b.jpg", "/p") == "a/b.jpg"
    assert showing.path_below("/p/a.jpg", "/p/a.jpg") == "a.jpg"
    assert showing.path_below("/p", "/p") == "p"
    assert showing.path_below("/photos/a.jpg", "/p") == "a.jpg"
    assert showing.path_below("/p/\udcff.jpg", "/") == "p/\\xff.jpg"
    assert showing.shown_failure(Failure("/p/a/b.jpg", "bad", "do", "/p")) == Failure("a/b.jpg", "bad", "do")
