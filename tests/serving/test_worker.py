"""Clients that stall, each against a web process with a single thread."""

import socket
import sys
from contextlib import closing

import pytest

from tests.serving.conftest import free_port
from tests.serving.processes import Program, until
from tests.serving.test_server import ask


@pytest.fixture
def port(started):
    number = free_port()
    command = ["gunicorn", "--config", "python:tests.serving.patient"]
    program = started(Program([sys.executable, "-m", *command, "--threads", "1", "--bind", f"127.0.0.1:{number}"]))
    until(lambda: "Booting worker" in program.text, lambda: program.text)
    yield number
    assert "Traceback" not in program.text


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nHost: loc",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nabc",
        b"GET /?100000000 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
    ids=["in a header", "in a body", "in a chunk", "while it reads"],
)
def test_a_client_that_stalls_loses_its_thread(port, sent):
    with closing(socket.create_connection(("127.0.0.1", port))) as stalled:
        stalled.sendall(sent)
        assert ask(port, "POST", "/", b"four")[2] == b"4"
