"""What was written through this process and no search sees yet: a server shows changes after a refresh."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress

from cbir.engines.elasticsearch.connection import Cluster
from cbir.errors import AccessRefusedError

REMEMBERED_PATHS = 100_000
"""Beyond this many, the index is refreshed and they are forgotten."""


class Unrefreshed:
    """The changes of one collection since its last refresh; may be used from several threads."""

    def __init__(self, cluster: Cluster, collection: str) -> None:
        self._cluster = cluster
        self._collection = collection
        self._written = False
        self._owners: dict[str, set[str]] = {}
        self._lock = threading.Lock()

    def mark_written(self, owners: Mapping[str, str]) -> None:
        """Note that something was written, and which image owns a path since."""
        with self._lock:
            self._written = True
            for path, image in owners.items():
                self._owners.setdefault(path, set()).add(image)
            full = len(self._owners) > REMEMBERED_PATHS
        if full:
            self.refresh_if_written()

    def owners(self, paths: Iterable[str]) -> set[str]:
        """Images that may own one of these paths although no search finds them by it."""
        with self._lock:
            return {image for path in paths for image in self._owners.get(path, ())}

    def refresh_if_written(self) -> None:
        """Let searches see what was written; with a key that may not refresh, they see it a moment later."""
        with self._lock:
            if not self._written:
                return
            with suppress(AccessRefusedError):
                self._refresh()
            self._written = False
            self._owners.clear()

    def refresh(self) -> None:
        """Let searches see what anybody wrote."""
        with self._lock:
            self._refresh()

    def _refresh(self) -> None:
        with self._cluster.answers(f"the collection '{self._collection}'"):
            self._cluster.client.indices.refresh(index=self._cluster.names.alias(self._collection))
