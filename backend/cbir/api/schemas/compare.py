"""One query, several descriptors and metrics, side by side."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from cbir.api.schemas.addresses import ImageId
from cbir.api.schemas.base import Body, Form, Output
from cbir.api.schemas.images import PictureFile
from cbir.api.schemas.search import (
    FORM_ENCODING,
    JSON_KINDS,
    MAX_EXAMPLES,
    Example,
    FilterFields,
    FoundImage,
    Name,
    QueryFields,
    StepTimes,
    form_schema,
)

MAX_K = 200
PairText = Annotated[
    str, Field(pattern=r"^[^,]{1,200},[^,]{1,200}$", description="`extractor,metric`", examples=["hist-basic,chi2"])
]
ENCODING = {**FORM_ENCODING, "pairs": {"style": "form", "explode": True}}


class Pair(Body):
    """A descriptor and a metric."""

    model_config = ConfigDict(strict=True)

    extractor: Name
    metric: Name


class ComparisonFields(FilterFields, QueryFields):
    """A comparison but for its examples and pairs."""

    k: int = Field(10, ge=1, le=MAX_K, description="Hits a column.")


class ComparisonBody(ComparisonFields, Body):
    """One query, as of POST /search, and the pairs to compare."""

    model_config = ConfigDict(strict=True, json_schema_extra=JSON_KINDS)

    positive: list[Example] = Field([], max_length=MAX_EXAMPLES)
    negative: list[Example] = Field([], max_length=MAX_EXAMPLES)
    pairs: list[Pair] = Field(min_length=2, max_length=12)


class ComparisonForm(ComparisonFields, Form):
    """The same as a form."""

    model_config = ConfigDict(json_schema_extra=form_schema)

    image: PictureFile | SkipJsonSchema[None] = None
    positive: list[ImageId] = Field([], max_length=MAX_EXAMPLES)
    negative: list[ImageId] = Field([], max_length=MAX_EXAMPLES)
    pairs: list[PairText] = Field(min_length=2, max_length=12)


class Column(Output):
    """What one pair found."""

    extractor: str
    metric: str
    exact: bool
    nothing_similar: bool | None
    hits: list[FoundImage]


class Agreement(Output):
    """How far two columns agree."""

    columns: tuple[int, int] = Field(description="Their places in `columns`, from 0.")
    overlap: float = Field(description="The share of the k hits that both have.")
    kendall: float = Field(
        description="Kendall's rank correlation of their best k, −1 to 1 (Fagin, Kumar, Sivakumar 2003)."
    )


class ComparisonAnswer(Output):
    """The columns in the order of the pairs, and the agreement of every two."""

    collection: str
    strategy: str
    k: int
    took_ms: float
    steps_ms: StepTimes
    query: str | None
    query_expires_at: datetime | None
    columns: list[Column]
    agreements: list[Agreement]
