"""Pictures that were searched with, remembered in this process's memory."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from cbir.errors import InvalidRequestError, NotFoundError
from cbir.records import Vector

MAX_BYTES = 256 << 20
"""Of all remembered queries together; those that were not used for longest go first."""
LIFETIME_S = 3600.0
"""Seconds since its last use after which a query is forgotten."""
MAX_DESCRIPTORS = 64
"""Of one query; the oldest go first."""
OVERHEAD = 1024
"""Bytes that an entry counts beside its content."""


@dataclass(slots=True)
class _Entry:
    """A remembered query."""

    data: bytes
    used_at: float
    descriptors: OrderedDict[str, Vector] = field(default_factory=OrderedDict)

    @property
    def bytes(self) -> int:
        kept = sum(one.nbytes + OVERHEAD for one in self.descriptors.values())
        return len(self.data) + OVERHEAD + kept


class LocalQueries:
    """Queries in this process's memory, as `cbir.describing.base.Queries`. Thread-safe."""

    def __init__(
        self,
        max_bytes: int = MAX_BYTES,
        lifetime_s: float = LIFETIME_S,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Remember nothing yet.

        Args:
            max_bytes: of pictures and descriptors together.
            lifetime_s: seconds since its last use after which a query is forgotten.
            clock: tells the time in seconds.
        """
        self._max_bytes, self._lifetime_s, self._clock = max_bytes, lifetime_s, clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        """By token, the one that was not used for longest first."""
        self._bytes = 0
        self._lock = threading.Lock()

    def put(self, data: bytes) -> str:
        """See `Queries.put`.

        Raises:
            InvalidRequestError: the file alone is larger than everything that may be remembered.
        """
        entry = _Entry(data, self._clock())
        if entry.bytes > self._max_bytes:
            raise InvalidRequestError(
                f"The picture has {len(data):,} bytes, too many to be kept for further searches.",
                remedy="Send a smaller one.",
            )
        token = secrets.token_urlsafe(24)
        with self._lock:
            self._entries[token] = entry
            self._bytes += entry.bytes
            self._make_room()
        return token

    def data(self, token: str) -> bytes:
        """See `Queries.data`."""
        with self._lock:
            return self._used(token).data

    def descriptor(self, token: str, key: str) -> Vector | None:
        """See `Queries.descriptor`; read-only."""
        with self._lock:
            return self._used(token).descriptors.get(key)

    def keep(self, token: str, key: str, descriptor: Vector) -> None:
        """See `Queries.keep`."""
        kept = np.array(descriptor, np.float32)
        kept.flags.writeable = False
        with self._lock:
            entry = self._used(token)
            self._bytes -= entry.bytes
            entry.descriptors.pop(key, None)
            entry.descriptors[key] = kept
            while len(entry.descriptors) > MAX_DESCRIPTORS or entry.bytes > self._max_bytes:
                entry.descriptors.popitem(last=False)
            self._bytes += entry.bytes
            self._make_room()

    def expire(self) -> None:
        """Forget what was not used for too long; every call does so too."""
        with self._lock:
            self._expire()

    def _used(self, token: str) -> _Entry:
        """The entry, from now on the one that was used last."""
        self._expire()
        entry = self._entries.get(token)
        if entry is None:
            raise NotFoundError(
                "This query is not known any more.",
                remedy=f"Send the picture again; it is kept for {self._lifetime_s / 60:.0f} minutes after each use.",
            )
        entry.used_at = self._clock()
        self._entries.move_to_end(token)
        return entry

    def _expire(self) -> None:
        oldest = self._clock() - self._lifetime_s
        while self._entries and next(iter(self._entries.values())).used_at <= oldest:
            self._forget_first()

    def _make_room(self) -> None:
        self._expire()
        while self._bytes > self._max_bytes:
            self._forget_first()

    def _forget_first(self) -> None:
        _, entry = self._entries.popitem(last=False)
        self._bytes -= entry.bytes
