"""Engines and strategies by name."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cbir.engines import ENGINES, open_engine
from cbir.errors import UnknownNameError
from cbir.settings import Settings
from cbir.strategies import STRATEGIES


def test_the_embedded_engine_keeps_its_collections_in_the_data_folder(tmp_path):
    engine = open_engine(Settings(data_dir=tmp_path))
    engine.create("photos", [])
    assert (tmp_path / "collections" / "photos" / "index.sqlite").is_file()
    assert engine.name == "embedded"


def test_an_unknown_engine_comes_with_the_near_one(tmp_path):
    with pytest.raises(UnknownNameError, match="Did you mean 'embedded'"):
        open_engine(Settings(data_dir=tmp_path, engine="embeded"))


def test_every_strategy_of_an_engine_is_registered(tmp_path):
    for factory in ENGINES:
        for name in factory(Settings(data_dir=tmp_path)).capabilities.strategies:
            assert STRATEGIES.get(name).name == name
    assert STRATEGIES.get("exact").exact


def test_naming_the_engines_imports_none_of_them():
    code = "import sys; from cbir.engines import ENGINES; ENGINES.names(); print('sqlite3' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
    )


def test_a_search_of_few_short_descriptors_loads_no_compiler(tmp_path):
    """So that the command line answers in less than the compiler takes to load."""
    code = """
import sys
from pathlib import Path
import numpy as np
from cbir.engines import open_engine
from cbir.engines.base import SearchRequest
from cbir.records import Identity, ImageEntry, ImageRecord
from cbir.settings import Settings
engine = open_engine(Settings(data_dir=Path(sys.argv[1])))
engine.create("photos", [Identity("d", 1, 4, True)])
with engine.open("photos", write=True) as collection:
    collection.upsert([ImageEntry(ImageRecord("a", 1, 1, "PNG"), {"d": np.ones(4)})])
    assert collection.search(SearchRequest("d", "chi2"), np.ones((1, 4), np.float32))[0].hits[0].id == "a"
print("numba" in sys.modules, "tensorflow" in sys.modules, "cv2" in sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert run.stdout == "False False False\n"
