"""Compiled inner loops (numba): one query against a block of rows of float32.

`tiles` has those for several queries.

**How they are made fast.** A search that compares with every descriptor reads the whole gallery, so no loop can beat
the memory; these aim at keeping up with it. They work on the stored rows as they are, in one pass, with the metric's
transforms fused in. LLVM turns each inner loop into the widest vector instructions of the processor that it runs on,
which needs the licence to reorder sums (`reassoc`) and to fuse a product into a sum (`contract`), and nothing else of
"fast math": infinities and NaN keep their meaning.

**How they stay exact.** Sums over dimensions run in float64, or in float32 over at most 512 terms and in float64
from there on; so the error bounds (stated at each metric) hold for every order of summation and do not grow with D.
A row that float32 cannot follow gets a key that is not finite, never a wrong one.

**How they run.** Each releases the interpreter lock and uses one thread; `parallel.scan_rows` runs blocks side by
side. (Numba's own threads are not used: its portable threading layer may not be entered from two threads at once.)

**How they are compiled.** On first use, which takes seconds, into numba's cache: beside this file where that can be
written, else in the user's cache folder (`NUMBA_CACHE_DIR` names another), else for this process alone.
`python -m cbir.metrics.kernels` compiles them all, as a step of setting up. (Numba compiles a function anew when its
own file changes; after a change here, those of `tiles` that call it are stale until that file is touched too.)
Importing this module imports numba.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numba
import numpy as np

from cbir.metrics.prefetching import CHUNK, prefetch
from cbir.records import Matrix, Vector

P = ParamSpec("P")
R = TypeVar("R")

GROUP = 1 << 15
"""Numbers in a group of rows that is gone through twice while it stays in the second-level cache (128 KB)."""
AHEAD = 1 << 12
"""How far ahead rows are asked for, in numbers (16 KB)."""
LONG = 1 << 10
"""Rows of this many numbers, with the query, fill the first-level cache."""
FAST = {"reassoc", "contract", "nsz"}


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function compiled, and cached where some folder can be written."""
    try:
        return numba.njit(nogil=True, error_model="numpy", fastmath=FAST, cache=True)(function)
    except RuntimeError:  # numba found no folder for its cache
        return numba.njit(nogil=True, error_model="numpy", fastmath=FAST)(function)


def in_order(function: Callable[P, R]) -> Callable[P, R]:
    """A part of compiled functions whose own operations are done as they are written, in a caller that reorders."""
    return numba.njit(error_model="numpy", fastmath={"contract"})(function)


ZERO, HALF = np.float32(0), np.float32(0.5)
SMALLEST_NORMAL = np.float32(2.0**-126)


# -- one query -------------------------------------------------------------------------------------------------
# Rows are worked on by chunks. Each time, the chunk some way ahead is asked for, so that the memory works
# while the processor does (`prefetch`). Rows of fewer than `LONG` numbers come fast enough by themselves.


@compiled
def euclidean(query: Vector, block: Matrix, keys: Vector) -> None:
    """sqrt(Σ(a−b)²)."""
    for r in range(len(block)):
        squares = 0.0
        for start in range(0, query.size, CHUNK):
            a, b = query[start : start + CHUNK], block[r, start : start + CHUNK]
            if query.size >= LONG:
                prefetch(block, r * query.size + start + AHEAD)
            for i in range(a.size):
                difference = np.float64(a[i] - b[i])
                squares += difference * difference
        keys[r] = np.sqrt(squares)


@compiled
def cosine(query: Vector, norm: float, block: Matrix, keys: Vector) -> None:
    """−Σab / (‖a‖‖b‖) for a query that is not zero; 0 for a row of zeros."""
    for r in range(len(block)):
        product = squares = 0.0
        for start in range(0, query.size, CHUNK):
            a, b = query[start : start + CHUNK], block[r, start : start + CHUNK]
            if query.size >= LONG:
                prefetch(block, r * query.size + start + AHEAD)
            for i in range(a.size):
                value = np.float64(b[i])
                product += np.float64(a[i]) * value
                squares += value * value
        keys[r] = -product / (norm * np.sqrt(squares)) if squares > 0 else 0.0


@in_order
def chi2_term(a: np.float32, b: np.float32) -> np.float32:
    """2(a−b)²/(a+b), 0 where a = b = 0.

    Taken as (a−b) · ((a−b) / ½(a+b)), in which neither a square nor a sum can leave float32's range.
    """
    difference = a - b
    return difference * (difference / max(HALF * a + HALF * b, SMALLEST_NORMAL))


@compiled
def chi2(query: Vector, block: Matrix, keys: Vector) -> None:
    """½ Σ (a−b)²/(a+b)."""
    for r in range(len(block)):
        total = 0.0
        for start in range(0, query.size, CHUNK):
            a, b = query[start : start + CHUNK], block[r, start : start + CHUNK]
            if query.size >= LONG:
                prefetch(block, r * query.size + start + AHEAD)
            for i in range(a.size):
                total += np.float64(chi2_term(a[i], b[i]))
        keys[r] = 0.25 * total


@compiled
def intersection(query: Vector, mass: float, block: Matrix, keys: Vector) -> None:
    """−Σ min(a, b) / Σa for a query that is not zero."""
    for r in range(len(block)):
        total = 0.0
        for start in range(0, query.size, CHUNK):
            a, b = query[start : start + CHUNK], block[r, start : start + CHUNK]
            if query.size >= LONG:
                prefetch(block, r * query.size + start + AHEAD)
            for i in range(a.size):
                total += np.float64(min(a[i], b[i]))
        keys[r] = -total / mass


@compiled
def bhattacharyya(roots: Vector, smallest: float, block: Matrix, keys: Vector) -> None:
    """−max(Σ sqrt(ab) / sqrt(Σa·Σb), smallest) from ``roots`` sqrt(a/Σa)."""
    for r in range(len(block)):
        product = mass = 0.0
        for start in range(0, roots.size, CHUNK):
            a, b = roots[start : start + CHUNK], block[r, start : start + CHUNK]
            if roots.size >= LONG:
                prefetch(block, r * roots.size + start + AHEAD)
            for i in range(a.size):
                product += np.float64(a[i] * np.sqrt(b[i]))
                mass += np.float64(b[i])
        keys[r] = -max(product / np.sqrt(mass), smallest) if mass > 0 else -smallest


# -- kl ------------------------------------------------------------------------------------------------------

LN2 = float(np.log(2))
LOG2_ERROR = 3e-5
"""Bound on the error of `log2` from 2⁻⁴ to 2²⁰; over all floats there, the largest measured is 1.9e-5."""
C0, C1, C2, C3, C4, C5 = (
    np.float32(c) for c in (-1.78792621, 4.04785541, -3.48987855, 1.58947429, -0.40251339, 0.04300496)
)
BITS_OF_ONE, MANTISSA, STEP = np.int32(0x3F800000), np.int32(0x007FFFFF), np.float32(2.0**-23)


@in_order
def log2(x: np.float32) -> np.float32:
    """Logarithm to base 2 of a normal number.

    With x = m·2ᵉ, 1 <= m < 2, the bits of x less those of 1, read as an integer, are 2²³·(e + m − 1). That is the
    logarithm but for log2(m) − m + 1, which a polynomial of degree 5 gives (Chebyshev interpolation on [1, 2]).
    """
    bits = np.float32(x).view(np.int32)
    line = np.float32(np.int32(bits - BITS_OF_ONE)) * STEP
    m = np.int32(np.int32(bits & MANTISSA) | BITS_OF_ONE).view(np.float32)
    return line + (((((C5 * m + C4) * m + C3) * m + C2) * m + C1) * m + C0)


SMALLEST_SCALE, LARGEST_SCALE = 2.0**-100, 2.0**100


@compiled
def relative_scale(row: Vector, own: float) -> float:
    """0.9·D/Σb, so that D·B' = scale·b + 0.1; 0 for a row of zeros, infinity where float32 cannot follow."""
    mass = 0.0
    for start in range(0, row.size, CHUNK):
        chunk = row[start : start + CHUNK]
        part = ZERO
        for i in range(chunk.size):
            part += chunk[i]
        mass += np.float64(part)
    if mass == 0:
        return 0.0
    scale = own * row.size / mass
    return scale if SMALLEST_SCALE <= scale <= LARGEST_SCALE else np.inf


@compiled
def kl(weights: Vector, own: float, uniform: float, block: Matrix, keys: Vector) -> None:
    """−Σ A' ln(D·B') from ``weights`` A'; ``own`` 0.9 and ``uniform`` 0.1 are the parts of B'.

    The rows' sums must come first. They are taken for a group of rows at once, so that the processor need not wait
    for each sum before it goes on with that row's logarithms, during which the next group is asked for.
    """
    dims = weights.size
    group = max(1, GROUP // max(1, dims))
    scales = np.empty(group, np.float32)
    floor = np.float32(uniform)
    for start in range(0, len(block), group):
        rows = block[start : start + group]
        for r in range(len(rows)):
            scales[r] = relative_scale(rows[r], own)
        for r in range(len(rows)):
            scale = scales[r]
            total = 0.0
            for begin in range(0, dims, CHUNK):
                a, b = weights[begin : begin + CHUNK], rows[r, begin : begin + CHUNK]
                prefetch(rows, (r + group) * dims + begin)
                part = ZERO
                for i in range(a.size):
                    part += a[i] * log2(scale * b[i] + floor)
                total += np.float64(part)
            keys[start + r] = -LN2 * total if 0 < scale < np.inf else scale


def warm() -> None:
    """Compile every metric's kernels, or find them in the cache."""
    from cbir.metrics import METRICS

    rows = np.ones((4, 8), np.float32)
    for metric in METRICS:
        metric.scan(rows[0])(rows, np.empty(4, np.float32))
        metric.scan_many(rows)(rows, np.empty((4, 4), np.float32))


if __name__ == "__main__":
    warm()
