"""Small copies of datasets, and reading them."""

import zlib

import pytest
from PIL import Image
from tests.unit.evaluation.grading.conftest import genuine

from cbir.evaluation.datasets import read_benchmark
from cbir.evaluation.datasets.base import ReadOptions
from cbir.progress import Silent

__all__ = ["genuine"]


@pytest.fixture
def make_pictures(tmp_path):
    """Make pictures below a folder, each of its name's own colour unless one is given; the folder's path."""

    def make(names, folder="set", *, size=(8, 6), colour=None):
        for name in names:
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            own = tuple(zlib.crc32(name.encode()).to_bytes(4, "big")[:3])
            Image.new("RGB", size, colour or own).save(path, "PNG")  # nothing lost: other colours are other bytes
        return tmp_path / folder

    return make


@pytest.fixture
def make_lists(tmp_path):
    """Make text files below a folder, of lines by the files' names."""

    def make(lists, folder="set"):
        for name, lines in lists.items():
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(f"{line}\n" for line in lines))
        return tmp_path / folder

    return make


@pytest.fixture
def read():
    """Read a folder: as the form that it looks like, or as the one that is named."""

    def read_it(folder, form=None, **options):
        return read_benchmark(str(folder), ReadOptions(**options), Silent(), form)

    return read_it
