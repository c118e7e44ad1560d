"""Run a scan over whole matrices, in blocks, on several threads."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cbir.metrics.base import Scan, ScanMany, row_slices
from cbir.records import Matrix

BLOCK_ELEMENTS = 1 << 18
"""Numbers in a block (1 MB): large beside the cost of a call, small beside a thread's share of a gallery."""


def scan_rows(
    scan: Scan | ScanMany, matrices: Sequence[Matrix], keys: NDArray[np.float32], *, threads: int | None = None
) -> None:
    """Write the key of every row of ``matrices`` to ``keys``.

    Args:
        scan: a metric's `scan` or `scan_many`.
        matrices: C-contiguous float32 (n_i, D), taken as if they stood one below the other; N rows in all.
        keys: (N,) for a `Scan`, (Q, N) for a `ScanMany`.
        threads: at most how many work on it, the calling one among them; by default one a processor core.
    """
    tasks = _tasks(matrices, keys)
    workers = min(threads or available_cores(), len(tasks) // 2)
    remaining, lock = iter(tasks), threading.Lock()

    def work() -> None:
        while True:
            with lock:
                task = next(remaining, None)
            if task is None:
                return
            scan(*task)

    if workers <= 1:
        work()
        return
    with ThreadPoolExecutor(workers - 1) as pool:
        helpers = [pool.submit(work) for _ in range(workers - 1)]
        work()
        for helper in helpers:
            helper.result()


def available_cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _tasks(matrices: Sequence[Matrix], keys: NDArray[np.float32]) -> list[tuple[Any, Any]]:
    tasks = []
    start = 0
    for matrix in matrices:
        own = keys[..., start : start + len(matrix)]
        start += len(matrix)
        tasks += [(matrix[rows], own[..., rows]) for rows in row_slices(*matrix.shape, elements=BLOCK_ELEMENTS)]
    return tasks
