"""Compiled inner loops (numba) for several queries at once: transforms of rows, and sums by tiles.

A tile is 2 queries and 4 rows. Its eight sums share the loads of six vectors and stay in registers: the arithmetic
of a matrix product at the speed of one, and the same for sums that no matrix product gives. (BLAS was no faster, and
brings threads of its own that get in the way of the caller's.) As with `kernels`, each function releases the
interpreter lock and uses one thread.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import extending  # not `from numba.extending`: that would not wait for a thread that is loading numba

from cbir.metrics.base import Float64
from cbir.metrics.kernels import ZERO, chi2_term, compiled, log2, relative_scale
from cbir.metrics.prefetching import CHUNK, prefetch
from cbir.records import Matrix

Term = Callable[[np.float32, np.float32], np.float32]
Sums = Callable[[Matrix, Matrix, Float64], None]


@compiled
def unit(rows: Matrix, out: Matrix) -> None:
    """b/‖b‖; zeros for a row of zeros."""
    for r in range(len(rows)):
        row = rows[r]
        squares = 0.0
        for i in range(row.size):
            squares += np.float64(row[i]) * np.float64(row[i])
        scale = 1 / np.sqrt(squares) if squares > 0 else 0.0
        for start in range(0, row.size, CHUNK):
            prefetch(rows, (r + 1) * row.size + start)
            a, b = row[start : start + CHUNK], out[r, start : start + CHUNK]
            for i in range(a.size):
                b[i] = np.float64(a[i]) * scale


@compiled
def roots(rows: Matrix, out: Matrix) -> None:
    """sqrt(b/Σb); zeros for a row of zeros."""
    for r in range(len(rows)):
        row = rows[r]
        mass = 0.0
        for i in range(row.size):
            mass += np.float64(row[i])
        scale = 1 / np.sqrt(mass) if mass > 0 else 0.0
        for start in range(0, row.size, CHUNK):
            prefetch(rows, (r + 1) * row.size + start)
            a, b = row[start : start + CHUNK], out[r, start : start + CHUNK]
            for i in range(a.size):
                b[i] = np.float64(np.sqrt(a[i])) * scale


@compiled
def logs(own: float, uniform: float, rows: Matrix, out: Matrix) -> None:
    """log2(D·B'); zeros for a row of zeros, infinities where float32 cannot follow."""
    floor = np.float32(uniform)
    for r in range(len(rows)):
        row = rows[r]
        scale = np.float32(relative_scale(row, own))
        for start in range(0, row.size, CHUNK):
            prefetch(rows, (r + 1) * row.size + start)
            a, b = row[start : start + CHUNK], out[r, start : start + CHUNK]
            for i in range(a.size):
                b[i] = log2(scale * a[i] + floor) if 0 < scale < np.inf else scale


@extending.register_jitable
def _product(a: np.float32, b: np.float32) -> np.float32:
    return a * b


@extending.register_jitable
def _square(a: np.float32, b: np.float32) -> np.float32:
    difference = a - b
    return difference * difference


@extending.register_jitable
def _chi2_term(a: np.float32, b: np.float32) -> np.float32:
    return chi2_term(a, b)


@extending.register_jitable
def _minimum(a: np.float32, b: np.float32) -> np.float32:
    return min(a, b)


def _sums_of(term: Term) -> Sums:
    """The function that writes Σ term(a, b) of queries (Q, D) and rows (n, D) to ``out`` (Q, n).

    Where Q or n is not a multiple of the tile, the last query or row fills it up, and is written over with itself.
    """

    def tiles(queries: Matrix, rows: Matrix, out: Float64) -> None:
        last_query, last_row = len(queries) - 1, len(rows) - 1
        out[:] = 0
        for r0 in range(0, len(rows), 4):
            r1, r2, r3 = min(r0 + 1, last_row), min(r0 + 2, last_row), min(r0 + 3, last_row)
            for start in range(0, rows.shape[1], CHUNK):
                end = start + CHUNK
                b0, b1, b2, b3 = rows[r0][start:end], rows[r1][start:end], rows[r2][start:end], rows[r3][start:end]
                for p in range(0, len(queries), 2):
                    q = min(p + 1, last_query)
                    a, c = queries[p][start:end], queries[q][start:end]
                    a0 = a1 = a2 = a3 = c0 = c1 = c2 = c3 = ZERO
                    for i in range(a.size):
                        a0 += term(a[i], b0[i])
                        a1 += term(a[i], b1[i])
                        a2 += term(a[i], b2[i])
                        a3 += term(a[i], b3[i])
                        c0 += term(c[i], b0[i])
                        c1 += term(c[i], b1[i])
                        c2 += term(c[i], b2[i])
                        c3 += term(c[i], b3[i])
                    # Read all, then write all: what fills the tile up is written twice, with the same value.
                    o0, o1, o2, o3 = out[p, r0], out[p, r1], out[p, r2], out[p, r3]
                    x0, x1, x2, x3 = out[q, r0], out[q, r1], out[q, r2], out[q, r3]
                    out[q, r3], out[q, r2], out[q, r1], out[q, r0] = x3 + c3, x2 + c2, x1 + c1, x0 + c0
                    out[p, r3], out[p, r2], out[p, r1], out[p, r0] = o3 + a3, o2 + a2, o1 + a1, o0 + a0

    return compiled(tiles)


dots = _sums_of(_product)
"""Σ ab"""
squares = _sums_of(_square)
"""Σ (a−b)²"""
chi2_sums = _sums_of(_chi2_term)
"""Σ 2(a−b)²/(a+b)"""
minima = _sums_of(_minimum)
"""Σ min(a, b)"""
