"""Where the web processes' counters lie, and that none are left behind."""

import os
from contextlib import closing

import pytest

from cbir.serving import run_files
from cbir.serving.run_files import RunFiles


@pytest.fixture
def memory(tmp_path, monkeypatch):
    """A folder that stands for the system's shared memory."""
    folder = tmp_path / "memory"
    folder.mkdir()
    monkeypatch.setattr(run_files, "SHARED_MEMORY", folder)
    return folder


def test_counters_lie_in_memory_so_that_a_full_disk_kills_nobody_who_counts(tmp_path, memory):
    with closing(RunFiles(tmp_path / "data")) as files:
        (files.metrics / "counter_1.db").touch()
        (kept,) = memory.iterdir()
        assert (kept / "counter_1.db").exists()
        assert kept.stat().st_mode & 0o777 == 0o700
    assert list(memory.iterdir()) == []
    assert not os.path.lexists(files.metrics)


def test_where_there_is_no_shared_memory_they_lie_in_the_data_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(run_files, "SHARED_MEMORY", tmp_path / "missing")
    with closing(RunFiles(tmp_path / "data")) as files:
        assert files.metrics.is_dir()
        assert not files.metrics.is_symlink()
    assert not files.metrics.exists()


def test_counters_of_a_server_that_was_killed_are_removed_by_the_next(tmp_path, memory):
    killed = RunFiles(tmp_path / "data")
    (killed.metrics / "counter_1.db").touch()
    killed._lock.close()
    with closing(RunFiles(tmp_path / "data")) as files:
        assert len(list(memory.iterdir())) == 1
        assert list(files.metrics.iterdir()) == []


def test_a_link_that_leads_elsewhere_is_taken_away_and_not_what_it_leads_to(tmp_path, memory):
    photographs = tmp_path / "photographs"
    photographs.mkdir()
    (tmp_path / "data" / "run").mkdir(parents=True)
    (tmp_path / "data" / "run" / "metrics").symlink_to(photographs)
    with closing(RunFiles(tmp_path / "data")):
        assert len(list(memory.iterdir())) == 1
    assert photographs.is_dir()
