"""What a person searches with: indexed images and pictures from outside, whole or cropped."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from cbir.collection import Collection
from cbir.describing.base import Describer, Queries
from cbir.errors import ImageError, NotFoundError
from cbir.images.decode import decode, file_id, read_bytes
from cbir.images.turns import turn
from cbir.records import RGB, Identity, ImageRecord, Vector, shown_path
from cbir.searching.crops import Crop
from cbir.searching.steps import DECODE, EXTRACT, Steps


class Example(Protocol):
    """One picture that a search is for, or against."""

    @property
    def id(self) -> str:
        """The image's id, by which it can be left out of its own answer; empty where there is none."""

    def descriptor(self, collection: Collection, extractor: str, steps: Steps) -> Vector:
        """Its descriptor (D,), comparable with those of the collection.

        Raises:
            NotFoundError: the image or picture is not there, or no more.
            ImageError: it cannot be read as a picture.
            InvalidRequestError: its crop reaches beyond it.
        """


@dataclass(frozen=True)
class IndexedExample:
    """An image of the collection. Whole, its stored descriptor is used; a part of it is described anew."""

    id: str
    crop: Crop | None = None

    def descriptor(self, collection: Collection, extractor: str, steps: Steps) -> Vector:
        """See `Example`."""
        if self.crop is None:
            with steps.measure(EXTRACT):
                return collection.descriptor(self.id, extractor)
        with steps.measure(DECODE):
            data = _file_of(collection.record(self.id))
        with turn(data):
            with steps.measure(DECODE):
                pixels = self.crop.of(decode(data).pixels)
            with steps.measure(EXTRACT):
                return collection.describe(pixels, extractor)


@dataclass(frozen=True)
class DecodedExample:
    """A picture from outside that is decoded already, as a program has it."""

    id: str
    pixels: RGB

    def descriptor(self, collection: Collection, extractor: str, steps: Steps) -> Vector:
        """See `Example`."""
        with steps.measure(EXTRACT):
            return collection.describe(self.pixels, extractor)


def example_from_file(path: str, steps: Steps) -> DecodedExample:
    """The picture in a file.

    Raises:
        ImageError: it cannot be read as a picture.
    """
    try:
        with steps.measure(DECODE):
            data = read_bytes(path)
            return DecodedExample(file_id(data), decode(data).pixels)
    except ImageError as error:
        raise ImageError(f"{shown_path(path)}: {error.message}", remedy=error.remedy) from None


KEPT_PIXELS = 2_000_000
"""A picture of no more is kept decoded until its search has ended: that may be of a hundred pictures."""


class PictureExample:
    """A picture from outside that is kept among the queries, under a token. It is described once for each extractor
    and crop, however often it is searched with, and unless it is large decoded once for all of them.
    """

    def __init__(
        self, token: str, queries: Queries, crop: Crop | None = None, describer: Describer | None = None
    ) -> None:
        """A picture.

        Args:
            token: what `Queries.put` gave for it.
            queries: where it is kept.
            crop: the part of it that is meant.
            describer: computes the descriptor in place of the collection's own.
        """
        self.token = token
        self.crop = crop
        self._queries = queries
        self._describer = describer
        self._kept: RGB | None = None

    @cached_property
    def id(self) -> str:
        """See `Example`: that of an indexed image with the same bytes."""
        return file_id(self._data)

    def descriptor(self, collection: Collection, extractor: str, steps: Steps) -> Vector:
        """See `Example`."""
        key = descriptor_key(collection.identity(extractor), self.crop)
        kept = self._queries.descriptor(self.token, key)
        if kept is not None:
            return kept
        with turn(self._data):
            with steps.measure(DECODE):
                whole = self._pixels()
                pixels = self.crop.of(whole) if self.crop else whole
            with steps.measure(EXTRACT):
                found = self._described(pixels, collection, extractor)
        # what expired in this very moment is answered all the same
        with suppress(NotFoundError):
            self._queries.keep(self.token, key, found)
        return found

    def _described(self, pixels: RGB, collection: Collection, extractor: str) -> Vector:
        if self._describer is None:
            return collection.describe(pixels, extractor)
        return self._describer.describe(pixels, collection.installed(extractor))

    @cached_property
    def _data(self) -> bytes:
        return self._queries.data(self.token)

    def _pixels(self) -> RGB:
        if self._kept is not None:
            return self._kept
        pixels = decode(self._data).pixels
        if pixels.shape[0] * pixels.shape[1] <= KEPT_PIXELS:
            self._kept = pixels
        return pixels


def descriptor_key(identity: Identity, crop: Crop | None) -> str:
    """The name by which a descriptor of a picture is kept: other for whatever changes its numbers."""
    whole = json.dumps([identity.to_json(), str(crop) if crop else None], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()


def _file_of(record: ImageRecord) -> bytes:
    """The first of an image's files that still has its bytes."""
    for location in record.locations:
        with suppress(ImageError):
            data = read_bytes(location.path)
            if file_id(data) == record.id:
                return data
    raise ImageError(
        f"No file of the image {record.id} can be read as it was indexed, so that no part of it can be cropped.",
        remedy="Restore the file or index it again; or search with the whole image.",
    )
