"""Loopback ports that stay free for servers which are yet to be started, or started again."""

from __future__ import annotations

import random
import socket
import sys
from collections.abc import Iterator

RANGE = range(20_000, 32_000)
"""Below the ports that systems give to outgoing connections, which could take one while its server is down."""


class Ports:
    """Free ports, held until they are given up.

    On Linux a server may listen on a port that another socket is bound to, if both ask for it (SO_REUSEADDR, which
    Elasticsearch does) and the other does not listen. Whoever else looks for a free port finds it taken. Elsewhere
    that is not allowed, and the ports are only picked, not held.
    """

    def __init__(self, count: int) -> None:
        self._sockets = list(_bound(count))
        self.numbers = [holder.getsockname()[1] for holder in self._sockets]
        if sys.platform != "linux":
            self.give_up()

    def give_up(self) -> None:
        for holder in self._sockets:
            holder.close()


def _bound(count: int) -> Iterator[socket.socket]:
    # The system's own generator: tests seed the other one.
    candidates = iter(random.SystemRandom().sample(RANGE, len(RANGE)))
    for _ in range(count):
        yield next(holder for port in candidates if (holder := _bind(port)))


def _bind(port: int) -> socket.socket | None:
    holder = socket.socket()
    try:
        holder.bind(("127.0.0.1", port))
    except OSError:
        holder.close()
        return None
    # Only now: whoever binds without it fails where there is another holder.
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return holder
