"""What descriptors see, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from cbir.api.schemas.addresses import CollectionName, ImageId
from cbir.api.schemas.base import Body, Form, Output, PathParameters, QueryParameters
from cbir.api.schemas.explain import ColourBin, PictureRegion
from cbir.api.schemas.images import PictureFile
from cbir.api.schemas.search import FORM_ENCODING, CropText, Name, Token

ENCODING = {"image": FORM_ENCODING["image"]}
MOST_CHANNELS = 512

MapLayer = Literal[
    "block1_conv1",
    "block1_conv2",
    "block1_pool",
    "block2_conv1",
    "block2_conv2",
    "block2_pool",
    "block3_conv1",
    "block3_conv2",
    "block3_conv3",
    "block3_pool",
    "block4_conv1",
    "block4_conv2",
    "block4_conv3",
    "block4_pool",
    "block5_conv1",
    "block5_conv2",
    "block5_conv3",
    "block5_pool",
]


class FigureBody(Body):
    """A picture that was searched with, or given by POST /queries."""

    model_config = ConfigDict(strict=True)

    query: Token
    crop: CropText | None = None
    extractor: Name = Field(description="Any that is installed; see GET /extractors.")


def _no_null(schema: dict[str, Any]) -> None:
    """A field of a form is there or not, never null."""
    crop = schema["properties"]["crop"]
    crop.update(crop.pop("anyOf")[0])
    del crop["default"]


class FigureForm(Form):
    """A picture's file."""

    model_config = ConfigDict(json_schema_extra=_no_null)

    image: PictureFile
    crop: CropText | None = None
    extractor: Name


class OneMap(PathParameters):
    """A layer's maps of an image."""

    collection: CollectionName
    id: ImageId
    layer: MapLayer


class MapParameters(QueryParameters):
    """Which channels; the first 64 where nothing is said."""

    channels: Annotated[str, Field(pattern=r"^[0-9]{1,3}(,[0-9]{1,3}){0,511}$")] | None = Field(
        None, description="Different channels of the layer, from 0, with commas between them: `0,1,2`."
    )
    first: int | None = Field(None, ge=1, le=MOST_CHANNELS, description="So many from channel 0 on, or all.")


class ColourFigure(Output):
    """How much of each colour each region holds."""

    kind: Literal["colours"]
    regions: list[PictureRegion]
    colours: list[ColourBin]
    values: list[list[float]] = Field(description="By region and colour, as stored: a region adds up to 1/5.")


class LayerHistograms(Output):
    """How often the channels of a layer are weak, middling and strong."""

    layer: str
    channels: int
    height: int = Field(description="Of a map.")
    width: int
    values: list[tuple[float, float, float]] = Field(description="By channel, as stored: each adds up to 1/1472.")
    maps: str | None = Field(description="Where its feature maps are; null for a picture that is not indexed.")


class ChannelFigure(Output):
    """The histograms of all channels, layer by layer."""

    kind: Literal["channels"]
    layers: list[LayerHistograms]


class GridFigure(Output):
    """The values in a grid."""

    kind: Literal["values"]
    columns: int
    rows: list[list[float]] = Field(description="The last one is shorter where the columns do not divide the values.")


class DescriptorFigure(Output):
    """What a descriptor sees in a picture."""

    extractor: str
    dims: int
    id: str | None = Field(description="The image; null for a picture from outside.")
    query: str | None = Field(description="The token of a picture from outside.")
    query_expires_at: datetime | None
    figure: Annotated[ColourFigure | ChannelFigure | GridFigure, Field(discriminator="kind")]
