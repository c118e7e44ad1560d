"""Which three numbers of a channel's values tell pictures apart better than three equal bins of each picture."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.open_questions.distances import cosine, hellinger, pairs
from benchmarks.open_questions.material import LEARNT_ON, SHIPPED, Graded, Material
from benchmarks.open_questions.summaries import (
    FIXED,
    HISTOGRAMS,
    ONE_NUMBER,
    STATISTICS,
    Summary,
    described,
    fractions,
    histogram,
)
from cbir.extractors.vgg16 import HISTOGRAM_LAYERS

OTHER_COUNTS: Mapping[str, Summary] = {
    "one edge, 1 of the median maximum": partial(histogram, fractions(1)),
    "four edges, 1/2 to 2 of the median maximum": partial(histogram, fractions(1 / 2, 3 / 4, 1, 2)),
}
FINALISTS = (FIXED, "1/3, 2/3 of the median maximum", "mean, maximum, deviation")
"""Graded with chi2 as well, which takes a hundred times as long as a matrix product."""
LAYER_WEIGHTS: Mapping[str, tuple[float, ...]] = {
    "every layer alike": (1, 1, 1, 1, 1),
    "the deepest two alone": (0, 0, 0, 1, 1),
    "the deepest alone": (0, 0, 0, 0, 1),
}


def descriptors(material: Material, set_name: str, summary: Summary, learnt: tuple[str, ...]) -> NDArray[np.float32]:
    """Of one set's pictures, calibrated on the sets ``learnt``."""
    return described(summary, material.layers(*learnt), material.layers(set_name))


def fixed_histograms(material: Material, set_name: str) -> NDArray[np.float32]:
    """`cnn-hist-fixed`, its edges learnt on sets other than this one."""
    return descriptors(material, set_name, HISTOGRAMS[FIXED], LEARNT_ON[set_name])


def way(
    material: Material, name: str, summary: Summary, metric: str, learnt: tuple[str, ...] | None = None
) -> Graded:
    """A summary with a metric, calibrated on other sets, or on ``learnt`` (empty: on the graded set itself)."""
    where = "" if learnt is None else f", learnt on {' + '.join(learnt) or 'itself'}"

    def keys(one: str) -> NDArray[np.floating]:
        rows = descriptors(material, one, summary, LEARNT_ON[one] if learnt is None else learnt or (one,))
        return _keys(metric, rows)

    return material.graded(f"{name}, {metric}{where}", keys)


def _keys(metric: str, rows: NDArray[np.float32]) -> NDArray[np.floating]:
    fast = {"bhattacharyya": hellinger, "cosine": cosine}
    return fast[metric](rows) if metric in fast else pairs(metric, rows)


def layers_weighted(material: Material, weights: tuple[float, ...], set_name: str) -> NDArray[np.floating]:
    """Negated Bhattacharyya coefficients of the fixed histograms, layer by layer, weighted."""
    known, values = material.layers(*LEARNT_ON[set_name]), material.layers(set_name)
    keys = 0
    for layer, weight in zip(HISTOGRAM_LAYERS, weights, strict=True):
        if weight:
            part = HISTOGRAMS[FIXED](known[layer], values[layer])
            keys = keys + weight * hellinger(part.reshape(len(part), -1))
    return keys


def questions(material: Material) -> dict[str, Any]:
    """Every summary against `cnn-hist`, with the same metric; then what calibration and layers do."""
    plain = {
        metric: material.graded(
            f"cnn-hist, {metric}", lambda one, metric=metric: _keys(metric, material.descriptor(one, "cnn-hist"))
        )
        for metric in ("chi2", "bhattacharyya", "cosine")
    }
    same_size = {**HISTOGRAMS, **STATISTICS}
    compared = {
        metric: material.compare(
            {name: way(material, name, same_size[name], metric) for name in names}, plain[metric]
        )
        for metric, names in {"bhattacharyya": same_size, "chi2": FINALISTS, "cosine": STATISTICS}.items()
    }
    other_sizes = {
        name: way(material, name, summary, "bhattacharyya")
        for name, summary in {**OTHER_COUNTS, **ONE_NUMBER}.items()
    }
    fixed = way(material, FIXED, HISTOGRAMS[FIXED], "bhattacharyya")
    learnt = {
        f"{FIXED}, learnt on {' + '.join(sets) or 'the graded set'}": way(
            material, FIXED, HISTOGRAMS[FIXED], "bhattacharyya", sets
        )
        for sets in ((), SHIPPED, ("corel1k",))
    }
    weighted = {
        name: material.graded(f"{FIXED}, bhattacharyya, {name}", partial(layers_weighted, material, weights))
        for name, weights in LAYER_WEIGHTS.items()
    }
    return {
        "baseline": {
            metric: {task: float(found.mean()) for task, found in graded.items()} for metric, graded in plain.items()
        },
        "same size": compared,
        "other sizes, against cnn-hist": material.compare(other_sizes, plain["bhattacharyya"]),
        "where it is learnt, against cnn-hist": material.compare(learnt, plain["bhattacharyya"]),
        "fixed edges": {task: float(found.mean()) for task, found in fixed.items()},
        "layers weighted, against the fixed edges": material.compare(weighted, fixed),
    }
