"""`python -m cbir.kernels` compiles the numba kernels into numba's cache, once, at set-up.

Without it they are compiled at their first use, which takes some seconds and is then cached as well.
"""

from __future__ import annotations

import time

from cbir.extractors import channel_histogram
from cbir.metrics import kernels


def warm() -> None:
    """Compile every kernel that is not in the cache yet."""
    kernels.warm()
    channel_histogram.warm()


if __name__ == "__main__":
    started = time.perf_counter()
    warm()
    print(f"Kernels ready in {time.perf_counter() - started:.1f} s")  # noqa: T201 — a program
