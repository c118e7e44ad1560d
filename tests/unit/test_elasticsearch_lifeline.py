"""Servers end with their owner. A shell that waits for a child stands for Elasticsearch, which does the same."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from tests.elasticsearch_server import node as node_module
from tests.elasticsearch_server.configuration import Address
from tests.elasticsearch_server.distribution import Distribution
from tests.elasticsearch_server.errors import StartError
from tests.elasticsearch_server.lifeline import Lifeline
from tests.elasticsearch_server.node import Node

COMMAND = ["/bin/sh", "-c", "sleep 1000 & wait"]
REPOSITORY = Path(__file__).parents[2]
OWNER = """
import sys, time
from pathlib import Path
from tests.unit import test_elasticsearch_lifeline as this
this.node_module.server_command = lambda *_: this.COMMAND
lifeline = this.Lifeline() if len(sys.argv) == 1 else None
folder = lifeline.folder if lifeline else Path(sys.argv[1])
node = this.new_node(folder, "started")
node.start()
print(folder, node._group, flush=True)
time.sleep(1000 if lifeline else 0)
"""


def new_node(folder, name="node-0"):
    node = Node(Distribution(Path("/"), Path("/")), Address(name, 1, 2), folder, folder, [])
    node.folder.mkdir()
    return node


def soon(condition):
    """Whether it becomes true: a killed process may take a moment."""
    end = time.monotonic() + 30
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def gone(group):
    """Whether no process of a group is left."""

    def is_gone():
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        return False

    return soon(is_gone)


def disappears(path):
    return soon(lambda: not path.exists())


@pytest.fixture
def lifeline(monkeypatch):
    monkeypatch.setattr(node_module, "server_command", lambda *_: COMMAND)
    with Lifeline() as lifeline:
        yield lifeline


@pytest.fixture
def node(lifeline):
    node = new_node(lifeline.folder)
    node.start()
    return node


def test_a_closed_lifeline_leaves_no_process_and_no_file(lifeline, node):
    group = node._group
    os.killpg(group, 0)
    lifeline.close()
    assert gone(group)
    assert not lifeline.folder.exists()


@pytest.mark.parametrize("end", [Node.stop, Node.kill])
def test_a_node_that_was_ended_can_be_started_again(node, end):
    first = node._group
    end(node)
    assert gone(first)
    assert not node.running
    node.start()
    assert node.running
    assert node._group != first


def test_a_paused_node_can_be_killed(node):
    node.pause()
    assert node.running
    node.kill()
    assert gone(node._group)


def test_a_node_that_ends_by_itself_is_noticed(lifeline, monkeypatch):
    monkeypatch.setattr(node_module, "server_command", lambda *_: ["/bin/sh", "-c", "echo why; exit 3"])
    node = new_node(lifeline.folder)
    node.start()
    assert soon(lambda: not node.running)
    assert node.last_lines().endswith("why")


def test_a_command_that_is_not_there_is_an_error(lifeline, monkeypatch):
    monkeypatch.setattr(node_module, "server_command", lambda *_: ["/nowhere/java"])
    with pytest.raises(StartError, match="/nowhere/java"):
        new_node(lifeline.folder).start()


def owner(*arguments):
    command = [sys.executable, "-c", OWNER, *arguments]
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)


def test_an_owner_that_is_killed_takes_its_servers_along():
    with owner() as process:
        folder, group = process.stdout.readline().split()
        os.killpg(int(group), 0)
        process.kill()
    assert gone(int(group))
    assert disappears(Path(folder))


def test_a_server_outlives_its_starter_but_not_the_owner(lifeline):
    with owner(str(lifeline.folder)) as starter:
        _, group = starter.stdout.readline().split()
        assert starter.wait() == 0
    os.killpg(int(group), 0)
    lifeline.close()
    assert gone(int(group))


@pytest.mark.skipif(sys.platform != "linux", reason="the system tells children of a death on Linux only")
def test_a_keeper_that_is_killed_takes_the_launcher_along(node):
    keeper = int(Path(f"/proc/{node._group}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(keeper, signal.SIGKILL)
    assert disappears(Path(f"/proc/{node._group}"))
    with suppress(ProcessLookupError):  # Were it Elasticsearch, the child would end by itself.
        os.killpg(node._group, signal.SIGKILL)
