"""Public datasets: fetched from a site that misbehaves, unpacked from archives that do, checked afterwards."""

import hashlib
import io
import json
import tarfile
import threading
import zipfile

import numpy as np
import pytest
from tests.unruly_site import Site, serving

from cbir.download import Downloader, RemoteFile
from cbir.errors import DownloadError, NotFoundError, StorageFullError, UnavailableError, UnknownNameError
from cbir.evaluation.datasets import FORMATS
from cbir.evaluation.public import unpacking
from cbir.evaluation.public.catalogue import CATALOGUE, Part, PublicDataset
from cbir.evaluation.public.store import MANIFEST, PublicDatasets
from cbir.evaluation.public.unpacking import unpack
from cbir.progress import Silent

NOISE = np.random.default_rng(3).bytes(400_000)


def zipped(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def tarred(files, mode="w:gz"):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


IMAGES = tarred({"set/a.jpg": NOISE, "set/b.jpg": b"second"})
TRUTH = zipped({"a_good.txt": "b", "a_query.txt": "a 0 0 1 1"})
PLAIN = b"as it is"


@pytest.fixture
def site():
    with serving(Site()) as running:
        yield running


@pytest.fixture
def dataset(site):
    """Two pictures in a tar, ground truth in a zip with its published checksums, and a plain file."""
    truth = RemoteFile(site.url("/truth.zip", TRUTH), len(TRUTH), md5=hashlib.md5(TRUTH).hexdigest())
    parts = (
        Part(RemoteFile(site.url("/images.tgz", IMAGES)), "images"),
        Part(truth, "ground_truth"),
        Part(RemoteFile(site.url("/names.dat", PLAIN))),
    )
    return PublicDataset("small", "Two pictures", "oxford5k", 2, parts, "None.", "https://example.org", "Nobody")


@pytest.fixture
def store(tmp_path, site, dataset):
    by_hand = PublicDataset("manual", "", "holidays", 1, (), "", "https://example.org/page", "", by_hand="Ask them.")
    downloader = Downloader(timeout=5.0, attempts=2, permitted=site.owns)
    catalogue = {one.name: one for one in (dataset, by_hand)}
    return PublicDatasets(tmp_path / "datasets", catalogue=catalogue, downloader=downloader)


def contents(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_dataset_is_fetched_unpacked_and_found_sound(store, tmp_path):
    assert not store.states()[0].fetched
    state = store.fetch("small")
    assert (state.fetched, state.images, state.folder) == (True, 2, tmp_path / "datasets" / "small")
    found = contents(state.folder)
    manifest = json.loads(found.pop(MANIFEST))
    assert found == {
        "images/set/a.jpg": NOISE,
        "images/set/b.jpg": b"second",
        "ground_truth/a_good.txt": b"b",
        "ground_truth/a_query.txt": b"a 0 0 1 1",
        "names.dat": PLAIN,
    }
    assert [one["sha256"] for one in manifest["sources"]] == [
        hashlib.sha256(content).hexdigest() for content in (IMAGES, TRUTH, PLAIN)
    ]
    assert [one["checksum_published"] for one in manifest["sources"]] == [False, True, False]
    assert store.check("small", Silent()).sound
    assert sorted(path.name for path in (tmp_path / "datasets").iterdir()) == [".small.lock", "small"]


def test_what_is_there_is_not_fetched_again(store, site):
    store.fetch("small")
    before = len(site.requests)
    assert store.fetch("small").fetched
    assert len(site.requests) == before


def test_an_interrupted_fetch_goes_on_where_it_stopped(store, site):
    """The tar breaks off twice in one run, so that the run fails; the next run asks for the rest only."""
    site.cuts = [100_000, 50_000]
    with pytest.raises(DownloadError, match=r"images\.tgz: it broke off 2 times .*goes on where it stopped"):
        store.fetch("small")
    assert not store.states()[0].fetched
    assert store.fetch("small").fetched
    assert [asked for path, asked in site.requests if path == "/images.tgz"] == ["", "bytes=100000-", "bytes=150000-"]
    assert store.check("small", Silent()).sound


def test_files_that_came_before_a_failure_are_not_fetched_again(store, site):
    del site.files["/names.dat"]
    with pytest.raises(DownloadError, match="404"):
        store.fetch("small")
    site.url("/names.dat", PLAIN)
    assert store.fetch("small").fetched
    assert [path for path, _ in site.requests] == ["/images.tgz", "/truth.zip", "/names.dat", "/names.dat"]


def test_a_wrong_checksum_is_refused_and_nothing_of_it_is_kept(store, site, tmp_path):
    site.url("/truth.zip", TRUTH[::-1])
    with pytest.raises(DownloadError, match="it sent another file"):
        store.fetch("small")
    assert not (tmp_path / "datasets" / "small").exists()
    site.url("/truth.zip", TRUTH)
    assert store.fetch("small").fetched


def test_files_that_a_person_has_already_are_taken_from_a_folder(store, site, tmp_path):
    given = tmp_path / "given"
    given.mkdir()
    (given / "images.tgz").write_bytes(IMAGES)
    (given / "truth.zip").write_bytes(TRUTH)
    with pytest.raises(NotFoundError, match=r"has no names\.dat"):
        store.fetch("small", archives=given)
    (given / "names.dat").write_bytes(PLAIN)
    (given / "truth.zip").write_bytes(PLAIN)
    with pytest.raises(DownloadError, match="not the published file"):
        store.fetch("small", archives=given)
    (given / "truth.zip").write_bytes(TRUTH)
    assert store.fetch("small", archives=given).images == 2
    assert site.requests == []
    assert len(list(given.iterdir())) == 3


def test_a_check_names_what_is_gone_or_changed(store):
    folder = store.fetch("small").folder
    (folder / "images/set/b.jpg").unlink()
    (folder / "names.dat").write_bytes(b"as it was")
    found = store.check("small", Silent())
    assert (found.missing, found.changed) == (("images/set/b.jpg",), ("names.dat",))
    assert (found.files, found.images, found.expected_images, found.sound) == (5, 1, 2, False)


def test_a_folder_whose_note_is_gone_is_not_overwritten(store):
    folder = store.fetch("small").folder
    (folder / MANIFEST).unlink()
    with pytest.raises(DownloadError, match="is there already"):
        store.fetch("small")
    assert (folder / "names.dat").read_bytes() == PLAIN


def test_two_that_fetch_at_once_fetch_once(store, site):
    threads = [threading.Thread(target=store.fetch, args=["small"]) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.check("small", Silent()).sound
    assert [path for path, _ in site.requests].count("/images.tgz") == 1


def test_what_cannot_be_fetched_says_how_to_get_it(store):
    with pytest.raises(NotFoundError, match=r"Ask them\. https://example\.org/page"):
        store.fetch("manual")
    with pytest.raises(UnknownNameError, match="Did you mean 'small'"):
        store.fetch("smal")
    for call in (lambda: store.check("small", Silent()), lambda: store.remove("small")):
        with pytest.raises(NotFoundError):
            call()


def test_offline_nothing_is_opened(tmp_path, dataset, site):
    store = PublicDatasets(tmp_path, offline=True, catalogue={"small": dataset})
    with pytest.raises(UnavailableError, match="--from FOLDER"):
        store.fetch("small")
    assert site.requests == []


def test_a_removed_dataset_is_gone(store):
    folder = store.fetch("small").folder
    store.remove("small")
    assert not folder.exists()
    assert not store.states()[0].fetched


@pytest.mark.parametrize("make", [zipped, tarred])
@pytest.mark.parametrize("name", ["../out.txt", "/etc/out.txt", "a/../../out.txt", "..\\out.txt", "C:/out.txt"])
def test_an_archive_cannot_write_outside_its_folder(tmp_path, make, name):
    archive = tmp_path / ("x.zip" if make is zipped else "x.tgz")
    archive.write_bytes(make({"good.txt": b"1", name: b"2"}))
    with pytest.raises(DownloadError, match="outside its folder"):
        unpack(archive, tmp_path / "deep" / "inside")
    assert not list(tmp_path.rglob("out.txt"))


def test_links_and_devices_in_an_archive_are_passed_over(tmp_path):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for kind, name in ((tarfile.SYMTYPE, "link"), (tarfile.LNKTYPE, "hard"), (tarfile.FIFOTYPE, "pipe")):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, "/etc/passwd"
            archive.addfile(entry)
    (tmp_path / "x.tar").write_bytes(stream.getvalue())
    unpack(tmp_path / "x.tar", tmp_path / "inside")
    assert list((tmp_path / "inside").iterdir()) == []


@pytest.mark.parametrize(("name", "content"), [("x.zip", zipped({"a": NOISE})), ("x.tgz", tarred({"a": NOISE}))])
def test_a_damaged_archive_is_said_so(tmp_path, name, content):
    (tmp_path / name).write_bytes(content[:-200_000])
    with pytest.raises(DownloadError, match=r"x\.\w+ cannot be unpacked"):
        unpack(tmp_path / name, tmp_path / "inside")


def test_an_archive_that_would_fill_the_disk_is_refused_before(tmp_path, monkeypatch):
    (tmp_path / "x.zip").write_bytes(zipped({"a": NOISE}))
    monkeypatch.setattr(unpacking.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 399_999}))
    with pytest.raises(StorageFullError, match="399,999 bytes free, and the archive unpacks to 400,000"):
        unpack(tmp_path / "x.zip", tmp_path / "inside")
    assert list((tmp_path / "inside").iterdir()) == []


def test_the_pictures_of_caltech_are_in_an_archive_in_the_archive(tmp_path):
    inner = tarred({"101_ObjectCategories/ant/image_0001.jpg": b"ant"})
    (tmp_path / "x.zip").write_bytes(
        zipped({"caltech-101/101_ObjectCategories.tar.gz": inner, "caltech-101/n.txt": b""})
    )
    unpack(tmp_path / "x.zip", tmp_path / "inside")
    assert contents(tmp_path / "inside") == {
        "caltech-101/101_ObjectCategories/ant/image_0001.jpg": b"ant",
        "caltech-101/n.txt": b"",
    }


@pytest.mark.parametrize("dataset", CATALOGUE.values(), ids=lambda one: one.name)
def test_every_dataset_of_the_catalogue_says_what_a_person_needs(dataset):
    assert dataset.format in FORMATS.names()
    assert dataset.terms
    assert dataset.cite
    assert bool(dataset.parts) != bool(dataset.by_hand)
    assert all(part.file.url.startswith("https://") for part in dataset.parts)
    names = [part.file.url.rsplit("/", 1)[-1] for part in dataset.parts]
    assert len(set(names)) == len(names)
