"""`cnn-conv` less a mean, and other transforms that are learnt without labels: all compared by cosine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.open_questions.distances import cosine, unit
from benchmarks.open_questions.material import SHIPPED, Graded, Material
from cbir.records import Matrix
from cbir.searching.centring import SHARE
from cbir.searching.closeness import SAMPLED

Floats = NDArray[np.float64]
Transform = Callable[[Floats, Floats], Floats]
"""From descriptors to learn from (M, D) and those to transform (N, D) to transformed ones."""
SHRINKAGE = 0.1
"""Share of the mean variance that is added to each, where directions are made equally long."""


def centred(learnt: Floats, rows: Floats) -> Floats:
    """Less the mean."""
    return rows - learnt.mean(axis=0)


def rooted(learnt: Floats, rows: Floats, then: Transform | None = None) -> Floats:
    """Square roots, and then perhaps something more."""
    return then(np.sqrt(learnt), np.sqrt(rows)) if then else np.sqrt(rows)


def raised(learnt: Floats, rows: Floats, *, power: float) -> Floats:  # noqa: ARG001 - see Transform
    """To a power."""
    return rows**power


def standardised(learnt: Floats, rows: Floats) -> Floats:
    """Less the mean, each dimension over its standard deviation."""
    return centred(learnt, rows) / learnt.std(axis=0)


def whitened(learnt: Floats, rows: Floats, *, dims: int, power: float = 0.5) -> Floats:
    """Projected on the first principal axes, each over its variance to the power (0.5 whitens; 0 rotates)."""
    variances, axes = np.linalg.eigh(np.cov(learnt, rowvar=False))
    kept = np.argsort(variances)[::-1][:dims]
    scale = (variances[kept] + SHRINKAGE * variances.mean()) ** -power
    return centred(learnt, rows) @ (axes[:, kept] * scale)


TRANSFORMS: Mapping[str, Transform] = {
    "square roots": rooted,
    "power 1.25": partial(raised, power=1.25),
    "centred": centred,
    "square roots, centred": partial(rooted, then=centred),
    "standardised": standardised,
    "whitened, 512": partial(whitened, dims=512),
    "whitened, 256": partial(whitened, dims=256),
    "whitened, 128": partial(whitened, dims=128),
    "half whitened, 512": partial(whitened, dims=512, power=0.25),
    "square roots, half whitened, 256": partial(rooted, then=partial(whitened, dims=256, power=0.25)),
}
IN_SET = ("centred", "square roots, centred")
EXTRACTOR = "cnn-conv"
SHARES = (0.25, SHARE, 0.75, 1.0)
"""Of the set's own mean, taken off the query alone."""
SEED = 7


def way(material: Material, name: str) -> Graded:
    """A transform learnt on other sets than the graded one."""
    transform = TRANSFORMS[name]
    return material.graded(
        f"{EXTRACTOR}, {name}",
        lambda one: cosine(
            transform(_floats(material.learnt(one, EXTRACTOR)), _floats(material.descriptor(one, EXTRACTOR)))
        ),
    )


def way_of(material: Material, name: str, sets: tuple[str, ...] | None) -> Graded:
    """A transform learnt on these sets, or, without any, on the graded set itself."""
    transform = TRANSFORMS[name]

    def keys(one: str) -> Floats:
        learnt = np.concatenate([material.descriptor(other, EXTRACTOR) for other in sets or (one,)])
        return cosine(transform(_floats(learnt), _floats(material.descriptor(one, EXTRACTOR))))

    return material.graded(f"{EXTRACTOR}, {name}, learnt on {' + '.join(sets or ('itself',))}", keys)


def query_alone(material: Material, share: float) -> Graded:
    """A share of the graded set's own mean taken off the query; its images stay as they are."""

    def keys(one: str) -> Floats:
        rows = _floats(material.descriptor(one, EXTRACTOR))
        mean = rows[np.random.default_rng(SEED).permutation(len(rows))[:SAMPLED]].mean(axis=0)
        return -unit(rows - share * mean) @ unit(rows).T

    return material.graded(f"{EXTRACTOR}, query less {share:g} of the mean of {SAMPLED}", keys)


def questions(material: Material) -> dict[str, Any]:
    """Each transform against `cnn-conv` as it is."""
    plain = material.graded(f"{EXTRACTOR}, cosine", lambda one: cosine(material.descriptor(one, EXTRACTOR)))
    ways = {name: way(material, name) for name in TRANSFORMS}
    learnt_elsewhere = {
        f"{name}, learnt on {' + '.join(sets) if sets else 'the graded set'}": way_of(material, name, sets)
        for name in IN_SET
        for sets in (None, SHIPPED, ("corel1k",))
    }
    return {
        "baseline": {task: float(found.mean()) for task, found in plain.items()},
        "ways": material.compare(ways, plain),
        "where it is learnt": material.compare(learnt_elsewhere, plain),
        "the query alone": material.compare(
            {f"query less {share:g} of the mean": query_alone(material, share) for share in SHARES}, plain
        ),
    }


def _floats(rows: Matrix) -> Floats:
    return rows.astype(np.float64)
