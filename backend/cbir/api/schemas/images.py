"""Images of a collection over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from flask_openapi3.models.file import FileStorage
from pydantic import Field

from cbir.api.schemas.addresses import MAX_LIMIT, Label, Page, Paging
from cbir.api.schemas.base import Form, Output, QueryParameters
from cbir.api.schemas.jobs import Job
from cbir.api.schemas.trash import Entry

MAX_PARTS = 1000
"""Pictures in one request."""
MAX_SEED = 2**31 - 1

Labels = Annotated[list[Label], Field(max_length=100)]


class FileLocation(Output):
    """Where an image's bytes were found."""

    folder: str = Field(description="Name of the folder that was indexed.")
    path: str = Field(description="Below that folder.")
    size: int = Field(description="Bytes.")
    modified_at: datetime | None
    uploaded: bool = Field(description="Whether it is a copy that was sent here, and not a file of the person.")


class Image(Output):
    """An image of a collection."""

    id: str
    path: str = Field(description="Of its first file, below the folder that was indexed; empty without a file.")
    width: int = Field(description="Pixels of the upright image.")
    height: int
    format: str
    labels: list[str]
    keywords: list[str]
    caption: str
    added_at: datetime | None
    locations: list[FileLocation]
    thumbnail: str = Field(description="Where a small picture of it is.")
    display: str = Field(description="Where a picture of it is that every browser shows.")
    original: str = Field(description="Where its file is.")


class ImageParameters(Paging):
    """Which images, and which part of them."""

    labels: Labels = Field([], description="Only images with at least one of these.")
    text: str = Field(
        "",
        max_length=1000,
        description="Only images with these words in name, labels, keywords or caption.",
    )


class ImageList(Page):
    """Images in order of their ids."""

    images: list[Image]


class RandomParameters(QueryParameters):
    """A random choice."""

    size: int = Field(50, ge=1, le=MAX_LIMIT)
    seed: int | None = Field(None, ge=0, le=MAX_SEED, description="The same seed gives the same images.")
    labels: Labels = Field([], description="Only images with at least one of these.")
    text: str = Field("", max_length=1000)


class RandomImages(Output):
    """Images by chance."""

    seed: int = Field(description="Gives the same images again.")
    total: int = Field(description="How many there are to choose from.")
    images: list[Image]


class KeywordParameters(QueryParameters):
    """Words to look for."""

    text: str = Field(min_length=1, max_length=1000)
    limit: int = Field(100, ge=1, le=MAX_LIMIT)


class KeywordImages(Output):
    """Images whose words match, the most relevant first."""

    images: list[Image]


class LabelParameters(Paging):
    """Which part of the labels."""

    limit: int = Field(MAX_LIMIT, ge=1, le=MAX_LIMIT)


PictureFile = Annotated[FileStorage, Field(description="A picture: JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC or AVIF.")]


class UploadForm(Form):
    """Pictures to be kept and indexed."""

    images: list[PictureFile] = Field(min_length=1, max_length=MAX_PARTS)
    labels: list[Label] = Field([], max_length=100, description="Labels that all of them get.")


class UploadedFile(Output):
    """What became of one file."""

    name: str = Field(description="As the client calls it.")
    state: Literal["stored", "duplicate", "refused"]
    id: str = Field(description="Empty for a file that was refused.")
    reason: str
    remedy: str


class UploadAnswer(Output):
    """What became of each file, and the job that indexes those that were stored."""

    job: Job | None = Field(description="Null where all of them were there already.")
    files: list[UploadedFile] = Field(description="In the order in which they were sent.")


class DeletedImage(Output):
    """What became of an image."""

    id: str
    trash: Entry | None = Field(description="Uploaded copies, from which they can be restored.")
    files: int = Field(
        description="Files of the person; they are untouched, and come back when they are indexed again."
    )


class Descriptor(Output):
    """An image's descriptor."""

    id: str
    extractor: str
    dims: int
    vector: list[float] = Field(description="The stored 32-bit values.")
