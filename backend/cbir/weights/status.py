"""What is said of a set of weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cbir.weights.canonical import StoredSet
from cbir.weights.catalogue import WeightSet


@dataclass(frozen=True, slots=True)
class WeightsStatus:
    """One row of `cbir weights list`."""

    name: str
    summary: str
    """What the weights are for."""
    size: int
    """Bytes in the cache, or that they will take there."""
    available: bool
    source: str
    """Where they came from, or where they would be fetched from first."""
    original: bool
    """False for weights other than the published ones, imported with leave."""
    licence: str
    credit: str
    problem: str = ""
    """Why weights that are there cannot be used; `WeightStore.fetch` mends that."""


def status_of(
    name: str, path: Path, known: WeightSet | None, stored: StoredSet | None, problem: str
) -> WeightsStatus:
    """The row of the set that lies, or would lie, at ``path``; the catalogue's words come before the file's."""
    about: Mapping[str, Any] = stored.about if stored else {}
    first = known.sources[0].label if known and known.sources else ""
    available = path.exists()
    return WeightsStatus(
        name=name,
        summary=known.summary if known else about.get("summary", ""),
        size=path.stat().st_size if available else known.size if known else 0,
        available=available,
        source=about.get("source", first),
        original=about.get("original", True),
        licence=known.licence if known else about.get("licence", ""),
        credit=known.credit if known else about.get("credit", ""),
        problem=problem,
    )
