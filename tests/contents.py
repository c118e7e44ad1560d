"""Everything that a collection holds, in plain values that two engines can be compared by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cbir.engines.base import Engine, StoredExtractor
from cbir.records import ImageRecord


@dataclass(frozen=True)
class Contents:
    extractors: tuple[StoredExtractor, ...]
    records: list[ImageRecord]
    """In order of their ids."""
    descriptors: dict[str, dict[str, bytes]]
    """By extractor and image, those that are there, bit for bit."""
    metadata: dict[str, Any]


def contents(engine: Engine, name: str) -> Contents:
    with engine.open(name) as stored:
        records = [record for page in stored.walk(1000) for record in page]
        descriptors = {}
        for one in stored.extractors():
            lacking = set(stored.missing(one.identity.name))
            ids = [record.id for record in records if record.id not in lacking]
            rows = stored.vectors(one.identity.name, ids)
            descriptors[one.identity.name] = {image: row.tobytes() for image, row in zip(ids, rows, strict=True)}
        kept = {key: stored.metadata(key) for key in stored.metadata_keys()}
        return Contents(stored.extractors(), records, descriptors, kept)
