"""How parts of descriptors and pictures look over HTTP."""

from __future__ import annotations

from collections.abc import Sequence

from cbir.api.schemas.explain import ColourBin, ExplainedPart, PictureRegion, RegionEllipse
from cbir.explain.parts import Colour, Part, Region


def shown_colour(colour: Colour) -> ColourBin:
    """A bin of colours."""
    return ColourBin(
        number=colour.number,
        hue=colour.hue,
        saturation=colour.saturation,
        value=colour.value,
        srgb=colour.srgb,
    )


def shown_regions(regions: Sequence[Region]) -> list[PictureRegion]:
    """The regions of a picture."""
    return [
        PictureRegion(
            name=one.name,
            ellipse=RegionEllipse(centre=one.ellipse.centre, half_axes=one.ellipse.half_axes)
            if one.ellipse
            else None,
            polygon=list(one.polygon),
        )
        for one in regions
    ]


def shown_part(part: Part) -> ExplainedPart:
    """A dimension, or several together."""
    return ExplainedPart(
        dim=part.dim,
        region=part.region,
        colour=shown_colour(part.colour) if part.colour else None,
        layer=part.layer,
        channel=part.channel,
        level=part.level,
    )
