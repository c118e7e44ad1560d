"""Text files, and the folder with the benchmarks' genuine files."""

import gzip
import os
from pathlib import Path

import pytest

BESIDE = Path(__file__).parents[5] / "shared/datasets"


@pytest.fixture
def file(tmp_path):
    """Write a text file below a folder of the test's own."""

    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = text.encode("utf-8", "surrogateescape")
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write


@pytest.fixture(scope="session")
def genuine():
    """The folder of the benchmarks' own protocol files."""
    folder = Path(os.environ.get("CBIR_TEST_DATASETS") or BESIDE) / "protocols"
    if not folder.is_dir():
        pytest.skip("the benchmarks' own files are not at hand (CBIR_TEST_DATASETS names their folder)")
    return folder
