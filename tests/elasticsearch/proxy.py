"""A proxy between a client and a node that loses answers: the node did what it was asked, and nobody hears of it."""

from __future__ import annotations

import re
import select
import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

PIECE = 1 << 16


class Proxy:
    """Carries HTTP without TLS, one request at a time on each connection, as clients of Elasticsearch send them."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname, parts.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._listen)]
        self._sockets = [self._listener]
        self._lock = threading.Lock()
        self._wanted = re.compile("")
        self._number: int | None = None
        self._share = 0.0
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.seen: list[str] = []
        """Method and path of the requests that were looked at."""
        self.lost = ""
        """Of these the one whose answer was lost."""

    def lose(self, requests: str, number: int | None = 0, share: float = 0) -> None:
        """Lose one answer from now on.

        Args:
            requests: what is found in method and path of those that are looked at, a regular expression.
            number: which of them is lost; None for none.
            share: how much of the answer arrives.
        """
        with self._lock:
            self._wanted, self._number, self._share = re.compile(requests), number, share
            self.seen, self.lost = [], ""

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in self._sockets:
            with suppress(OSError):  # the other side has closed it
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _listen(self) -> None:
        with suppress(OSError):  # it is shut down
            while True:
                client, _ = self._listener.accept()
                self._sockets.append(client)
                self._threads.append(threading.Thread(target=self._carry, args=(client,)))
                self._threads[-1].start()

    def _carry(self, client: socket.socket) -> None:
        """Carry what either side of a connection sends, until one of them ends it or an answer is lost."""
        with client, suppress(ConnectionError), socket.create_connection(self._target) as server:
            begins, lost = True, False
            while True:
                ready, _, _ = select.select([client, server], [], [])
                source = ready[0]
                piece = source.recv(PIECE)
                if not piece:
                    return
                if source is client:
                    lost = self._is_lost(piece) if begins else lost
                    server.sendall(piece)
                elif lost:
                    client.sendall(piece[: int(len(piece) * self._share)])
                    return
                else:
                    client.sendall(piece)
                begins = source is server

    def _is_lost(self, beginning: bytes) -> bool:
        """Whether the answer to a request that begins so will be lost."""
        request = beginning.split(b" HTTP", 1)[0].decode()
        with self._lock:
            if not self._wanted.search(request):
                return False
            self.seen.append(request)
            if len(self.seen) - 1 != self._number:
                return False
            self.lost = request
            return True
