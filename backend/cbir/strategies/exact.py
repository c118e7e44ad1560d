"""Compare every image."""

from __future__ import annotations

from cbir.strategies.base import Strategy


def exact() -> Strategy:
    """Every image is a candidate."""
    return Strategy(
        name="exact",
        title="Exact",
        summary="Compares every image; the answer is the true ranking.",
        exact=True,
    )
