"""Connections to the process that computes descriptors, kept for the next question."""

from __future__ import annotations

import os
import select
import socket
import threading
import time
import weakref
from pathlib import Path

from cbir.describing import failures, wire
from cbir.describing.place import socket_path
from cbir.describing.wire import BrokenMessageError, Message
from cbir.errors import UnavailableError

MAX_IDLE = 8
"""Connections that are kept open while nobody asks; more are opened when more threads ask at the same time."""
CONNECT_S = 5.0
"""Seconds until a process that accepts no connection, or greets nobody, counts as away."""
ANSWER_S = 180.0
"""Seconds that an answer may take: the first one waits until TensorFlow is loaded, on a machine that is busy."""


class Connections:
    """Asks, and waits for the answer. Thread-safe; nothing is opened before the first question."""

    def __init__(self, data_dir: Path, *, answer_s: float = ANSWER_S) -> None:
        """Remember which process is meant: that of the data folder ``data_dir``."""
        self._data_dir = data_dir
        self._answer_s = answer_s
        self._idle: list[socket.socket] = []
        self._owner = os.getpid()
        self._lock = threading.Lock()
        weakref.finalize(self, _close, self._idle)

    def ask(self, question: Message, *, wait_s: float | None = None) -> Message:
        """The answer.

        Raises:
            UnavailableError: the process is away, was lost before it answered, or does not answer in time.
            CbirError: what the process raised, as its class.
        """
        stream = self._take() or self._open()
        answer = None
        try:
            wire.send(stream, question)
            answer = wire.receive(stream, wait_s=wait_s or self._answer_s)
        except TimeoutError:
            raise failures.away("does not answer in time") from None
        except (OSError, BrokenMessageError):
            raise _lost() from None
        finally:
            if answer is None:  # it may still come, and would be taken for that of the next question
                stream.close()
        if answer is None:
            raise _lost()
        self._keep(stream)
        if "error" in answer.body:
            raise failures.from_json(answer.body["error"])
        return answer

    def greet(self) -> bool:
        """Whether the process is there and answers."""
        try:
            self.ask(Message({"ask": "greet"}), wait_s=CONNECT_S)
        except UnavailableError:
            return False
        return True

    def close(self) -> None:
        """Close what is idle."""
        with self._lock:
            _close(self._idle)

    def _take(self) -> socket.socket | None:
        """A connection that was kept and is still good: one on which something waits was closed by the other side."""
        with self._lock:
            if self._owner != os.getpid():  # after a fork they are the parent's, for whom they stay open
                _close(self._idle)
                self._owner = os.getpid()
            while self._idle:
                stream = self._idle.pop()
                if not _readable(stream):
                    return stream
                stream.close()
        return None

    def _keep(self, stream: socket.socket) -> None:
        with self._lock:
            if len(self._idle) < MAX_IDLE:
                self._idle.append(stream)
                return
        stream.close()

    def _open(self) -> socket.socket:
        deadline = time.monotonic() + CONNECT_S
        while True:
            stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                stream.settimeout(CONNECT_S)
                stream.connect(os.fspath(socket_path(self._data_dir)))
            except BlockingIOError:  # more connect than it has taken up yet
                stream.close()
                if time.monotonic() > deadline:
                    raise failures.away("takes up no more connections") from None
                time.sleep(0.01)
            except OSError:
                stream.close()
                raise failures.away("is not running") from None
            else:
                return stream


def _lost() -> UnavailableError:
    return failures.away("was lost before it answered")


def _close(streams: list[socket.socket]) -> None:
    while streams:
        streams.pop().close()


def _readable(stream: socket.socket) -> bool:
    poll = select.poll()  # `select.select` knows only the first 1,024 open files
    poll.register(stream, select.POLLIN)
    return bool(poll.poll(0))
