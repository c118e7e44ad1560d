"""What a dimension of a descriptor means to a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["colours", "channels", "values"]
"""What dimensions are: colours in regions, bins of channels of layers, or values without a name."""
Range = tuple[float, float]
"""From, to."""
Point = tuple[float, float]
"""x to the right and y down, as shares of a picture's width and height."""


@dataclass(frozen=True, slots=True)
class Colour:
    """A bin of hue, saturation and value."""

    number: int
    """Among all bins, hue the slowest."""
    hue: Range
    """Degrees, 0 to 360."""
    saturation: Range
    """0 to 1."""
    value: Range
    """0 to 1."""
    srgb: str
    """The colour in its middle, `#rrggbb`."""


@dataclass(frozen=True, slots=True)
class Ellipse:
    """An upright ellipse in a picture."""

    centre: Point
    half_axes: Point


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a picture; regions do not overlap."""

    name: str
    polygon: tuple[Point, ...] = ()
    """Its corners, less the ellipse of another region; without any, it is that ellipse."""
    ellipse: Ellipse | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A dimension, or several together that share what is said here; what is not said varies among them."""

    dim: int | None = None
    region: str | None = None
    colour: Colour | None = None
    layer: str | None = None
    channel: int | None = None
    """In its layer, from 0."""
    level: int | None = None
    """Of a channel's values: 0 weak, 1 middling, 2 strong."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """Dimensions put together."""

    by: str
    group_of: NDArray[np.intp]
    """For each dimension (D,) its group, from 0."""
    count: int
    part: Callable[[int], Part]
    """What a group is."""
