"""How each metric is scored on the server: which stored script, with which parameters, and what its scores prove.

A form gives every image a score of Elasticsearch's kind (float32, 0 or more, larger is closer) that orders images
nearly as the metric does. How nearly is stated by `Form.floor`, so that `search` can tell when no image that it has
not seen belongs among the best: the same mechanism serves forms that are off by float32's rounding and those that are
only a bound of the metric.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cbir.engines.elasticsearch.mapping import DescriptorFields
from cbir.errors import InvalidRequestError
from cbir.metrics.base import UNDERFLOW, UNIT_ROUNDOFF, Float64, Metric
from cbir.metrics.kl import UNIFORM, smoothed
from cbir.records import Vector

SPARSE_SHARE = 0.5
"""Up to this share of non-zero dimensions in a query, a loop over them alone is faster than one over all."""
KEPT = 2.0**-22
"""Relative error of a value that was rounded to the float32 of a score."""
FARTHEST, NEAREST = 1e-37, 3e38
"""Between these a reciprocal distance keeps float32's precision."""


@dataclass(frozen=True, slots=True)
class Form:
    """One way to score a metric for one query."""

    script: str
    """Name of the stored script, without version; empty where every image has the same score."""
    params: Mapping[str, Any]
    floor: Callable[[float], float]
    """From a native score, the lowest score of Elasticsearch that an image as good as that can have."""
    margin: int = 16
    """Hits beyond those wanted that are usually enough to prove them."""
    instead: Form | None = None
    """The form that takes the place of this one where ``most`` further hits do not prove the best either."""
    most: int = 2000


Choice = Callable[[Float64, DescriptorFields], Form]
"""From a query (D,) in float64 and the descriptor's fields to a form."""


def summation_error(dims: int) -> float:
    """Relative error of a built-in sum of ``dims`` float32 products of one sign: four partial sums at the least."""
    return (dims / 4 + 32) * UNIT_ROUNDOFF


def split(fields: DescriptorFields, values: NDArray[Any]) -> list[list[Any]]:
    """Values (D,) as one list for each field."""
    return [values[part].tolist() for part in fields.parts]


def _distance_floor(distance: float) -> float:
    """The least score of a form that scores 1/d, where d is at most the ``distance`` but for its own rounding."""
    return min(1 / distance, NEAREST) * (1 - KEPT) if distance > FARTHEST else NEAREST * (1 - KEPT)


def euclidean(query: Float64, fields: DescriptorFields) -> Form:
    """The built-in norm of the difference."""
    dims = len(query)
    error, lost = summation_error(dims), math.sqrt(dims * UNDERFLOW)
    return Form(
        script="euclidean",
        params={"f": fields.values, "q": split(fields, query)},
        floor=lambda distance: _distance_floor(distance * (1 + error) + lost),
    )


def cosine(query: Float64, fields: DescriptorFields) -> Form:
    """The built-in dot product with the query at norm 1, over the image's norm."""
    error = 2 * summation_error(len(query))
    return Form(
        script="cosine",
        params={"f": fields.values, "q": split(fields, query / _norm(query))},
        floor=lambda similarity: max(0.0, 1 + similarity - error),
    )


def bhattacharyya(query: Float64, fields: DescriptorFields) -> Form:
    """The built-in dot product of the roots of shares."""
    error = summation_error(len(query))

    def floor(distance: float) -> float:
        affinity = math.exp(-distance)
        return affinity * (1 - error) if affinity > _CLAMPED else 0.0

    roots = np.sqrt(query / query.sum())
    return Form(script="dot", params={"f": fields.roots, "q": split(fields, roots)}, floor=floor)


def kl(query: Float64, fields: DescriptorFields) -> Form:
    """ΣA' ln A' + ln(D/0.1) less the built-in dot product of A' with ln(B'·D/0.1), which is never negative."""
    shares = smoothed(query)
    most = float((shares * np.log(shares)).sum()) + math.log(len(query) / UNIFORM)
    error = summation_error(len(query))
    return Form(
        script="dot",
        params={"f": fields.logs, "q": split(fields, shares)},
        floor=lambda divergence: max(0.0, (most - divergence) * (1 - error) - most * KEPT),
    )


def chi2_loop(query: Float64, fields: DescriptorFields) -> Form:
    """Every dimension, in a loop."""
    return Form("chi2-loop", {"f": fields.values, "q": split(fields, query)}, _distance_floor)


def chi2_support(query: Float64, fields: DescriptorFields) -> Form:
    """½(ΣA+ΣB) − 2Σ AB/(A+B), in a loop over the query's non-zero dimensions."""
    params = _support(query, fields) | {"sum": float(query.sum()), "sums": fields.sum}
    return Form("chi2-support", params, _distance_floor)


def chi2_bound(query: Float64, fields: DescriptorFields) -> Form:
    """Half the squared distance of the roots, by the built-in dot product: s <= chi2 <= 2s."""
    return Form("chi2-bound", _bound(query, fields), _distance_floor, margin=256)


def intersection_loop(query: Float64, fields: DescriptorFields) -> Form:
    """Every dimension, in a loop."""
    params = {"f": fields.values, "q": split(fields, query), "sum": float(query.sum())}
    return Form("intersection-loop", params, _share_floor)


def intersection_support(query: Float64, fields: DescriptorFields) -> Form:
    """A loop over the query's non-zero dimensions."""
    return Form("intersection-support", _support(query, fields) | {"sum": float(query.sum())}, _share_floor)


def intersection_l1(query: Float64, fields: DescriptorFields) -> Form:
    """½(ΣA + ΣB − ‖A−B‖₁), by the built-in norm."""
    params = {
        "f": fields.values,
        "q": split(fields, query),
        "sum": float(query.sum()),
        "sums": fields.sum,
        "slack": 1 - summation_error(len(query)),
    }
    return Form("intersection-l1", params, _share_floor)


def intersection_bound(query: Float64, fields: DescriptorFields) -> Form:
    """Σ min(A,B) <= Σ√(AB), by the built-in dot product of the roots."""
    return Form("intersection-bound", _bound(query, fields), _share_floor, margin=256)


def _share_floor(share: float) -> float:
    """The least score of a form that scores a share, but for its own rounding."""
    return max(0.0, share * (1 - KEPT) - FARTHEST)


def _support(query: Float64, fields: DescriptorFields) -> dict[str, Any]:
    """The query's values that are not zero, and their positions within each field."""
    parts = [query[part] for part in fields.parts]
    at = [np.flatnonzero(part) for part in parts]
    values = [part[positions].tolist() for part, positions in zip(parts, at, strict=True)]
    return {"f": fields.values, "q": values, "at": [positions.tolist() for positions in at]}


def _bound(query: Float64, fields: DescriptorFields) -> dict[str, Any]:
    mass = float(query.sum())
    return {
        "f": fields.roots,
        "q": split(fields, np.sqrt(query / mass) if mass else query),
        "sum": mass,
        "sums": fields.sum,
        "slack": 1 + summation_error(len(query)),
    }


def _norm(query: Float64) -> float:
    largest = float(np.abs(query).max())
    return largest * float(np.linalg.norm(query / largest))


def _refined(bound: Choice, otherwise: Choice) -> Choice:
    def choose(query: Float64, fields: DescriptorFields) -> Form:
        return replace(bound(query, fields), instead=otherwise(query, fields))

    return choose


def _by_density(sparse: Choice, dense: Choice) -> Choice:
    def choose(query: Float64, fields: DescriptorFields) -> Form:
        few = np.count_nonzero(query) <= SPARSE_SHARE * len(query)
        return (sparse if few else dense)(query, fields)

    return choose


_CLAMPED = 2e-12
"""An affinity so small that Bhattacharyya's distance may not tell it from none."""
_CONSTANT = Form(script="", params={}, floor=lambda _score: 0.0)

DEFAULT: Mapping[str, Choice] = {
    "euclidean": euclidean,
    "cosine": cosine,
    "chi2": _refined(chi2_bound, _by_density(chi2_support, chi2_loop)),
    "kl": kl,
    "bhattacharyya": bhattacharyya,
    "intersection": _by_density(_refined(intersection_bound, intersection_support), intersection_l1),
}
"""The form of each metric that is fastest where it was measured (docs/decisions/0004-elasticsearch.md)."""
ALTERNATIVES: Mapping[str, Mapping[str, Choice]] = {
    "chi2": {"loop": chi2_loop, "support": chi2_support, "bound and refine": chi2_bound},
    "intersection": {
        "loop": intersection_loop,
        "support": intersection_support,
        "built-in norm": intersection_l1,
        "bound and refine": intersection_bound,
    },
}
"""All forms of a metric that has several; every one gives the same answers."""
SAME_FOR_A_ZERO_QUERY = frozenset({"cosine", "bhattacharyya", "intersection"})
EXACT_QUERY: Mapping[str, Callable[[Float64], Float64]] = {"kl": smoothed}
"""What the exact script of a metric takes in place of the query."""


def form_for(metric: Metric, query: Vector, fields: DescriptorFields) -> Form:
    """The form in which a metric is scored for a query (D,).

    Raises:
        InvalidRequestError: no script scores this metric.
    """
    if metric.name not in DEFAULT:
        raise InvalidRequestError(
            f"The elasticsearch engine has no script for the metric '{metric.name}'.",
            remedy=f"Use one of: {', '.join(DEFAULT)}; or the embedded engine.",
        )
    if metric.name in SAME_FOR_A_ZERO_QUERY and not query.any():
        return _CONSTANT
    return DEFAULT[metric.name](np.asarray(query, np.float64), fields)


def exact_script(metric: Metric) -> str:
    """The stored script that computes the native score in double."""
    return f"exact-{metric.name}"


def exact_params(metric: Metric, query: Vector, fields: DescriptorFields) -> dict[str, Any]:
    """The parameters of the exact script."""
    values = np.asarray(query, np.float64)
    if metric.name in EXACT_QUERY:
        values = EXACT_QUERY[metric.name](values)
    return {"f": fields.values, "q": split(fields, values), "dims": fields.identity.dims}
