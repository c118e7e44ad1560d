"""Passes for requests that arrive at the same time, run together on one thread."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from cbir.describing.extractions import Loaded
from cbir.records import Matrix, Vector


@dataclass(slots=True)
class _Batch:
    """Requests of one extractor that will run together."""

    loaded: Loaded
    prepared: list[Any] = field(default_factory=list)
    result: Future[Matrix] = field(default_factory=Future)
    """A row for each of them; or what the pass raised, for all of them."""


class Batches:
    """One pass at a time. Requests that arrive while it runs wait in a batch for each extractor, and the batches run
    in the order in which they were begun. Where nothing runs, a request starts at once, alone. Thread-safe.
    """

    def __init__(self, size: int) -> None:
        """Batches of at most ``size`` requests."""
        self._size = size
        self._waiting: dict[Loaded, _Batch] = {}
        self._lock = threading.Lock()
        self._runner = ThreadPoolExecutor(1, thread_name_prefix="passes")

    def run(self, loaded: Loaded, prepared: Any) -> Vector:
        """The descriptor (D,) of one prepared image; waits for it. Raises what the pass raises."""
        with self._lock:
            batch = self._waiting.get(loaded)
            if batch is None or len(batch.prepared) == self._size:
                batch = self._waiting[loaded] = _Batch(loaded)
                batch.result = self._runner.submit(self._pass, batch)
            row = len(batch.prepared)
            batch.prepared.append(prepared)
        vector: Vector = batch.result.result()[row]
        return vector

    def close(self) -> None:
        """Take no more requests; those that wait are run."""
        self._runner.shutdown()

    def _pass(self, batch: _Batch) -> Matrix:
        with self._lock:
            if self._waiting.get(batch.loaded) is batch:
                del self._waiting[batch.loaded]
        return batch.loaded.extraction.run(batch.prepared)[batch.loaded.extractor.name]
