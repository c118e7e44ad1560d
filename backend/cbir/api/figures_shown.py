"""How figures look over HTTP."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cbir.api.parts_shown import shown_colour, shown_regions
from cbir.api.schemas import figures as shown
from cbir.explain.channels import ChannelFigure
from cbir.explain.colours import ColourFigure
from cbir.explain.readers import Figure
from cbir.explain.values import GridFigure

MapsAddress = Callable[[str], str | None]
"""From a layer to where its feature maps are."""


def shown_figure(figure: Figure, maps: MapsAddress) -> shown.ColourFigure | shown.ChannelFigure | shown.GridFigure:
    """A figure of a descriptor."""
    match figure:
        case ColourFigure():
            return _colours(figure)
        case ChannelFigure():
            return _channels(figure, maps)
        case GridFigure():
            return _grid(figure)


def _colours(figure: ColourFigure) -> shown.ColourFigure:
    return shown.ColourFigure(
        kind="colours",
        regions=shown_regions(figure.regions),
        colours=list(map(shown_colour, figure.colours)),
        values=figure.values.tolist(),
    )


def _channels(figure: ChannelFigure, maps: MapsAddress) -> shown.ChannelFigure:
    layers = [
        shown.LayerHistograms(
            layer=one.name,
            channels=len(one.values),
            height=one.height,
            width=one.width,
            values=one.values.tolist(),
            maps=maps(one.name),
        )
        for one in figure.layers
    ]
    return shown.ChannelFigure(kind="channels", layers=layers)


def _grid(figure: GridFigure) -> shown.GridFigure:
    rows = np.split(figure.values, range(figure.columns, len(figure.values), figure.columns))
    return shown.GridFigure(kind="values", columns=figure.columns, rows=[row.tolist() for row in rows])
