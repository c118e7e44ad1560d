"""Pictures of images over HTTP."""

from __future__ import annotations

from enum import IntEnum
from typing import Literal

from pydantic import Field

from cbir.api.schemas.base import QueryParameters


class Side(IntEnum):
    """Pixels of the longer side of a thumbnail."""

    SMALL = 160
    MEDIUM = 320
    LARGE = 640


class ThumbnailParameters(QueryParameters):
    """How large a thumbnail is."""

    size: Side = Field(Side.MEDIUM, description="Pixels of the longer side; a smaller picture keeps its size.")


class OriginalParameters(QueryParameters):
    """How an original is sent."""

    download: bool = Field(False, description="To be saved instead of shown.")
    metadata: Literal["strip", "keep"] = Field(
        "strip", description="Whether EXIF (with the place), XMP, IPTC and comments stay; `keep` needs a write key."
    )
