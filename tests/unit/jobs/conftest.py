"""A data folder with jobs, and real processes that run them."""

import contextlib
import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.pictures import save

from cbir.jobs.kinds import JOB_KINDS
from cbir.jobs.store import FILE, JobStore
from cbir.settings import Settings

HERE = Path(__file__).parent
PATIENCE_S = 60.0


@pytest.fixture
def settings(tmp_path):
    return Settings(
        data_dir=tmp_path / "data",
        weights_dir=tmp_path / "weights",
        cache_dir=tmp_path / "cache",
        offline=True,
        batch_size=4,
    )


@pytest.fixture
def store(settings):
    store = JobStore(settings.data_dir / FILE)
    yield store
    store.close()


@pytest.fixture
def photos(tmp_path):
    for number in range(6):
        save(tmp_path / f"photos/{number}.png", number)
    return tmp_path / "photos"


@pytest.fixture
def odd_kinds(tmp_path, monkeypatch):
    """Kinds of another package, known here and, through entry points on this path, in processes of jobs."""
    spec = importlib.util.spec_from_file_location("odd_kinds", HERE / "odd_kinds.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, kind in module.KINDS.items():
        monkeypatch.setitem(JOB_KINDS._factories, name, kind)
    monkeypatch.setattr(JOB_KINDS, "_made", dict(JOB_KINDS._made))
    package = tmp_path / "plugin" / "odd_kinds-1.0.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: odd-kinds\nVersion: 1.0\n")
    lines = [f"{name} = odd_kinds:{kind.__name__}" for name, kind in module.KINDS.items()]
    (package / "entry_points.txt").write_text("\n".join(["[cbir.job_kinds]", *lines, ""]))
    return os.pathsep.join([str(package.parent), str(HERE)])


class Runners:
    """Job runners as processes, all ended with the test."""

    def __init__(self, settings, path=""):
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(settings.data_dir.parent),
            "PYTHONPATH": path,
            "CBIR_DATA_DIR": str(settings.data_dir),
            "CBIR_WEIGHTS_DIR": str(settings.weights_dir),
            "CBIR_CACHE_DIR": str(settings.cache_dir),
            "CBIR_BATCH_SIZE": str(settings.batch_size),
            "CBIR_OFFLINE": "1",
        }
        self.log = settings.data_dir.parent / "runner.log"
        self.started = []

    def start(self):
        with open(self.log, "ab") as log:
            runner = subprocess.Popen([sys.executable, "-m", "cbir.jobs"], env=self.environment, stderr=log)
        self.started.append(runner)
        return runner

    def end(self):
        for runner in self.started:
            runner.terminate()
        for runner in self.started:
            try:
                runner.wait(30)
            except subprocess.TimeoutExpired:
                runner.kill()
                runner.wait()


@pytest.fixture
def runners(settings):
    runners = Runners(settings)
    yield runners
    runners.end()


@pytest.fixture
def odd_runners(settings, odd_kinds):
    runners = Runners(settings, odd_kinds)
    yield runners
    runners.end()


@pytest.fixture
def soon():
    """Wait until something holds, and return it."""

    def wait(condition):
        deadline = time.monotonic() + PATIENCE_S
        while not (found := condition()):
            assert time.monotonic() < deadline, "it did not happen"
            time.sleep(0.02)
        return found

    return wait


@pytest.fixture
def ended(store, soon):
    """Wait until a job has ended, and return it."""
    return lambda job: soon(lambda: (found := store.get(job.id)).state.ended and found)


@pytest.fixture
def children():
    """Process ids of a process' children."""

    def of(process):
        with contextlib.suppress(FileNotFoundError):
            return [
                int(word) for word in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            ]
        return []

    return of
