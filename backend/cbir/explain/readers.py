"""Who can read a descriptor: what its dimensions mean, and how it is shown as a figure."""

from __future__ import annotations

from typing import Protocol

from cbir.explain.channels import ChannelFigure, ChannelReader
from cbir.explain.colours import ColourFigure, ColourReader
from cbir.explain.parts import Grouping, Kind, Part, Region
from cbir.explain.values import GridFigure, ValueReader
from cbir.records import Identity, Vector
from cbir.registry import Registry

Figure = ColourFigure | ChannelFigure | GridFigure


class Reader(Protocol):
    """Reads the descriptors of one kind."""

    @property
    def kind(self) -> Kind:
        """What its dimensions are."""

    @property
    def dims(self) -> int:
        """Size of the descriptors that it reads."""

    @property
    def groupings(self) -> tuple[Grouping, ...]:
        """How dimensions belong together."""

    @property
    def regions(self) -> tuple[Region, ...]:
        """Where in a picture the regions are of which its parts tell, if any."""

    def part(self, dim: int) -> Part:
        """What a dimension means."""

    def figure(self, vector: Vector) -> Figure:
        """A descriptor (D,) as a picture of itself.

        Raises:
            InvalidRequestError: it has too many dimensions to be shown.
        """


READERS: Registry[Reader] = Registry("reader", group="cbir.readers")
"""By the extractor's name."""
READERS.register("hist-basic", ColourReader)
READERS.register("cnn-hist", ChannelReader)
READERS.register("cnn-hist-fixed", ChannelReader)


def reader_for(identity: Identity) -> Reader:
    """The reader of an extractor's descriptors; one of plain values where nobody knows better, as of neural codes, or
    where imported descriptors only have the name of others.
    """
    if identity.name in READERS.names() and (reader := READERS.get(identity.name)).dims == identity.dims:
        return reader
    return ValueReader(identity.dims)
