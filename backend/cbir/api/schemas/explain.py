"""Why an image is a hit, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field

from cbir.api.schemas.addresses import CollectionName, ImageId, Label
from cbir.api.schemas.base import Body, Form, Output
from cbir.api.schemas.images import PictureFile
from cbir.api.schemas.search import (
    FORM_ENCODING,
    JSON_KINDS,
    MAX_EXAMPLES,
    Example,
    Name,
    QueryFields,
    StepTimes,
    form_schema,
)

MAX_TOP = 1000
ENCODING = {name: FORM_ENCODING[name] for name in ("image", "labels")}
_OTHER_QUERIES = ("image_id", "query", "url", "positive", "negative")


class ExplanationFields(QueryFields):
    """A question but for its examples."""

    collection: CollectionName = "default"
    hit: ImageId = Field(description="The image that is explained.")
    extractor: Name | None = Field(None, description="By default the collection's best neural one.")
    metric: Name | None = Field(None, description="By default cosine, and chi2 for histograms.")
    top: int = Field(10, ge=1, le=MAX_TOP, description="How many dimensions, and how many groups of each kind.")
    ranks: bool = Field(True, description="Whether to rank the image under every metric, which costs searches.")
    labels: list[Label] = Field([], max_length=100, description="Rank it among images with at least one of these.")
    text: str = Field("", max_length=1000, description="Rank it among images with these words.")
    exclude_self: bool = Field(False, description="Rank it without the images that are searched for.")


class ExplanationBody(ExplanationFields, Body):
    """One query, as of POST /search, and the image that is explained."""

    model_config = ConfigDict(strict=True, json_schema_extra=JSON_KINDS)

    positive: list[Example] = Field([], max_length=MAX_EXAMPLES)
    negative: list[Example] = Field([], max_length=MAX_EXAMPLES)


def _picture_alone(schema: dict[str, Any]) -> None:
    """Leave out the queries that are refused beside a picture."""
    form_schema(schema)
    del schema["oneOf"]
    for name in _OTHER_QUERIES:
        del schema["properties"][name]


class ExplanationForm(ExplanationFields, Form):
    """The same for a picture's file."""

    model_config = ConfigDict(json_schema_extra=_picture_alone)

    image: PictureFile
    positive: list[ImageId] = Field([], max_length=0)
    negative: list[ImageId] = Field([], max_length=0)


class ColourBin(Output):
    """A bin of hue, saturation and value, each from … to."""

    number: int = Field(description="From 0 to 80, hue the slowest and value the fastest.")
    hue: tuple[float, float] = Field(description="Degrees.")
    saturation: tuple[float, float] = Field(description="From 0 to 1.")
    value: tuple[float, float] = Field(description="From 0 to 1.")
    srgb: str = Field(description="The colour in its middle, `#rrggbb`.")


class RegionEllipse(Output):
    """An upright ellipse; x as a share of the picture's width, y of its height."""

    centre: tuple[float, float]
    half_axes: tuple[float, float]


class PictureRegion(Output):
    """A region of every picture: an ellipse, or a polygon less that ellipse."""

    name: str
    ellipse: RegionEllipse | None
    polygon: list[tuple[float, float]] = Field(description="Corners, x and y as shares of width and height.")


class ExplainedPart(Output):
    """A dimension, or several together: what is null varies among them, or does not apply."""

    dim: int | None
    region: str | None
    colour: ColourBin | None
    layer: str | None
    channel: int | None = Field(description="In its layer, from 0.")
    level: int | None = Field(description="How strong the channel answers there: 0 weak, 1 middling, 2 strong.")


class ExplainedShare(Output):
    """What a dimension, or several together, have to do with the score."""

    part: ExplainedPart
    query: float = Field(description="The query's value, or the sum of its values.")
    hit: float = Field(description="The image's.")
    apart: float = Field(description="Its share of what parts the two, 0 or more.")
    together: float = Field(description="Its share of what they have in common, 0 or more.")


class LargestShares(Output):
    """Dimensions or groups of them. Those whose share is 0 are left out; of up to 16 groups all others are told."""

    by: str = Field(description="`dimension`, `region`, `colour`, `layer` or `channel`.")
    count: int = Field(description="How many there are in all.")
    together: list[ExplainedShare] = Field(description="The largest first.")
    apart: list[ExplainedShare] = Field(description="The largest first.")


class ScoreFormula(Output):
    """How the score is made of the dimensions; A is the query, B the image."""

    apart: str
    together: str
    score: str = Field(description="How it follows from the sums.")


class RankUnderMetric(Output):
    """The image's place under a metric, with the same query and descriptor."""

    metric: str
    score: float
    larger_is_better: bool
    closeness: float | None = Field(
        description="The share of random pairs of the collection's images that are farther apart."
    )
    rank: int | None = Field(description="1 and the number of images before it; null where that is not known.")
    beyond: int | None = Field(
        description="At least so many images are before it, where rank is null for that; null with a null rank says "
        "that labels, text or exclude_self leave the image out."
    )


class Explanation(Output):
    """Why an image has its score and its rank."""

    collection: str
    extractor: str
    metric: str
    hit: str
    query: str | None = Field(description="Searches with the same picture again; null for indexed images.")
    query_expires_at: datetime | None
    took_ms: float
    steps_ms: StepTimes
    kind: Literal["colours", "channels", "values"] = Field(
        description="What dimensions are: colours in regions, bins of channels of layers, or values without a name."
    )
    dims: int
    score: float
    larger_is_better: bool
    formula: ScoreFormula
    apart: float = Field(description="Sum over all dimensions.")
    together: float = Field(description="Sum over all dimensions.")
    regions: list[PictureRegion] = Field(description="Where the regions are; empty where the descriptor has none.")
    dimensions: LargestShares
    groups: list[LargestShares] = Field(description="By region and by colour, or by layer and by channel.")
    ranks: list[RankUnderMetric] = Field(description="Under every metric that the descriptor allows.")
