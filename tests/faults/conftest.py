"""What the tests of crashes share: the compiled recorder, worker servers, one whole recording."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from . import recording
from .harness import Harness, Recording

MEMORY = "/dev/shm"
"""Linux's file system in memory."""
MEMORY_NEEDED = 2 << 30
"""Containers may have less, and use a folder on disk."""


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    """The recorder, built."""
    return recording.build(tmp_path_factory.mktemp("recorder"))


@pytest.fixture(scope="session")
def harness(library, tmp_path_factory):
    """Worker servers that run trials, in memory where that can be: what a sync is worth is the model's business."""
    fast = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > MEMORY_NEEDED
    folder = Path(tempfile.mkdtemp(dir=MEMORY)) if fast else tmp_path_factory.mktemp("trials")
    harness = Harness(library, folder)
    yield harness
    harness.close()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def whole(harness) -> Recording:
    """One plan from its beginning to its end, as it was recorded."""
    return harness.record(seed=1)
