"""What changes a collection.

Each call reads the states of the images it touches, decides what becomes of them, and sends that for these very
states. Where another process was faster, the server refuses the change, and it is decided anew.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import Any

from cbir.engines import borders
from cbir.engines.base import ItemResult
from cbir.engines.elasticsearch import documents, limits
from cbir.engines.elasticsearch.bulk import Action, Bulk, End, Kind
from cbir.engines.elasticsearch.connection import Cluster
from cbir.engines.elasticsearch.mapping import Description, DescriptorFields
from cbir.engines.elasticsearch.planning import Plan
from cbir.engines.elasticsearch.reader import Reader
from cbir.engines.elasticsearch.visibility import Unrefreshed
from cbir.errors import CbirError, ConflictError, NotFoundError
from cbir.records import ImageEntry, ImageRecord, Matrix

ROUNDS = 20
"""Times that a change is decided anew before it is given up."""
LONGEST_PAUSE = 1.0
"""Seconds between two of them."""


@dataclass(frozen=True, slots=True)
class Round:
    """What is to be sent, and which items of the call it settles."""

    items: Sequence[tuple[str, bool]]
    """For each item of the call its image, and whether the item changes anything."""
    actions: Iterable[Action]
    owners: Mapping[str, str]
    """Images by the paths that are theirs when it is done."""


class Writer:
    """Changes the images of one collection."""

    def __init__(self, cluster: Cluster, collection: str, reader: Reader, unrefreshed: Unrefreshed) -> None:
        self._collection = collection
        self._reader = reader
        self._unrefreshed = unrefreshed
        self._bulk = Bulk(cluster, collection)

    def upsert(self, describe: Callable[[], Description], entries: Sequence[ImageEntry]) -> list[ItemResult]:
        """See `StoredCollection.upsert`; what is there already is asked while the batch is checked.

        Args:
            describe: asks for the collection's description.
            entries: the batch; an id that comes twice is one image, with the later descriptors.
        """
        records = [entry.record for entry in entries]
        with ThreadPoolExecutor(1) as beside:
            ahead = beside.submit(self._plan, records)
            batch = _Batch.checked(describe(), entries)
        plans = chain((ahead.result(),), iter(lambda: self._plan(records), None))

        def decide() -> Round:
            plan = next(plans)
            moved = [image for image in batch.latest if batch.differs(plan, image)]
            untold = set(moved)
            items = []
            for record in records:
                items.append((record.id, plan.upsert(record) or record.id in untold))
                untold.discard(record.id)
            return Round(items, batch.actions(plan, moved), _owners(plan, batch.latest))

        return self._settle(decide)

    def update(self, records: Sequence[ImageRecord]) -> list[ItemResult]:
        """See `StoredCollection.update`."""
        borders.records(records)
        limits.records(records)

        def decide() -> Round:
            plan = self._plan(records)
            items = [(record.id, plan.update(record)) for record in records]
            return Round(items, _record_changes(plan), _owners(plan, plan.known))

        return self._settle(decide)

    def delete(self, images: Sequence[str]) -> list[ItemResult]:
        """See `StoredCollection.delete`."""
        wanted = dict.fromkeys(image for image in images if limits.is_id(image))
        gone = set()
        try:
            for outcome in self._bulk.send(Action(Kind.DELETE, image) for image in wanted):
                if outcome.end is End.DONE or outcome.uncertain:
                    gone.add(outcome.id)
        finally:
            self._unrefreshed.mark_written({})
        results = []
        for image in images:
            results.append(ItemResult(image, image in gone))
            gone.discard(image)
        return results

    def fill(self, fields: DescriptorFields, descriptors: Mapping[str, Any]) -> None:
        """See `StoredCollection.fill`; images that have the descriptor already keep it."""
        matrix = borders.descriptors(fields.identity, list(descriptors.items()))
        limits.descriptors(fields.identity, descriptors, matrix)

        def decide() -> Round:
            known = self._reader.states(descriptors)
            for image in descriptors:
                if image not in known:
                    raise NotFoundError(f"No image {image} is there to take a descriptor '{fields.identity.name}'.")
            rows = [row for row, image in enumerate(descriptors) if fields.slot not in known[image].has]
            images = [image for image in descriptors if fields.slot not in known[image].has]
            packed = documents.packed(fields, matrix, rows)
            actions = (
                Action(Kind.UPDATE, image, documents.descriptor_change(known[image], one), known[image].version)
                for image, one in zip(images, packed, strict=True)
            )
            return Round([(image, True) for image in images], actions, {})

        self._settle(decide)

    def _plan(self, records: Sequence[ImageRecord]) -> Plan:
        """A plan that knows the images of these records, and those that own one of their paths."""
        paths = [place.path for record in records for place in record.locations]
        with ThreadPoolExecutor(1) as beside:
            finding = beside.submit(self._reader.holders, paths)
            known = self._reader.states(record.id for record in records)
        holders = finding.result() | self._unrefreshed.owners(paths)
        return Plan(known | self._reader.states(holders - known.keys()))

    def _settle(self, decide: Callable[[], Round]) -> list[ItemResult]:
        """Decide and send until nothing is in conflict; what became of each item."""
        done: dict[int, bool] = {}
        for number in range(ROUNDS):
            if number:
                time.sleep(random.uniform(0, min(LONGEST_PAUSE, 0.01 * 2**number)))  # noqa: S311 - not a secret
            step = decide()
            conflicts = self._send(step)
            for item, (image, changes) in enumerate(step.items):
                done[item] = done.get(item, False) or (changes and conflicts.get(image, True))
            if not conflicts:
                return [ItemResult(image, done[item]) for item, (image, _) in enumerate(step.items)]
        raise ConflictError(
            f"Other processes keep changing the same images of the collection '{self._collection}', for example"
            f" {min(conflicts)}.",
            remedy="Run the command again; images that are stored already are passed over.",
        )

    def _send(self, step: Round) -> dict[str, bool]:
        """The images that are in conflict, each with whether that may be with what was sent itself.

        Raises:
            CbirError: the server refused an image; the others are stored.
        """
        conflicts: dict[str, bool] = {}
        refused: list[CbirError] = []
        try:
            for outcome in self._bulk.send(step.actions):
                if outcome.error:
                    refused.append(outcome.error)
                elif outcome.end is not End.DONE:
                    conflicts[outcome.id] = outcome.uncertain
        finally:
            self._unrefreshed.mark_written(step.owners)
        if refused:
            raise refused[0]
        return conflicts


@dataclass(frozen=True, slots=True)
class _Batch:
    """The descriptors of a batch of images to be stored."""

    latest: Mapping[str, int]
    """For each image the row of its descriptors: the last that came."""
    matrices: Mapping[str, tuple[DescriptorFields, Matrix]]
    """By slot."""

    @classmethod
    def checked(cls, description: Description, entries: Sequence[ImageEntry]) -> _Batch:
        records = [entry.record for entry in entries]
        borders.records(records)
        limits.records(records)
        matrices = {}
        for fields in description.extractors:
            matrix = borders.entry_descriptors(fields.identity, entries)
            limits.descriptors(fields.identity, (record.id for record in records), matrix)
            matrices[fields.slot] = (fields, matrix)
        latest = {record.id: row for row, record in enumerate(records)}
        return cls(latest, matrices)

    def differs(self, plan: Plan, image: str) -> bool:
        """Whether an image is new, or has not these descriptors, bit for bit."""
        known, row = plan.known.get(image), self.latest[image]
        return known is None or any(
            slot not in known.has or known.digests.get(slot) != documents.digest(matrix[row])
            for slot, (_, matrix) in self.matrices.items()
        )

    def actions(self, plan: Plan, moved: Sequence[str]) -> Iterator[Action]:
        """What brings the index to where the plan is: images with their descriptors, and changed records alone."""
        rows = [self.latest[image] for image in moved]
        packed = [documents.packed(fields, matrix, rows) for fields, matrix in self.matrices.values()]
        for image in moved:
            body = documents.document(plan.record(image), [next(descriptors) for descriptors in packed])
            known = plan.known.get(image)
            yield Action(Kind.INDEX if known else Kind.CREATE, image, body, known.version if known else None)
        sent = set(moved)
        yield from (action for action in _record_changes(plan) if action.id not in sent)


def _record_changes(plan: Plan) -> Iterator[Action]:
    """The records that change, each as a partial update."""
    for record in plan.changes():
        if record.id in plan.known:
            version = plan.known[record.id].version
            yield Action(Kind.UPDATE, record.id, documents.record_change(record), version)


def _owners(plan: Plan, images: Iterable[str]) -> dict[str, str]:
    return {place.path: image for image in images for place in plan.record(image).locations}
