"""A data folder whose path is short enough for a socket, and a describer for it, in this process or its own."""

import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.unit.describing.doubles import Broken, Means, NoWeights, Weightless

from cbir.describing.client import RemoteDescriber, connect
from cbir.describing.server import DescribingServer
from cbir.extractors import EXTRACTORS
from cbir.settings import Settings

ROOT = Path(__file__).parents[3]


@pytest.fixture
def data_dir():
    with tempfile.TemporaryDirectory(prefix="cbir-test-") as folder:
        yield Path(folder) / "data"


@pytest.fixture
def settings(data_dir):
    return Settings(data_dir=data_dir, weights_dir=data_dir / "weights", offline=True, batch_size=4)


@pytest.fixture
def registered(monkeypatch):
    """Extractors by name, known to this process while the test runs."""
    found = {
        "means": Means(),
        "held": Means("held", gate=threading.Event()),
        "broken": Broken("broken"),
        "weightless": Weightless("weightless"),
    }
    for name, extractor in found.items():
        monkeypatch.setitem(EXTRACTORS._factories, name, lambda extractor=extractor: extractor)
    monkeypatch.setattr(EXTRACTORS, "_made", dict(EXTRACTORS._made))
    return found


@contextmanager
def serving(settings, **parts):
    """A describer on a thread of this process."""
    server = DescribingServer(settings, **{"weights": NoWeights(), **parts})
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_for_answers(settings, thread.is_alive)
        yield server
    finally:
        server.stop()
        thread.join(30)
        assert not thread.is_alive()


@pytest.fixture
def server(settings, registered):
    with serving(settings) as running:
        yield running


@pytest.fixture
def remote(settings, server):
    describer = RemoteDescriber(settings, NoWeights())
    yield describer
    describer.connections.close()


class Process:
    """The describer as a process of its own that has the extractors `means` and `slow`."""

    def __init__(self, settings, log, version=1):
        self.settings, self.log = settings, log
        command = [sys.executable, "-m", "tests.unit.describing.doubles", settings.data_dir, log, str(version)]
        self.process = subprocess.Popen(command, cwd=ROOT)
        wait_for_answers(settings, lambda: self.process.poll() is None)

    def passes(self):
        """The number of images of each pass of `slow`."""
        return [int(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def kill(self):
        self.process.kill()
        self.process.wait(30)

    def end(self):
        self.process.terminate()
        return self.process.wait(30)


@pytest.fixture
def start(settings, tmp_path):
    """Start the describer as a process; ended with the test."""
    started = []

    def start(version=1):
        started.append(Process(settings, tmp_path / "passes", version))
        return started[-1]

    yield start
    for one in started:
        one.end()


def wait_for_answers(settings, alive):
    deadline = time.monotonic() + 60
    while (found := connect(settings, NoWeights())) is None:
        assert alive()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    found.connections.close()
