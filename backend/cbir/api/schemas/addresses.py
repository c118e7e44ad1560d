"""What stands in addresses: the names of collections and images, and pages of lists."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cbir.api.schemas.base import Output, PathParameters, QueryParameters

MAX_OFFSET = 1_000_000
MAX_LIMIT = 1000

CollectionName = Annotated[str, Field(min_length=1, max_length=64, description="The collection.")]
ExtractorName = Annotated[str, Field(min_length=1, max_length=200, description="See GET /extractors.")]
ImageId = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the image's file.")]
Label = Annotated[str, Field(min_length=1, max_length=500)]


class OneCollection(PathParameters):
    """A collection."""

    collection: CollectionName


class OneExtractor(PathParameters):
    """An extractor of a collection."""

    collection: CollectionName
    extractor: ExtractorName


class OneImage(PathParameters):
    """An image of a collection."""

    collection: CollectionName
    id: ImageId


class OneVector(PathParameters):
    """A descriptor of an image."""

    collection: CollectionName
    id: ImageId
    extractor: ExtractorName


class Paging(QueryParameters):
    """Which part of a list."""

    offset: int = Field(0, ge=0, le=MAX_OFFSET, description="How many to pass over.")
    limit: int = Field(100, ge=1, le=MAX_LIMIT, description="How many at most.")


class Page(Output):
    """A part of a list."""

    total: int = Field(description="How many there are in all.")
    offset: int
    limit: int
