"""What a batch makes of the images it touches, decided from their stored states before anything is sent; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from cbir.engines.elasticsearch.documents import Stored
from cbir.engines.merging import merged, normal
from cbir.records import ImageRecord


class Plan:
    """Records as they will be. They are put in one after the other; a path belongs to the image that had it last."""

    def __init__(self, known: Mapping[str, Stored]) -> None:
        self.known = known
        """The images of the batch that are there, and all others that own one of its paths."""
        self._records = {image: one.record for image, one in known.items()}
        self._owners: dict[str, set[str]] = {}
        for record in self._records.values():
            self._note(record)

    def upsert(self, record: ImageRecord) -> bool:
        """Add an image, or merge it with the one of its id; whether that changes a record."""
        old = self._records.get(record.id)
        wanted = merged(old, record) if old else normal(record)
        if old is None and wanted.added_at is None:
            wanted = replace(wanted, added_at=datetime.now(UTC))
        return self._put(wanted)

    def update(self, record: ImageRecord) -> bool:
        """Replace the record of an image, if it is there; whether that changes it."""
        old = self._records.get(record.id)
        if old is None:
            return False
        wanted = normal(record)
        return self._put(wanted if wanted.added_at else replace(wanted, added_at=old.added_at))

    def changes(self) -> Iterator[ImageRecord]:
        """The records that are not as they are stored."""
        for image, record in self._records.items():
            if image not in self.known or self.known[image].record != record:
                yield record

    def record(self, image: str) -> ImageRecord:
        """A record as it will be."""
        return self._records[image]

    def _put(self, record: ImageRecord) -> bool:
        if record == self._records.get(record.id):
            return False
        paths = {place.path for place in record.locations}
        losers = {image for path in paths for image in self._owners.get(path, ()) if image != record.id}
        for image in losers:
            kept = tuple(place for place in self._records[image].locations if place.path not in paths)
            self._records[image] = replace(self._records[image], locations=kept)
        for path in paths:
            self._owners[path] = {record.id}
        self._records[record.id] = record
        return True

    def _note(self, record: ImageRecord) -> None:
        for place in record.locations:
            self._owners.setdefault(place.path, set()).add(record.id)
