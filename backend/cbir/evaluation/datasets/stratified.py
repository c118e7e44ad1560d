"""Queries drawn so that the labels keep their shares.

The method, for a sample of n out of N labelled items:

1. The items are put in the order of the SHA-256 of `SEED NAME`; the first n are the sample. (A hash, and no random
   generator, so that the draw is the same everywhere and at all times, and can be repeated with any tool.)
2. The deviation of a sample is Σ (q(l) − n·c(l)/N)² over all labels l, where q(l) of the sample and c(l) of all items
   have the label. While an exchange of one item of the sample for one outside it makes the deviation smaller, the
   exchange that makes it smallest is made. Items with the same set of labels are alike to the deviation: of those in
   the sample the last in the order of step 1 goes, of those outside the first comes. Between equal exchanges the
   sets of labels decide, as they stand in the order of their sorted labels.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Int64 = NDArray[np.int64]


def stratified_sample(labels: Mapping[str, frozenset[str]], size: int, seed: int) -> list[str]:
    """``size`` of the items, in the order in which they were drawn.

    Args:
        labels: by the items' names.
        size: at most as many as there are items.
        seed: another one gives another sample.
    """
    order = sorted(
        labels, key=lambda name: hashlib.sha256(f"{seed} {name}".encode(errors="surrogateescape")).digest()
    )
    kinds, vectors = _kinds([labels[name] for name in order])
    inside = np.arange(len(order)) < size
    while exchange := _best_exchange(vectors, kinds, inside):
        out, come = exchange
        inside[np.flatnonzero(inside & (kinds == out))[-1]] = False
        inside[np.flatnonzero(~inside & (kinds == come))[0]] = True
    return [name for name, chosen in zip(order, inside.tolist(), strict=True) if chosen]


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="surrogateescape")).digest()


def _kinds(labels: Sequence[frozenset[str]]) -> tuple[Int64, Int64]:
    """Which set of labels each item has, (N,), and what is in each set, 0 or 1, (K, L)."""
    sets = sorted({tuple(sorted(one)) for one in labels})
    every = sorted({label for one in sets for label in one})
    numbers = {one: number for number, one in enumerate(sets)}
    kinds = np.array([numbers[tuple(sorted(one))] for one in labels], np.int64)
    vectors = [[int(label in one) for label in every] for one in sets]
    return kinds, np.array(vectors, np.int64).reshape(len(sets), len(every))


def _best_exchange(vectors: Int64, kinds: Int64, inside: NDArray[np.bool_]) -> tuple[int, int] | None:
    """The set of labels that should leave the sample and the one that should come; none where no exchange helps.

    In whole numbers: N times each term of the deviation.
    """
    items, size = len(kinds), int(np.count_nonzero(inside))
    residual = items * vectors[kinds[inside]].sum(axis=0) - size * vectors[kinds].sum(axis=0)
    leaving, coming = np.unique(kinds[inside]), np.unique(kinds[~inside])
    if not len(leaving) or not len(coming):
        return None
    changed = residual + items * (vectors[coming][None] - vectors[leaving][:, None])
    deviations = (changed**2).sum(axis=-1)
    best = np.unravel_index(deviations.argmin(), deviations.shape)
    if deviations[best] >= (residual**2).sum():
        return None
    return int(leaving[best[0]]), int(coming[best[1]])
