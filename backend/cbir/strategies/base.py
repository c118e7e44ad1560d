"""How candidates are found: every image, or a few that an approximate index proposes.

A strategy names a way to search; an engine says in its capabilities which ones it can run. `exact` compares every
image. An approximate strategy takes its seat beside it in two parts: at indexing time it **encodes** a descriptor
into what its candidate index holds (a short code, a bag of surrogate tokens), and at query time it **describes** the
request for candidates as data, never as a call, so that each engine runs the same description its own way. What it
has learnt from the collection (projections, pivots) is part of the collection's metadata, with an identity like an
extractor's. Candidates are re-ranked with the exact metric, whatever proposed them.
"""

from __future__ import annotations

from dataclasses import dataclass

from cbir.registry import Registry


@dataclass(frozen=True, slots=True)
class Strategy:
    """A way to find candidates."""

    name: str
    title: str
    """The name as people write it."""
    summary: str
    """One sentence: when to choose it."""
    exact: bool
    """True if no image that belongs in the answer can be missed."""


STRATEGIES: Registry[Strategy] = Registry("strategy", group="cbir.strategies")
