"""The two values of the 2017 paper that do not fit: cosine on cnn-hist, Kullback-Leibler on cnn-basic.

Each reading of the paper is a way in which the published formula may have been run. A reading explains a value if
it spoils just that cell: the other metrics of the row must stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.open_questions.distances import cosine
from benchmarks.open_questions.grading import chance, interval
from benchmarks.open_questions.material import Graded, Material
from cbir.metrics.kl import smoothed

Floats = NDArray[np.float64]
Reading = Callable[[Floats], Floats]
"""From descriptors (N, D) to keys (N, N), smaller is closer."""

EPSILON = 1e-10
PAPER_LABELS = (7849, 3982, 3829, 3647, 1350, 1077, 669, 668, 590, 484, 380, 214, 149, 116)
"""Images of each of the paper's 14 labels, from its table."""
PAPER_IMAGES = 25_000


def _dot(rows: Floats) -> Floats:
    return -(rows @ rows.T)


def _divided_by_squares(rows: Floats) -> Floats:
    return _dot(rows) / (rows**2).sum(axis=1)


def _squared_distances(rows: Floats) -> Floats:
    squares = (rows**2).sum(axis=1)
    return squares[:, None] + squares + 2 * _dot(rows)


def _rounded(rows: Floats) -> Floats:
    return np.round(cosine(rows), 2)


COSINE: Mapping[str, Reading] = {
    "the formula": cosine,
    "euclidean, for comparison": _squared_distances,
    "least similar first": lambda rows: -cosine(rows),
    "without the lengths": _dot,
    "without the roots of the lengths": _divided_by_squares,
    "rounded to two decimals": _rounded,
}
COSINE_DESCRIPTORS = ("cnn-hist", "hist-basic", "cnn-conv")


def _logs(rows: Floats, floor: float) -> Floats:
    return np.log(np.where(rows > 0, rows, 1) if floor == 0 else rows + floor)


def kl_with_floor(rows: Floats, floor: float) -> Floats:
    """Σ A ln((A+floor)/(B+floor))."""
    logs = _logs(rows, floor)
    return (rows * logs).sum(axis=1)[:, None] - rows @ logs.T


def kl_of_common(rows: Floats) -> Floats:
    """Σ A ln(A/B) over the dimensions in which neither is zero."""
    logs = _logs(rows, 0)
    return (rows * logs) @ (rows > 0).astype(np.float64).T - rows @ logs.T


def kl_with_infinities(rows: Floats) -> Floats:
    """Σ A ln(A/B), infinite where B lacks something that A has."""
    held = (rows > 0).astype(np.float64)
    return np.where(held @ (1 - held).T > 0, np.inf, kl_with_floor(rows, 0))


def kl_smoothed(rows: Floats) -> Floats:
    """Σ A' ln(A'/B'), the product's kl, as one matrix product."""
    mixed = smoothed(rows)
    logs = np.log(mixed)
    return (mixed * logs).sum(axis=1)[:, None] - mixed @ logs.T


def _shares(rows: Floats) -> Floats:
    masses = rows.sum(axis=1, keepdims=True)
    return rows / np.where(masses > 0, masses, 1)


def _shuffled(reading: Reading, rows: Floats) -> Floats:
    """Ties in an order that says nothing: neighbours in a folder often show the same thing."""
    keys = reading(rows)
    places = np.random.default_rng(0).permutation(len(rows))
    order = np.lexsort((np.broadcast_to(places, keys.shape), keys), axis=1)
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.broadcast_to(np.arange(len(rows)), order.shape), axis=1)
    return ranks.astype(np.float64)


KL: Mapping[str, Reading] = {
    "cosine, for comparison": cosine,
    "kl": kl_smoothed,
    "kl-literal (ε = 1e-10)": partial(kl_with_floor, floor=EPSILON),
    "kl-literal of shares (ε = 1e-10)": lambda rows: kl_with_floor(_shares(rows), EPSILON),
    "zero terms left out": kl_of_common,
    "zero terms left out, of shares": lambda rows: kl_of_common(_shares(rows)),
    "infinite where B is zero and A is not, ties at random": partial(_shuffled, kl_with_infinities),
}
KL_DESCRIPTORS = ("cnn-conv", "vgg16:block5_pool", "hist-basic", "cnn-hist")


def of_paper() -> dict[str, float]:
    """What a random order is expected to score in the paper's protocol, from its own table of labels.

    As if each image had one label: with several labels more images are relevant, and chance scores more. For a
    share p of relevant images the expected AP@100 is Σ_k p·(1 + (k−1)·p)/k / 100.
    """
    counts = np.array(PAPER_LABELS, np.float64)
    p, ranks = counts / PAPER_IMAGES, np.arange(1, 101)
    expected = (p[:, None] * (1 + (ranks - 1) * p[:, None]) / ranks).mean(axis=1)
    return {"at least": float((expected * counts).sum() / counts.sum())}


def questions(material: Material) -> dict[str, Any]:
    """Both questions' figures."""
    labels = material.labels()

    def read(extractor: str, name: str, reading: Reading) -> Graded:
        return material.graded(
            f"{extractor}, {name}", lambda one: reading(material.descriptor(one, extractor).astype(np.float64))
        )

    cosines = {
        extractor: {name: read(extractor, f"cosine, {name}", reading) for name, reading in COSINE.items()}
        for extractor in COSINE_DESCRIPTORS
    }
    divergences = {
        extractor: {name: read(extractor, name, reading) for name, reading in KL.items()}
        for extractor in KL_DESCRIPTORS
    }
    return {
        "chance": {task: chance(found) for task, found in labels.items()},
        "chance in the paper": of_paper(),
        "cosine": {name: {way: _means(found) for way, found in ways.items()} for name, ways in cosines.items()},
        "kl": {name: {way: _means(found) for way, found in ways.items()} for name, ways in divergences.items()},
        "zeros": {
            name: {one: float((material.descriptor(one, name) == 0).mean()) for one in material.pictures}
            for name in KL_DESCRIPTORS
        },
        "lengths of cnn-hist": {one: _spread(material.descriptor(one, "cnn-hist")) for one in material.pictures},
    }


def _means(graded: Graded) -> dict[str, list[float]]:
    return {task: [float(found.mean()), *interval(found)] for task, found in graded.items()}


def _spread(rows: NDArray[np.float32]) -> list[float]:
    """Least, median and greatest length, over the median."""
    lengths = np.linalg.norm(rows.astype(np.float64), axis=1)
    return [float(one) for one in np.percentile(lengths, [0, 50, 100]) / np.median(lengths)]
