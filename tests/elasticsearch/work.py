"""Indexing and searching that go on beside a test, and know what they have to find."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import count, cycle
from types import TracebackType
from typing import Self

import numpy as np

from cbir.engines.base import Engine, SearchRequest, StoredCollection
from cbir.records import Identity, ImageEntry
from tests.contract.model import Model, assert_same_ranking
from tests.contract.oracle import FORMULAS
from tests.contract.samples import dense, entry

WIDE = Identity("dense", 1, 64, non_negative=True)
BATCH = 25
SEARCHED = 300
PAUSE = 0.1
"""Seconds between two steps, so that nodes which start have the machine too."""
LIMIT = 600.0
"""Seconds for what takes a few on a machine that is idle."""


class Repeated:
    """A step that a thread repeats until the block ends; an exception ends it at once, and is raised in the block."""

    def __init__(self, step: Callable[[], object]) -> None:
        self._step = step
        self._done = 0
        self._failure: BaseException | None = None
        self._ending = threading.Event()
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run)

    def wait_for(self, steps: int) -> None:
        """Wait until so many further steps were done, from beginning to end."""
        with self._changed:
            wanted = self._done + 1 + steps
            reached = self._changed.wait_for(lambda: self._done >= wanted or self._failure, LIMIT)
        if self._failure:
            raise self._failure
        assert reached, f"{self._done} steps, {wanted} were waited for"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join()
        if error is None and self._failure:
            raise self._failure

    def _run(self) -> None:
        while not self._ending.wait(PAUSE) and self._failure is None:
            failure: BaseException | None = None
            try:
                self._step()
            except BaseException as error:  # noqa: BLE001 - raised where the test waits
                failure = error
            with self._changed:
                self._done += 1
                self._failure = failure
                self._changed.notify_all()


class Indexing:
    """Batches of new images, and what has to be there since they were acknowledged."""

    def __init__(self, collection: StoredCollection) -> None:
        self.collection = collection
        self.acknowledged: list[ImageEntry] = []
        self._rng = np.random.default_rng(8)
        self._numbers = count()

    def step(self) -> None:
        """Store a batch."""
        self.upsert(self.batch())

    def batch(self) -> list[ImageEntry]:
        """New images."""
        return [entry(self._rng, next(self._numbers), [WIDE]) for _ in range(BATCH)]

    def upsert(self, batch: list[ImageEntry]) -> None:
        """Store these, and note them if that succeeds."""
        self.collection.upsert(batch)
        self.acknowledged += batch

    def verify(self) -> None:
        """All is there bit for bit, nothing else is, and to index it again finds nothing to do."""
        given = [one.record for one in self.acknowledged]
        ids = [record.id for record in given]
        assert self.collection.count() == len(ids)
        assert [replace(found, added_at=None) for found in self.collection.get(ids)] == given
        expected = np.stack([one.descriptors[WIDE.name] for one in self.acknowledged])
        assert self.collection.vectors(WIDE.name, ids).tobytes() == expected.tobytes()
        assert not any(result.done for result in self.collection.upsert(self.acknowledged))


class Searching:
    """Searches by every metric, compared with the formulas."""

    def __init__(self, engine: Engine) -> None:
        rng = np.random.default_rng(9)
        images = [entry(rng, number, [WIDE]) for number in range(SEARCHED)]
        engine.create("searched", [WIDE])
        with engine.open("searched", write=True) as opened:
            opened.upsert(images)
        self.collection = engine.open("searched")
        self._model = _RememberingModel([WIDE.name])
        self._model.upsert(images)
        self._queries = np.stack([dense(rng, WIDE.dims) for _ in range(2)])
        self._turns = cycle([(metric, k) for k in (7, 2 * SEARCHED) for metric in FORMULAS])

    def step(self) -> None:
        """Search by the next metric."""
        self.search(*next(self._turns))
        assert self.collection.count() == SEARCHED

    def search(self, metric: str, k: int = 7) -> None:
        """Search for the ``k`` best."""
        request = SearchRequest(WIDE.name, metric, k=k)
        found = self.collection.search(request, self._queries)
        for ranking, query in zip(found, self._queries, strict=True):
            assert_same_ranking(ranking, self._model, request, query)


class _RememberingModel(Model):
    """Works out each ranking once."""

    def __init__(self, extractors: list[str]) -> None:
        super().__init__(extractors)
        self._known: dict[tuple[SearchRequest, bytes], list[tuple[str, float]]] = {}

    def ranking(self, request: SearchRequest, query) -> list[tuple[str, float]]:
        key = (request, query.tobytes())
        if key not in self._known:
            self._known[key] = super().ranking(request, query)
        return self._known[key]
