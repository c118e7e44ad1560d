"""What `make demo` says of a search, and the script that says it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.pictures import save

from cbir.collection import Library
from cbir.demo.words import found_in_words, picture_of
from cbir.ingest.indexing import IndexOptions, index
from cbir.ingest.labels import read_labels
from cbir.ingest.walk import walk
from cbir.progress import Silent
from cbir.settings import Settings

ROOT = Path(__file__).parents[3]


@pytest.fixture
def photos(tmp_path):
    for number in range(4):
        save(tmp_path / f"photos/{number}.png", number)
    (tmp_path / "photos/labels.csv").write_text("path,labels\n0.png,odd one\n1.png,same\n2.png,same\n3.png,same\n")
    return tmp_path / "photos"


@pytest.fixture
def collection(tmp_path, photos):
    library = Library(Settings(data_dir=tmp_path / "data"), announce=print)
    library.create("photos", ["hist-basic"])
    with library.open("photos", write=True) as opened:
        index(opened, walk([str(photos)]), IndexOptions(read_labels(str(photos / "labels.csv"))), Silent())
        yield opened


def test_an_indexed_picture_is_left_out_of_what_is_told_and_counted_by_its_labels(collection, photos):
    first, second = found_in_words(collection, str(photos / "1.png"))
    assert first.startswith("Of 3 other pictures, these are the most like photos/1.png: photos/")
    assert second == "Of the first 3 answers, 2 show the same: same."


def test_a_picture_from_outside_is_compared_with_all(collection, tmp_path):
    outside = save(tmp_path / "other/9.png", 9)
    (said,) = found_in_words(collection, str(outside))
    assert said.startswith("Of 4 other pictures, these are the most like other/9.png")


def test_a_picture_is_taken_from_the_named_folder_and_is_the_same_each_time(collection, photos, tmp_path):
    taken = picture_of(collection, str(photos))
    assert os.path.dirname(taken) == str(photos)
    assert picture_of(collection, str(photos)) == taken
    assert picture_of(collection, str(tmp_path / "photo")) == ""


def test_the_demonstration_runs_on_a_folder_of_ones_own(photos, tmp_path):
    """The script itself, as `make demo FOLDER=…` runs it, without neural weights."""
    environment = os.environ | {
        "BIN": os.path.dirname(sys.executable),
        "DEMO": str(tmp_path / "demo"),
        "FOLDER": str(photos),
        "CBIR_DATA_DIR": str(tmp_path / "its-data"),
        "CBIR_WEIGHTS_DIR": str(tmp_path / "no-weights"),
        "CBIR_CACHE_DIR": str(tmp_path / "cache"),
        "CBIR_OFFLINE": "1",
    }
    done = subprocess.run(
        ["bash", str(ROOT / "demo.sh")], env=environment, capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "Of 3 other pictures, these are the most like photos/" in done.stdout
    assert (tmp_path / "demo/hits.png").stat().st_size > 0
