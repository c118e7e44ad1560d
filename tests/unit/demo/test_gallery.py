"""The demo gallery as a whole: complete, honest, the same each time, and careful with what is not its own."""

import csv
import hashlib
import json
import os
import subprocess
import sys

import pytest
import skimage
import sklearn

from cbir.demo import gallery as recipe
from cbir.demo.gallery import MARKER, make_gallery
from cbir.demo.photos import PHOTOS, Package
from cbir.demo.variants import VARIANTS
from cbir.errors import AlreadyExistsError, CbirError, ReadOnlyError, StorageError
from cbir.images.decode import read_image
from cbir.ingest.labels import read_labels

TWO = [photo for photo in PHOTOS if photo.name in ("chelsea", "moon")]


@pytest.fixture
def two_photos(monkeypatch):
    """A recipe with two photographs, one in colour and one without, to be quick."""
    monkeypatch.setattr(recipe, "PHOTOS", TWO)


def files_below(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_is_a_dataset_of_twenty_scenes_and_more_than_two_hundred_images(gallery):
    table = read_labels(gallery / "labels.csv")
    assert not table.missing
    assert table.duplicates == 0
    assert len({row.labels for row in table.values()}) == 20
    assert len(table) > 200


def test_the_table_lists_every_image_and_nothing_else(gallery):
    there = {str(path) for path in (gallery / "images").rglob("*") if path.is_file()}
    assert set(read_labels(gallery / "labels.csv")) == there


def test_each_image_is_labelled_with_its_folder_and_its_variant_with_its_name(gallery):
    for path, row in read_labels(gallery / "labels.csv").items():
        folder, name = path.split(os.sep)[-2:]
        assert row.labels == (folder,)
        assert row.columns["variant"] == name.split(".")[0]
        assert row.caption
        assert row.keywords


def test_every_image_decodes_and_no_two_have_the_same_bytes(gallery):
    digests = set()
    for path in read_labels(gallery / "labels.csv"):
        assert min(read_image(path).pixels.shape[:2]) >= 45
        with open(path, "rb") as file:
            digests.add(hashlib.sha256(file.read()).hexdigest())
    assert len(digests) == len(read_labels(gallery / "labels.csv"))


@pytest.mark.parametrize(
    ("name", "module", "file"),
    [
        ("chelsea/original.png", skimage, "data/chelsea.png"),
        ("motorcycle/original.png", skimage, "data/motorcycle_left.png"),
        ("motorcycle/second-view.png", skimage, "data/motorcycle_right.png"),
        ("pagoda/original.jpg", sklearn, "datasets/images/china.jpg"),
    ],
)
def test_originals_are_the_packages_files_byte_for_byte(gallery, name, module, file):
    with open(os.path.join(os.path.dirname(module.__file__), file), "rb") as source:
        assert (gallery / "images" / name).read_bytes() == source.read()


def test_only_colour_photographs_have_a_greyscale_variant(gallery):
    assert (gallery / "images/chelsea/greyscale.png").is_file()
    assert not (gallery / "images/moon/greyscale.png").exists()


def test_the_source_file_names_every_photograph_with_its_terms(gallery):
    text = (gallery / "SOURCE.txt").read_text("utf-8")
    for photo in PHOTOS:
        assert f"{photo.name}: " in text
        assert photo.terms in text


@pytest.mark.usefixtures("two_photos")
def test_two_galleries_are_the_same_byte_for_byte(tmp_path):
    one, other = make_gallery(tmp_path / "one"), make_gallery(tmp_path / "deep" / "other")
    assert files_below(one) == files_below(other)


@pytest.mark.usefixtures("two_photos")
def test_a_gallery_that_is_there_is_left_as_it_is(tmp_path, monkeypatch):
    make_gallery(tmp_path)
    monkeypatch.setattr(recipe, "_make", lambda *_: pytest.fail("made again"))
    assert make_gallery(tmp_path) == tmp_path


@pytest.mark.usefixtures("two_photos")
def test_a_file_that_is_gone_comes_back_and_the_person_s_own_files_stay(tmp_path):
    make_gallery(tmp_path)
    before = files_below(tmp_path)
    (tmp_path / "images/chelsea/small.jpg").unlink()
    (tmp_path / "images/chelsea/mine.jpg").write_bytes(b"mine")
    make_gallery(tmp_path)
    mine = (tmp_path / "images/chelsea/mine.jpg").relative_to(tmp_path)
    assert files_below(tmp_path) == before | {mine: b"mine"}


@pytest.mark.usefixtures("two_photos")
def test_an_interrupted_gallery_is_completed(tmp_path, monkeypatch):
    complete = files_below(make_gallery(tmp_path / "complete"))

    def interrupted(_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(recipe, "_labels", interrupted)
        with pytest.raises(KeyboardInterrupt):
            make_gallery(tmp_path / "gallery")
    assert files_below(tmp_path / "gallery") != complete
    assert files_below(make_gallery(tmp_path / "gallery")) == complete


@pytest.mark.usefixtures("two_photos")
def test_a_newer_recipe_removes_what_it_no_longer_makes(tmp_path, monkeypatch):
    make_gallery(tmp_path)
    monkeypatch.setattr(recipe, "RECIPE", recipe.RECIPE + 1)
    monkeypatch.setattr(recipe, "VARIANTS", [variant for variant in VARIANTS if variant.name != "phone"])
    make_gallery(tmp_path)
    assert not list(tmp_path.rglob("phone.heic"))
    assert (tmp_path / "images/moon/blurred.jpg").is_file()


def test_a_folder_with_something_else_in_it_is_refused_and_untouched(tmp_path):
    (tmp_path / "labels.csv").write_text("mine")
    with pytest.raises(AlreadyExistsError, match="no demo gallery"):
        make_gallery(tmp_path)
    assert files_below(tmp_path) == {(tmp_path / "labels.csv").relative_to(tmp_path): b"mine"}


@pytest.mark.usefixtures("two_photos")
def test_a_marker_cannot_make_it_remove_files_elsewhere(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    folder = make_gallery(tmp_path / "gallery")
    (folder / MARKER).write_text(json.dumps({"recipe": 0, "files": ["../mine.txt", "labels.csv"]}))
    make_gallery(folder)
    assert (tmp_path / "mine.txt").read_text() == "mine"


@pytest.mark.usefixtures("two_photos")
def test_a_marker_that_is_no_json_counts_as_none(tmp_path):
    (tmp_path / MARKER).write_text("{")
    with pytest.raises(AlreadyExistsError):
        make_gallery(tmp_path)


def test_a_package_that_is_not_installed_is_named_with_the_remedy(tmp_path, monkeypatch):
    absent = Package("no_such_module", "no-such-package", "data")
    monkeypatch.setattr(recipe, "PHOTOS", [type(TWO[0])("x", absent, "x.png", "", "", "")])
    with pytest.raises(CbirError, match="no-such-package, which is not installed") as refused:
        make_gallery(tmp_path / "gallery")
    assert "pip install 'cbir[demo]'" in refused.value.remedy
    assert not (tmp_path / "gallery").exists()


def test_photographs_that_this_installation_lacks_are_left_out(tmp_path, monkeypatch):
    lacking = type(TWO[0])("x", TWO[0].package, "no such file.png", "", "", "")
    monkeypatch.setattr(recipe, "PHOTOS", [lacking, TWO[1]])
    make_gallery(tmp_path)
    assert [path.name for path in (tmp_path / "images").iterdir()] == ["moon"]
    monkeypatch.setattr(recipe, "PHOTOS", [lacking])
    with pytest.raises(CbirError, match="carry none"):
        make_gallery(tmp_path / "other")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(ReadOnlyError, match="cannot be written"):
        make_gallery(tmp_path / "gallery")


def test_a_file_where_the_folder_should_be_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="cannot be used: a file stands"):
        make_gallery(tmp_path / "file")


@pytest.mark.usefixtures("two_photos")
def test_progress_counts_every_image(tmp_path):
    class Counting:
        total = done = 0

        def start(self, task, total):
            assert "demo gallery" in task
            self.total = total

        def advance(self, steps=1):
            self.done += steps

        def say(self, text):
            pytest.fail(text)

    counting = Counting()
    make_gallery(tmp_path, progress=counting)
    with open(tmp_path / "labels.csv", encoding="utf-8") as file:
        rows = len(list(csv.DictReader(file)))
    assert counting.total == counting.done == rows


def test_the_module_is_a_command(gallery):
    done = subprocess.run(
        [sys.executable, "-m", "cbir.demo", str(gallery)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(gallery)


def test_the_command_says_how_it_is_used_and_what_went_wrong(tmp_path):
    command = [sys.executable, "-m", "cbir.demo"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 2
    (tmp_path / "mine").write_text("x")
    failed = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=False)
    assert failed.returncode == 1
    assert failed.stderr.startswith("Error: ")
    assert failed.stderr.count("\n") == 1
