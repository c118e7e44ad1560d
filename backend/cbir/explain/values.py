"""Descriptors whose dimensions have no meaning that is known: neural codes, and what was imported."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cbir.errors import InvalidRequestError
from cbir.explain.parts import Grouping, Kind, Part, Region
from cbir.metrics.base import Float64
from cbir.records import Vector

MAX_SHOWN = 1 << 16
"""Dimensions of a figure."""
LONGEST = 2
"""A grid is at most this much wider than a square of as many values."""


@dataclass(frozen=True, slots=True)
class GridFigure:
    """The values, row by row."""

    columns: int
    values: Float64
    """(D,); the last row is shorter where the columns do not divide D."""


@dataclass(frozen=True, slots=True)
class ValueReader:
    """See `cbir.explain.readers.Reader`."""

    dims: int
    kind: Kind = "values"
    groupings: tuple[Grouping, ...] = ()
    regions: tuple[Region, ...] = ()

    def part(self, dim: int) -> Part:
        """See `Reader.part`."""
        return Part(dim=dim)

    def figure(self, vector: Vector) -> GridFigure:
        """See `Reader.figure`."""
        if self.dims > MAX_SHOWN:
            raise InvalidRequestError(
                f"{self.dims:,} values are too many for a figure.",
                remedy=f"Show a descriptor of at most {MAX_SHOWN:,}; of a layer of VGG16, its feature maps.",
            )
        return GridFigure(columns_for(self.dims), vector.astype(np.float64))


def columns_for(dims: int) -> int:
    """The width of a grid as near to a square as leaves no gap (64 for 4,096, 32 for 512); where that would be long
    and thin, of a square that is not full.
    """
    side = math.isqrt(dims - 1) + 1
    return next((columns for columns in range(side, LONGEST * side + 1) if dims % columns == 0), side)
