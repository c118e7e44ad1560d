"""What is searched for and how, and what an answer looks like."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag
from pydantic.json_schema import SkipJsonSchema

from cbir.api.schemas.addresses import MAX_OFFSET, CollectionName, ImageId, Label
from cbir.api.schemas.base import Body, Form, Output, QueryParameters
from cbir.api.schemas.images import PictureFile
from cbir.engines.borders import MAX_K
from cbir.images.formats import EXTENSIONS

MAX_EXAMPLES = 50
"""Positive or negative ones; each is described or read before a search."""

Token = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_-]{1,200}$", description="The `query` of an earlier answer or of POST /queries.")
]
CropText = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{1,6},[0-9]{1,6},[0-9]{1,6},[0-9]{1,6}$",
        description="`x,y,width,height` in pixels of the upright image: search with this part of it only.",
        examples=["0,0,320,240"],
    ),
]
Name = Annotated[str, Field(min_length=1, max_length=200)]
WebAddress = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2048,
        description="A picture on the public internet, where the server's owner has switched this on.",
    ),
]


class IndexedImage(Body):
    """An indexed image as an example."""

    model_config = ConfigDict(strict=True)

    id: ImageId
    crop: CropText | None = None


class SearchedPicture(Body):
    """A picture that was searched with before, as an example."""

    model_config = ConfigDict(strict=True)

    query: Token
    crop: CropText | None = None


def _kind_of_example(given: object) -> str | None:
    kinds = [(str, "id"), (SearchedPicture, "searched"), (IndexedImage, "indexed")]
    if isinstance(given, dict):
        return "searched" if "query" in given else "indexed"
    return next((kind for one, kind in kinds if isinstance(given, one)), None)


Example = Annotated[
    Annotated[ImageId, Tag("id")]
    | Annotated[IndexedImage, Tag("indexed")]
    | Annotated[SearchedPicture, Tag("searched")],
    Discriminator(
        _kind_of_example,
        custom_error_type="example",
        custom_error_message='Give an id, {"id": …} or {"query": …}, the last two with a crop where wanted.',
    ),
]


class QueryFields(BaseModel):
    """What is searched for."""

    image_id: ImageId | None = Field(None, description="An image of the collection.")
    query: Token | None = None
    url: WebAddress | None = None
    crop: CropText | None = None


class FilterFields(BaseModel):
    """Where it is searched, and what may be found."""

    collection: CollectionName = "default"
    strategy: Name = Field("exact", description="How candidates are found; see GET /strategies.")
    labels: list[Label] = Field([], max_length=100, description="Only images with at least one of these.")
    text: str = Field(
        "", max_length=1000, description="Only images with these words in name, labels, keywords or caption."
    )
    exclude_self: bool = Field(False, description="Leave out the images that are searched for.")
    closeness: bool = Field(True, description="Say how close hits are, measured by random pairs of the collection.")


class SearchFields(FilterFields, QueryFields):
    """A search but for its examples."""

    extractor: Name | None = Field(None, description="By default the collection's best neural one.")
    metric: Name | None = Field(None, description="By default cosine, and chi2 for histograms.")
    k: int = Field(10, ge=1, le=MAX_K, description="Hits.")
    offset: int = Field(0, ge=0, le=MAX_OFFSET, description="Hits to pass over from the best.")
    threshold: float | None = Field(
        None,
        allow_inf_nan=False,
        description="Only hits with a native score of at most this (a distance) or at least this (a similarity).",
    )
    collapse: bool = Field(False, description="Put near-duplicates of a hit into the hit.")
    centred: bool = Field(
        False,
        description="Take half of the collection's mean descriptor off the query, so that what all images share "
        "counts less; with cosine and euclidean only. Scores are those of the centred query.",
    )


def _kind(field: str, given: dict[str, Any], absent: dict[str, Any]) -> dict[str, Any]:
    return {"title": f"by {field}", "required": [field], "properties": {field: given, **absent}}


_NO_LIST: dict[str, Any] = {"maxItems": 0}
_SINGLE = {"positive": _NO_LIST, "negative": _NO_LIST}
_NOT_WITH_LISTS = {name: {"type": "null"} for name in ("image", "image_id", "query", "url", "crop")}
_KINDS = [
    *(_kind(name, {"type": "string"}, _SINGLE) for name in ("image_id", "query", "url")),
    _kind("positive", {"minItems": 1}, _NOT_WITH_LISTS),
]
JSON_KINDS: dict[str, Any] = {"oneOf": _KINDS}
"""Exactly one kind of query."""
MEDIA_TYPES = ", ".join(f"image/{name.lower()}" for name in (*EXTENSIONS, "HEIC"))
FORM_ENCODING: dict[str, dict[str, Any]] = {
    "image": {"contentType": f"{MEDIA_TYPES}, application/octet-stream"},
    **{name: {"style": "form", "explode": True} for name in ("labels", "positive", "negative")},
}
"""How the fields of a form are sent: a list as a field that comes several times."""


def form_schema(schema: dict[str, Any]) -> None:
    """Change the schema of a body into a form's: a field is there or not, never null."""
    for field in schema["properties"].values():
        forms = [one for one in field.get("anyOf", ()) if one != {"type": "null"}]
        if len(forms) == 1:
            field.update({**forms[0], **field})
            del field["anyOf"]
        if field.get("default", ...) is None:
            del field["default"]
    schema["oneOf"] = [_kind("image", {}, _SINGLE), *_KINDS]


class SearchBody(SearchFields, Body):
    """A search: exactly one of `image_id`, `query`, `url` and `positive` (with `negative` where wanted)."""

    model_config = ConfigDict(strict=True, json_schema_extra=JSON_KINDS)

    positive: list[Example] = Field([], max_length=MAX_EXAMPLES, description="Images like these.")
    negative: list[Example] = Field([], max_length=MAX_EXAMPLES, description="Unlike these.")


class SearchForm(SearchFields, Form):
    """A search as a form: exactly one of `image`, `image_id`, `query`, `url` and `positive`."""

    model_config = ConfigDict(json_schema_extra=form_schema)

    image: PictureFile | SkipJsonSchema[None] = None
    positive: list[ImageId] = Field([], max_length=MAX_EXAMPLES)
    negative: list[ImageId] = Field([], max_length=MAX_EXAMPLES)


class ExportParameters(QueryParameters):
    """In which form a ranking is saved."""

    format: Literal["json", "csv", "trec"] = "json"


class FoundImage(Output):
    """A hit."""

    rank: int = Field(description="From 1 over the whole ranking.")
    id: str
    path: str = Field(description="Below the folder that was indexed; empty for an image without a file.")
    score: float = Field(description="The metric's native value.")
    closeness: float | None = Field(
        description="The share of random pairs of the collection's images that are farther apart."
    )
    labels: list[str]
    width: int
    height: int
    thumbnail: str = Field(description="Where a small picture of it is.")
    original: str = Field(description="Where its file is.")
    collapsed: list[str] = Field(description="Ids of near-duplicates that stand in this hit.")


class StepTimes(Output):
    """Milliseconds."""

    decode: float
    extract: float
    search: float
    closeness: float


class Answer(Output):
    """A page of a ranking, and how it came about."""

    collection: str
    extractor: str
    metric: str
    strategy: str
    exact: bool
    engine: str
    index: str = Field(description="What of the engine answered.")
    took_ms: float = Field(description="All steps together.")
    steps_ms: StepTimes
    query: str | None = Field(description="Searches with the same picture again; null for indexed images.")
    query_expires_at: datetime | None = Field(description="When the picture is forgotten if nobody searches with it.")
    total: int = Field(description="Hits on all pages together, or at most so many.")
    total_is_exact: bool = Field(description="Whether there are exactly so many; not known of all thresholds.")
    offset: int
    nothing_similar: bool | None = Field(
        description="Whether even the best hit is farther than nearest neighbours usually are; null where unknown."
    )
    hits: list[FoundImage]
