"""`hist-basic` read: which colour in which region a dimension counts."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cbir.explain.parts import Colour, Ellipse, Grouping, Kind, Part, Range, Region
from cbir.extractors.hsv import BINS, DIMS, ELLIPSE_AXES, REGION_DIMS, REGIONS
from cbir.metrics.base import Float64
from cbir.records import Vector

HUES = 360
_RECTANGLES = ((0.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.0, 0.5))
"""Left top corners of the quadrants in the order of the regions."""


@dataclass(frozen=True, slots=True)
class ColourFigure:
    """How much of each colour each region holds."""

    regions: tuple[Region, ...]
    colours: tuple[Colour, ...]
    values: Float64
    """(regions, colours): the stored values, which add up to 1 over a region times the number of regions."""


class ColourReader:
    """See `cbir.explain.readers.Reader`."""

    kind: Kind = "colours"
    dims = DIMS

    @cached_property
    def regions(self) -> tuple[Region, ...]:
        """Where the regions are. `hist-basic` cuts at whole pixels, so that these lie within one of its borders."""
        middle = Region(REGIONS[0], ellipse=Ellipse((0.5, 0.5), (ELLIPSE_AXES, ELLIPSE_AXES)))
        corners = (
            Region(name, polygon=((x, y), (x + 0.5, y), (x + 0.5, y + 0.5), (x, y + 0.5)))
            for name, (x, y) in zip(REGIONS[1:], _RECTANGLES, strict=True)
        )
        return (middle, *corners)

    @cached_property
    def colours(self) -> tuple[Colour, ...]:
        """The bins, hue the slowest."""
        return tuple(map(_colour, range(REGION_DIMS)))

    @cached_property
    def groupings(self) -> tuple[Grouping, ...]:
        """By region, and by colour over all regions."""
        region, colour = np.divmod(np.arange(DIMS), REGION_DIMS)
        return (
            Grouping("region", region, len(REGIONS), lambda group: Part(region=REGIONS[group])),
            Grouping("colour", colour, REGION_DIMS, lambda group: Part(colour=self.colours[group])),
        )

    def part(self, dim: int) -> Part:
        """See `Reader.part`."""
        region, colour = divmod(dim, REGION_DIMS)
        return Part(dim=dim, region=REGIONS[region], colour=self.colours[colour])

    def figure(self, vector: Vector) -> ColourFigure:
        """See `Reader.figure`."""
        values = vector.astype(np.float64).reshape(len(REGIONS), REGION_DIMS)
        return ColourFigure(self.regions, self.colours, values)


def _colour(number: int) -> Colour:
    hue, saturation, value = (
        _range(int(place), bins) for place, bins in zip(np.unravel_index(number, BINS), BINS, strict=True)
    )
    middle = (sum(one) / 2 for one in (hue, saturation, value))
    srgb = "".join(f"{round(255 * one):02x}" for one in colorsys.hsv_to_rgb(*middle))
    return Colour(number, (HUES * hue[0], HUES * hue[1]), saturation, value, f"#{srgb}")


def _range(place: int, bins: int) -> Range:
    """The part of 0 to 1 that one of some equal bins covers."""
    return place / bins, (place + 1) / bins
