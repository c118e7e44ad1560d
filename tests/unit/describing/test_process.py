"""The describer as a process of its own: batches under load, death and return, and its exit codes."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from tests.unit.describing.conftest import wait_for_answers
from tests.unit.describing.doubles import Means, NoWeights, plain

from cbir.describing import connections, place
from cbir.describing.base import LocalDescriber
from cbir.describing.client import RemoteDescriber, RemoteQueries, connect
from cbir.describing.wire import Message
from cbir.errors import NotFoundError, UnavailableError
from cbir.extractors import EXTRACTORS

REQUESTS = 32
BATCH = 16
"""The default of `Settings.batch_size`, which the process has."""


@pytest.fixture
def remote(settings):
    describer = RemoteDescriber(settings, NoWeights())
    yield describer
    describer.connections.close()


def test_requests_at_the_same_time_share_passes(start, remote):
    process = start()
    slow, colours = Means("slow"), [(n, 2 * n, 255 - n) for n in range(REQUESTS)]
    with ThreadPoolExecutor(REQUESTS) as pool:
        answers = list(pool.map(lambda colour: remote.describe(plain(colour), slow), colours))
    assert [tuple(answer) for answer in answers] == colours
    passes = process.passes()
    assert sum(passes) == REQUESTS
    assert max(passes) <= BATCH
    assert len(passes) <= REQUESTS // 4


def test_descriptors_out_of_shared_passes_are_bit_for_bit_those_computed_here(start, remote):
    start()
    rng = np.random.default_rng(7)
    images = [rng.integers(0, 256, (30 + n, 40, 3), dtype=np.uint8) for n in range(REQUESTS)]
    for extractor in (Means("slow"), EXTRACTORS.get("hist-basic")):
        with ThreadPoolExecutor(REQUESTS) as pool:
            there = list(pool.map(lambda image, one=extractor: remote.describe(image, one), images))
        here = [LocalDescriber(NoWeights()).describe(image, extractor) for image in images]
        assert [one.tobytes() for one in there] == [one.tobytes() for one in here]


def test_whoever_asks_a_killed_process_is_told_and_is_answered_again_after_its_return(start, settings, remote):
    queries = RemoteQueries(settings)
    process = start()
    token = queries.put(b"picture")
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(remote.describe, plain((1, 2, 3)), Means("slow"))
        while not process.passes():
            time.sleep(0.01)
        process.kill()
        with pytest.raises(UnavailableError, match="lost before it answered"):
            asked.result(30)
    for call in (lambda: remote.describe(plain((1, 2, 3)), Means()), lambda: queries.put(b"x")):
        with pytest.raises(UnavailableError) as caught:
            call()
        assert str(settings.data_dir) not in str(caught.value)
    assert connect(settings) is None
    assert place.socket_path(settings.data_dir).exists()
    start()
    assert remote.describe(plain((1, 2, 3)), Means()).tolist() == [1, 2, 3]
    with pytest.raises(NotFoundError):
        queries.data(token)
    queries.connections.close()


def test_connections_that_were_kept_over_a_restart_are_not_used_again(start, remote):
    first = start()
    assert remote.describe(plain((1, 2, 3)), Means()).tolist() == [1, 2, 3]
    assert first.end() == 0
    start()
    assert remote.describe(plain((4, 5, 6)), Means()).tolist() == [4, 5, 6]


def test_a_process_that_hangs_is_away(start, settings, monkeypatch):
    process = start()
    monkeypatch.setattr(connections, "CONNECT_S", 0.05)
    os.kill(process.process.pid, signal.SIGSTOP)
    try:
        assert connect(settings) is None
        hasty = connections.Connections(settings.data_dir, answer_s=0.05)
        with pytest.raises(UnavailableError, match="does not answer in time"):
            hasty.ask(Message({"ask": "greet"}))
    finally:
        os.kill(process.process.pid, signal.SIGCONT)


def test_a_forked_child_takes_connections_of_its_own(start, settings, remote):
    start()
    assert remote.describe(plain((1, 2, 3)), Means()).tolist() == [1, 2, 3]
    (kept,) = remote.connections._idle
    child = os.fork()
    if child == 0:
        right = remote.describe(plain((4, 5, 6)), Means()).tolist() == [4, 5, 6]
        os._exit(0 if right and kept not in remote.connections._idle else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert remote.connections._idle == [kept]
    assert remote.describe(plain((7, 8, 9)), Means()).tolist() == [7, 8, 9]


def run(settings, *flags):
    environment = os.environ | {
        "CBIR_DATA_DIR": str(settings.data_dir),
        "CBIR_WEIGHTS_DIR": str(settings.weights_dir),
        "CBIR_OFFLINE": "1",
    }
    command = [sys.executable, "-m", "cbir.describing", *flags]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def test_the_module_serves_until_it_is_told_to_end(settings):
    elsewhere = settings.data_dir.parent / "other"
    process = run(settings, "--data-dir", str(elsewhere))
    try:
        there = replace(settings, data_dir=elsewhere)
        wait_for_answers(there, lambda: process.poll() is None)
        assert connect(settings) is None
        second = run(there)
        _, complaint = second.communicate(timeout=60)
        assert (second.returncode, complaint.startswith("Error: Another process (pid")) == (1, True)
        assert len(complaint.splitlines()) == 1
    finally:
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert not place.socket_path(elsewhere).exists()


def test_an_interrupt_of_the_terminal_ends_it_quietly(settings):
    process = run(settings)
    wait_for_answers(settings, lambda: process.poll() is None)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in said


def test_a_setting_that_cannot_be_is_one_line_and_exit_code_1(settings):
    process = run(settings, "--batch-size", "0")
    _, complaint = process.communicate(timeout=60)
    assert process.returncode == 1
    assert complaint == "Error: The setting 'batch_size' cannot be 0. Give a whole number of 1 or more.\n"
