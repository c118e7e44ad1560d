"""The one process of a data folder that computes the descriptors of queries, for everybody who asks."""

from __future__ import annotations

import logging
import select
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from cbir.describing import place, wire
from cbir.describing.answers import Answers
from cbir.describing.batches import Batches
from cbir.describing.extractions import Extractions
from cbir.describing.local import LocalQueries
from cbir.describing.wire import BrokenMessageError
from cbir.disk.lock import FileLock
from cbir.errors import AlreadyExistsError, WriterBusyError
from cbir.settings import Settings
from cbir.weights.base import Weights
from cbir.weights.store import WeightStore

MAX_CONNECTIONS = 256
"""Further ones are closed at once."""
GRACE_S = 20.0
"""Seconds that questions under way get to be answered when the process is told to end."""
HOUSEKEEPING_S = 30.0

_log = logging.getLogger(__name__)


def serve(settings: Settings) -> None:
    """Answer until SIGTERM or SIGINT. Call it on the main thread. Raises as `DescribingServer.run`."""
    server = DescribingServer(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: server.stop())
    server.run()


class DescribingServer:
    """Listens on the socket of a data folder, with a thread for each connection."""

    def __init__(
        self, settings: Settings, *, weights: Weights | None = None, queries: LocalQueries | None = None
    ) -> None:
        """Nothing is opened or loaded before `run`.

        Args:
            settings: the data folder, the folder of weights, and `batch_size`, the most requests of one pass.
            weights: in place of the store that the settings name.
            queries: where pictures that were searched with are remembered.
        """
        self._settings = settings
        self._weights = weights or WeightStore(settings.weights_dir, offline=settings.offline, announce=_log.warning)
        self._queries = queries or LocalQueries()
        self._threads: set[threading.Thread] = set()
        self._told = False
        self._end: socket.socket | None = None
        """Closed when the process is to end, which whoever watches the other side of the pair sees."""

    def run(self) -> None:
        """Answer until `stop`.

        Raises:
            AlreadyExistsError: another process does so for this data folder.
            StorageError: the data folder cannot be used.
        """
        data_dir = self._settings.data_dir
        ended, self._end = socket.socketpair()
        with closing(ended), closing(self._end), _only_one(data_dir):
            if self._told:
                self._end.close()
            with closing(Batches(self._settings.batch_size)) as batches:
                answers = Answers(Extractions(self._weights), batches, self._queries)
                with _listening(data_dir) as listener:
                    _log.info("Describing queries of %s", data_dir)
                    self._accept(listener, ended, answers)
                self._wait_for_answers()

    def stop(self) -> None:
        """End `run` as soon as questions under way are answered. Safe in a signal handler, and more than once."""
        self._told = True
        if self._end:
            self._end.close()

    def _accept(self, listener: socket.socket, ended: socket.socket, answers: Answers) -> None:
        listener.setblocking(False)
        while not _ends_first(ended, listener, wait_s=HOUSEKEEPING_S):
            self._queries.expire()
            self._threads = {thread for thread in self._threads if thread.is_alive()}
            try:
                stream, _ = listener.accept()
            except BlockingIOError:
                continue
            except OSError as error:  # too many open files, say: what is open goes on
                _log.warning("A connection was not taken: %s", error)
                time.sleep(0.1)
                continue
            if len(self._threads) >= MAX_CONNECTIONS:
                stream.close()
                continue
            thread = threading.Thread(target=_converse, args=(stream, ended, answers), daemon=True)
            self._threads.add(thread)
            thread.start()

    def _wait_for_answers(self) -> None:
        deadline = time.monotonic() + GRACE_S
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))


def _converse(stream: socket.socket, ended: socket.socket, answers: Answers) -> None:
    """Answer one connection's questions, one after the other."""
    with closing(stream):
        try:
            while not _ends_first(ended, stream):
                question = wire.receive(stream, wait_s=wire.PATIENCE_S)
                if question is None:
                    return
                wire.send(stream, answers.to(question))
        except (OSError, BrokenMessageError, MemoryError) as error:
            _log.info("A connection was closed: %s", error)


def _ends_first(ended: socket.socket, stream: socket.socket, wait_s: float | None = None) -> bool:
    """Wait until something arrives on ``stream``, or for ``wait_s``; True where the process is to end instead."""
    poll = select.poll()
    poll.register(stream, select.POLLIN)
    poll.register(ended, select.POLLIN)
    ready = poll.poll(None if wait_s is None else 1000 * wait_s)
    return any(descriptor == ended.fileno() for descriptor, _ in ready)


@contextmanager
def _listening(data_dir: Path) -> Iterator[socket.socket]:
    """The socket, taken away at the end."""
    with closing(place.listen(data_dir)) as listener:
        try:
            yield listener
        finally:
            place.clear(data_dir)


@contextmanager
def _only_one(data_dir: Path) -> Iterator[None]:
    """Hold the lock of the data folder's describer."""
    place.make_run_folder(data_dir)
    try:
        lock = FileLock(place.lock_path(data_dir), "the describer's socket", place.REMEDIES)
    except WriterBusyError:
        raise AlreadyExistsError(
            f"Another process ({_holder(data_dir)}) computes descriptors for {data_dir} already.",
            remedy="Stop it first, or leave it to its work: everybody who asks finds it.",
        ) from None
    with closing(lock):
        yield


def _holder(data_dir: Path) -> str:
    return place.lock_path(data_dir).read_text("utf-8", "replace").strip()
