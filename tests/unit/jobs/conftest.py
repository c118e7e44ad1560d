"""A data folder with jobs, and real processes that run them."""

import contextlib
import hashlib
import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.pictures import save

from cbir.collection import Library
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


class Bench:
    """Job runners as processes, all ended with the test, and what they work on."""

    def __init__(self, settings, store, path=""):
        self.settings = settings
        self.store = store
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
        """A runner."""
        with open(self.log, "ab") as log:
            runner = subprocess.Popen([sys.executable, "-m", "cbir.jobs"], env=self.environment, stderr=log)
        self.started.append(runner)
        return runner

    def children(self, runner):
        """Process ids of a runner's jobs."""
        with contextlib.suppress(FileNotFoundError):
            words = Path(f"/proc/{runner.pid}/task/{runner.pid}/children").read_text().split()
            return [int(word) for word in words]
        return []

    def index(self, folder, collection="c", kind="index"):
        """A job that indexes a folder."""
        return self.store.add(kind, collection, {"paths": [str(folder)], "extractors": ["hist-basic"]})

    def now(self, job):
        """The job as it is now."""
        return self.store.get(job.id)

    def soon(self, condition):
        """Wait until something holds, and return it."""
        deadline = time.monotonic() + PATIENCE_S
        while not (found := condition()):
            assert time.monotonic() < deadline, "it did not happen"
            time.sleep(0.02)
        return found

    def ended(self, job):
        """Wait until a job has ended, and return it."""
        return self.soon(lambda: (found := self.now(job)).state.ended and found)

    def require_each_once(self, folder, collection="c"):
        """Every picture of the folder is there, with one file, and nothing else."""
        with Library(self.settings).open(collection) as opened:
            records = opened.stored.page(0, 1000)
            assert [finding for finding in opened.stored.check() if finding.severity.value != "note"] == []
        assert {one.id: [location.path for location in one.locations] for one in records} == {
            hashlib.sha256(path.read_bytes()).hexdigest(): [str(path)] for path in folder.iterdir()
        }

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
def bench(settings, store):
    bench = Bench(settings, store)
    yield bench
    bench.end()


@pytest.fixture
def odd_bench(settings, store, odd_kinds):
    """A bench whose runners know odd kinds of jobs too."""
    bench = Bench(settings, store, odd_kinds)
    yield bench
    bench.end()
