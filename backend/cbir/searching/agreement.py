"""How far two rankings of the same images agree on their best k."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray


def overlap_at_k(first: Sequence[str], second: Sequence[str], k: int) -> float:
    """The share of images, 0 to 1, that the best ``k`` of two rankings have in common.

    Of a ranking that is shorter than k all images count; the share is that of the longer of the two. Two empty
    rankings agree.
    """
    a, b = set(islice(first, k)), set(islice(second, k))
    return len(a & b) / max(len(a), len(b)) if a or b else 1.0


def kendall_top_k(first: Sequence[str], second: Sequence[str], k: int) -> float:
    """Kendall's rank correlation, −1 to 1, of the best ``k`` of two rankings, which need not hold the same images.

    R. Fagin, R. Kumar, D. Sivakumar, "Comparing top k lists", SIAM Journal on Discrete Mathematics 17(1), 2003: their
    distance K⁽ᵖ⁾ with the neutral p = 1/2 sums a penalty over all pairs of images that are in either list. An image
    that a list lacks stands below all that it holds. A pair costs 1 where the lists order it in opposite ways, 0
    where in the same way, and p where both images are in one list alone, so that the other says nothing of them.

    The correlation is 1 − 2·K/pairs, the mean over the pairs of 1 (same order), −1 (opposite) and 0 (unknown). For
    rankings of the same images it is Kendall's tau. Lists of k images that share none have −k/(2k−1), near −1/2.
    Lists that hold no pair of images have 1 if they are equal, else 0.
    """
    a, b = list(islice(first, k)), list(islice(second, k))
    images = sorted({*a, *b})
    pairs = len(images) * (len(images) - 1) // 2
    if not pairs:
        return float(a == b)
    p, q = _positions(a, images), _positions(b, images)
    rows = range(len(images) - 1)
    agreements = sum(int((np.sign(p[i + 1 :] - p[i]) * np.sign(q[i + 1 :] - q[i])).sum()) for i in rows)
    return agreements / pairs


def _positions(ranking: Sequence[str], images: Sequence[str]) -> NDArray[np.int64]:
    """Where each image stands in a ranking, those that it lacks together after its end."""
    place = {image: position for position, image in enumerate(ranking)}
    return np.array([place.get(image, len(ranking)) for image in images], np.int64)
