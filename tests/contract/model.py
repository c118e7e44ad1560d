"""A collection in plain dictionaries: what every engine must do, in the plainest words."""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import replace

import numpy as np

from cbir.engines.base import EVERYTHING, Filter, SearchRequest
from cbir.records import ImageEntry, ImageRecord

from .oracle import LARGER_IS_BETTER, score, tolerance


def tidy(record: ImageRecord) -> ImageRecord:
    """A record as an engine gives it back."""
    places = {place.path: place for place in record.locations}
    return replace(
        record,
        locations=tuple(places[path] for path in sorted(places, key=os.fsencode)),
        labels=tuple(sorted(set(record.labels))),
        keywords=tuple(dict.fromkeys(record.keywords)),
    )


def plain_words(text: str) -> list[str]:
    """Words without case and accents; anything but letters and digits separates."""
    stripped = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.findall(r"[^\W_]+", stripped.lower())


class Model:
    """Images by id, with the descriptors that each has."""

    def __init__(self, extractors: list[str]) -> None:
        self.extractors = list(extractors)
        self.records: dict[str, ImageRecord] = {}
        self.vectors: dict[str, dict[str, np.ndarray]] = {}

    def upsert(self, entries: list[ImageEntry]) -> None:
        for entry in entries:
            new, old = entry.record, self.records.get(entry.record.id)
            if old:
                new = replace(
                    new,
                    locations=(*old.locations, *new.locations),
                    labels=(*old.labels, *new.labels),
                    keywords=(*old.keywords, *new.keywords),
                    caption=new.caption or old.caption,
                    added_at=old.added_at or new.added_at,
                )
            self._store(tidy(new))
            self.vectors[new.id] = {name: np.array(v, np.float32) for name, v in entry.descriptors.items()}

    def update(self, records: list[ImageRecord]) -> None:
        for record in records:
            if record.id in self.records:
                self._store(tidy(replace(record, added_at=record.added_at or self.records[record.id].added_at)))

    def delete(self, ids: list[str]) -> None:
        for image in ids:
            self.records.pop(image, None)
            self.vectors.pop(image, None)

    def drop_extractor(self, name: str) -> None:
        self.extractors.remove(name)
        for vectors in self.vectors.values():
            vectors.pop(name, None)

    def missing(self, name: str) -> list[str]:
        return sorted(image for image, vectors in self.vectors.items() if name not in vectors)

    def found(self, filter: Filter = EVERYTHING) -> list[str]:
        """Ids that a filter lets through, ascending."""
        return [image for image in sorted(self.records) if self._passes(self.records[image], filter)]

    def locations(self):
        pairs = [(place, image) for image, record in self.records.items() for place in record.locations]
        return sorted(pairs, key=lambda pair: os.fsencode(pair[0].path))

    def labels(self) -> dict[str, int]:
        names = sorted({label for record in self.records.values() for label in record.labels})
        return {name: sum(name in record.labels for record in self.records.values()) for name in names}

    def ranking(self, request: SearchRequest, query) -> list[tuple[str, float]]:
        """All (id, score) that the filter lets through, best first, ties by id."""
        scored = [
            (image, score(request.metric, query, self.vectors[image][request.extractor]))
            for image in self.found(request.filter)
        ]
        sign = -1 if request.metric in LARGER_IS_BETTER else 1
        return sorted(scored, key=lambda pair: (sign * pair[1], pair[0]))

    def _store(self, record: ImageRecord) -> None:
        taken = {place.path for place in record.locations}
        for image, other in self.records.items():
            if image != record.id and any(place.path in taken for place in other.locations):
                kept = tuple(place for place in other.locations if place.path not in taken)
                self.records[image] = replace(other, locations=kept)
        self.records[record.id] = record

    def _passes(self, record: ImageRecord, filter: Filter) -> bool:
        if record.id in filter.exclude:
            return False
        if filter.labels and not set(filter.labels) & set(record.labels):
            return False
        names = [os.fsencode(os.path.basename(p.path)).decode("utf-8", "replace") for p in record.locations]
        own = plain_words("\n".join([*names, *record.labels, *record.keywords, record.caption]))
        if not filter.text:
            return True
        *whole, last = plain_words(filter.text)
        return all(word in own for word in whole) and any(word.startswith(last) for word in own)


def assert_same_ranking(got, model: Model, request: SearchRequest, query) -> None:
    """An engine's hits are the model's, rank by rank; ids may differ only where scores do not."""
    everything = model.ranking(request, query)
    truth = dict(everything)
    expected = everything[request.offset : request.offset + request.k]
    case = f"\nrequest {request}\nexpected {expected}\ngot {got.hits}"
    assert got.exact, case
    assert len(got.hits) == len(expected), case
    assert len({hit.id for hit in got.hits}) == len(got.hits), case
    for rank, (hit, (image, value)) in enumerate(zip(got.hits, expected, strict=True), start=1):
        assert hit.id in truth, f"rank {rank}: {hit.id} may not be found{case}"
        assert abs(hit.score - value) <= tolerance(value), f"rank {rank}: score{case}"
        assert abs(truth[hit.id] - value) <= tolerance(value), f"rank {rank}: {hit.id} instead of {image}{case}"
    for first, second in zip(got.hits, got.hits[1:], strict=False):
        if first.score == second.score:
            assert first.id < second.id, f"a tie is not in order of ids{case}"
