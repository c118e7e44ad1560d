"""Work ahead of the model: files are read and decoded on threads, in order, within a bounded window."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")

WORKERS = max(2, os.cpu_count() or 1)


def work_ahead(
    items: Iterable[Item], work: Callable[[Item], Made], *, window: int, workers: int = WORKERS
) -> Iterator[Made]:
    """``work(item)`` for each item, in order, computed up to ``window`` items ahead of the consumer.

    Memory is bounded by the window: an item is taken from ``items`` only when there is room for its result.
    What ``work`` raises is raised here, at the item's turn. Leaving the iterator early cancels what has not begun.
    """
    pending: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="decode") as pool:
        try:
            for item in items:
                pending.append(pool.submit(work, item))
                if len(pending) >= window:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Lists of ``size`` items, the last one shorter."""
    batch: list[Item] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
