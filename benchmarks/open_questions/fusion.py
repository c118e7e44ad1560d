"""Two descriptors together: `cnn-conv` with a histogram, in three ways of adding up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.open_questions.distances import cosine, hellinger, pairs
from benchmarks.open_questions.material import Graded, Material
from benchmarks.open_questions.pictures import TASKS
from benchmarks.open_questions.summarising import fixed_histograms
from cbir.extractors.fused import HISTOGRAM_WEIGHT

Floats = NDArray[np.floating]
WEIGHTS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9)
"""Of the histogram; the rest is `cnn-conv`'s."""
COSINE_WEIGHTS = (*WEIGHTS, 0.95, 0.98)
"""Cosines of histograms of channels all lie close to 1, so they need more weight to count."""
IN_ADVANCE = 0.5
RANK_CONSTANT = 60
"""Of Cormack, Clarke, Büttcher: Reciprocal rank fusion outperforms Condorcet (2009)."""
CONV = "cnn-conv"
PARTNERS = ("hist-basic", "cnn-hist", "cnn-hist-fixed")

Fusion = Callable[[Floats, Floats, float], Floats]
"""From the keys (N, N) of `cnn-conv` and of its partner, and the partner's weight, to keys."""


@dataclass(frozen=True)
class Parts:
    """Keys of each descriptor alone, worked out once."""

    material: Material
    _known: dict[tuple[str, str, str], Floats] = field(default_factory=dict)

    def keys(self, metric: str, descriptor: str, set_name: str) -> Floats:
        """(N, N)."""
        place = (metric, descriptor, set_name)
        if place not in self._known:
            compare = {"cosine": cosine, "roots": hellinger, "chi2": partial(pairs, "chi2")}[metric]
            self._known[place] = compare(self._rows(descriptor, set_name))
        return self._known[place]

    def _rows(self, descriptor: str, set_name: str) -> NDArray[np.float32]:
        if descriptor == "cnn-hist-fixed":
            return fixed_histograms(self.material, set_name)
        return self.material.descriptor(set_name, descriptor)


def weighted(conv: Floats, partner: Floats, weight: float) -> Floats:
    """Σ of keys. Of negated cosines: the same ranking as the cosine of one joined descriptor."""
    return (1 - weight) * conv + weight * partner


def weighted_standardised(conv: Floats, partner: Floats, weight: float) -> Floats:
    """Σ of keys, each standardised over the query's keys for all others."""
    return weighted(_standardised(conv), _standardised(partner), weight)


def reciprocal_ranks(conv: Floats, partner: Floats, weight: float) -> Floats:
    """Σ of 1/(60 + rank), the query itself left out."""
    return -weighted(1 / (RANK_CONSTANT + _ranks(conv)), 1 / (RANK_CONSTANT + _ranks(partner)), weight)


def _standardised(keys: Floats) -> Floats:
    others = keys[~np.eye(len(keys), dtype=bool)].reshape(len(keys), -1).astype(np.float64)
    return (keys - others.mean(axis=1, keepdims=True)) / others.std(axis=1, keepdims=True)


def _ranks(keys: Floats) -> Floats:
    away = np.where(np.eye(len(keys), dtype=bool), np.inf, keys)
    return 1.0 + np.argsort(np.argsort(away, axis=1, kind="stable"), axis=1)


FUSIONS: Mapping[str, tuple[Fusion, str, tuple[float, ...]]] = {
    "sum of cosines": (weighted, "roots", COSINE_WEIGHTS),
    "sum of standardised distances": (weighted_standardised, "chi2", WEIGHTS),
    "reciprocal ranks": (reciprocal_ranks, "chi2", (IN_ADVANCE,)),
}
"""How to add up, the partner's metric, and the weights to try; `cnn-conv` is compared by cosine."""


def questions(material: Material) -> dict[str, Any]:
    """Every fusion against `cnn-conv` alone and against the better of its two parts on each task."""
    parts = Parts(material)
    conv = material.graded(f"{CONV}, cosine", partial(parts.keys, "cosine", CONV))
    alone = {one: material.graded(f"{one}, chi2", partial(parts.keys, "chi2", one)) for one in PARTNERS}
    ways: dict[str, Graded] = {}
    curves: dict[str, dict[str, dict[float, float]]] = {}
    chosen: dict[str, dict[str, float]] = {}
    for partner in PARTNERS:
        for kind, (_, _, weights) in FUSIONS.items():
            name = f"{CONV} + {partner}, {kind}"
            by_weight = {weight: _graded(parts, partner, kind, weight) for weight in weights}
            for weight in {IN_ADVANCE, HISTOGRAM_WEIGHT} & set(weights):
                ways[f"{name}, {weight}"] = by_weight[weight]
            if len(weights) > 1:
                curves[name] = {
                    task: {weight: float(one[task].mean()) for weight, one in by_weight.items()} for task in conv
                }
                chosen[name] = {task: _chosen_elsewhere(curves[name], conv, task) for task in conv}
                ways[f"{name}, weight chosen elsewhere"] = {
                    task: by_weight[weight][task] for task, weight in chosen[name].items()
                }
    best = {task: max((conv[task], *(one[task] for one in alone.values())), key=np.mean) for task in conv}
    return {
        "alone": {
            name: {task: float(found.mean()) for task, found in graded.items()}
            for name, graded in {CONV: conv, **alone}.items()
        },
        "best single": {task: float(found.mean()) for task, found in best.items()},
        "by weight": curves,
        "weights chosen elsewhere": chosen,
        "against cnn-conv": material.compare({**alone, **ways}, conv),
        "against the best single descriptor": material.compare(ways, best),
    }


def _graded(parts: Parts, partner: str, kind: str, weight: float) -> Graded:
    fusion, metric, _ = FUSIONS[kind]

    def keys(set_name: str) -> Floats:
        return fusion(parts.keys("cosine", CONV, set_name), parts.keys(metric, partner, set_name), weight)

    return parts.material.graded(f"{CONV} + {partner}, {kind}, {weight}", keys)


def _chosen_elsewhere(curve: Mapping[str, Mapping[float, float]], conv: Graded, task: str) -> float:
    """The weight with the greatest mean gain over `cnn-conv` on the tasks of all other sets."""
    own = next(one.set for one in TASKS if one.name == task)
    others = [one.name for one in TASKS if one.set != own]
    return max(curve[task], key=lambda weight: sum(curve[other][weight] - conv[other].mean() for other in others))
