"""Collections over HTTP."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from cbir.api.schemas.addresses import CollectionName, ExtractorName, Page
from cbir.api.schemas.base import Body, Output, QueryParameters
from cbir.api.schemas.trash import Entry


class CollectionExtractor(Output):
    """An extractor of a collection."""

    name: str
    version: int
    dims: int
    non_negative: bool
    parameters: dict[str, Any]
    weights: str = Field(description="SHA-256 of the weights that it was computed with; empty without weights.")
    complete: bool = Field(description="Whether every image has this descriptor, so that it can be searched.")
    missing: int = Field(description="Images that have no descriptor of it yet.")
    default_metric: str
    usable: bool = Field(description="Whether pictures can be described with it now; indexed ones always compare.")
    problem: str = Field(description="Why it is not usable.")
    remedy: str


class CollectionSummary(Output):
    """What a list says of a collection."""

    name: str
    images: int | None = Field(description="Null where it cannot be opened.")
    extractors: list[CollectionExtractor]
    default_extractor: str | None = Field(
        description="Of a search where none is chosen; null where none is complete."
    )
    default_metric: str | None
    problem: str = Field(description="Why it cannot be opened.")
    remedy: str


class CollectionList(Page):
    """The collections, by name."""

    engine: str = Field(description="What stores and searches.")
    collections: list[CollectionSummary]


class IndexedFolder(Output):
    """A folder that was indexed, or single files that were."""

    name: str
    files: int


class Collection(CollectionSummary):
    """A collection."""

    engine: str
    folders: list[IndexedFolder] | None = Field(description="Null unless asked for.")
    labels: int = Field(description="How many different ones.")
    notes: list[str] = Field(
        [], description="What a person should know of its making: extractors that were left out."
    )


class CollectionParameters(QueryParameters):
    """What is said of a collection."""

    folders: bool = Field(False, description="Whether its folders are counted, which takes a while for many images.")


class NewCollection(Body):
    """A collection to be made."""

    model_config = ConfigDict(strict=True)

    name: CollectionName = Field(description="At most 64 of A-Z, a-z, 0-9, `_`, `-` and `.`.")
    extractors: list[ExtractorName] | None = Field(
        None, min_length=1, max_length=100, description="By default those whose weights are there or can be fetched."
    )


class DeletedCollection(Output):
    """What became of a collection."""

    name: str
    images: int | None = Field(description="How many it held; null where it was damaged.")
    trash: Entry | None = Field(description="Uploaded copies, from which they can be restored. Others are untouched.")
    remedy: str = Field(description="How to undo it.")


class AddedExtractor(Body):
    """An extractor for a collection."""

    model_config = ConfigDict(strict=True)

    extractor: ExtractorName


class FolderToIndex(Body):
    """A folder of the server whose pictures go into a collection."""

    model_config = ConfigDict(strict=True)

    path: str = Field(min_length=1, max_length=4096, description="As GET /folders names it.")
    remove_missing: bool = Field(False, description="Take out images whose files are no longer there.")
    replace_changed: bool = Field(False, description="Replace images whose files have changed.")


class LabelCount(Output):
    """A label."""

    label: str
    images: int


class LabelList(Page):
    """The labels of a collection, by name."""

    labels: list[LabelCount]
