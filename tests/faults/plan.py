"""A seeded plan of calls on a collection, and what the collection must hold after each of them.

Image ids, records and descriptors follow from a number alone, so what must be there is known without keeping copies.
A step can be run again when it was done already, wholly or in part of a fresh process: that is how a plan is resumed.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import numpy as np

from cbir.engines.base import Engine, StoredCollection
from cbir.records import Identity, ImageEntry, ImageRecord, Location, Vector

COLLECTION = "gallery"
DIMS = {"colours": 8, "layers": 33, "later": 5}
AT_FIRST = ("colours", "layers")
ADDED = "later"
NOTE = "note"
COLOURS = ("red", "green", "blue")
MOST_IMAGES = 1000
WORDS = 300
"""In a caption: full-text pages make SQLite's log long enough to be folded back into the index now and then."""


def identity(extractor: str) -> Identity:
    """The identity of an extractor of the plan."""
    return Identity(extractor, version=1, dims=DIMS[extractor], non_negative=True)


@dataclass(frozen=True, slots=True)
class Image:
    """What a collection must know of an image."""

    version: int
    """Of its descriptors and caption; a replaced image has the next one."""
    labels: frozenset[str]
    described: frozenset[str]
    """Extractors whose descriptor it has."""


@dataclass(frozen=True, slots=True)
class State:
    """What a collection must hold; None of `extractors` where there is no collection."""

    extractors: tuple[str, ...] | None = None
    images: Mapping[int, Image] = field(default_factory=dict)
    note: Any = None


NOTHING = State()


@dataclass(frozen=True, slots=True)
class Step:
    """One call."""

    kind: str
    images: Mapping[int, Image] | tuple[int, ...] = ()
    """As they must be afterwards; numbers alone where they go."""
    extractor: str = ""
    note: int = 0


def image_id(number: int) -> str:
    """The id of an image."""
    return hashlib.sha256(f"image {number}".encode()).hexdigest()


@cache
def numbers() -> Mapping[str, int]:
    """The number of every image that a plan can have, by id."""
    return {image_id(number): number for number in range(MOST_IMAGES)}


def vector(number: int, version: int, extractor: str) -> Vector:
    """The descriptor (D,) of an image."""
    seed = int(hashlib.sha256(f"{number} {version} {extractor}".encode()).hexdigest()[:16], 16)
    return np.random.default_rng(seed).random(DIMS[extractor], dtype=np.float32)


def record(number: int, image: Image) -> ImageRecord:
    """The record of an image."""
    words = random.Random(f"{number} {image.version}")
    noise = words.randbytes(WORDS * 4).hex(" ", 4)
    return ImageRecord(
        id=image_id(number),
        width=number + 1,
        height=image.version + 1,
        format="PNG",
        locations=(Location(f"/photos/{number}.png", size=number, mtime_ns=number, root="/photos"),),
        labels=tuple(sorted(image.labels)),
        keywords=(f"number{number}",),
        caption=f"version{image.version} {noise}",
        added_at=datetime.fromtimestamp(number, UTC),
    )


def plan(seed: int) -> list[Step]:
    """The steps, in order; the first creates the collection."""
    return _Planner(seed).steps


def states(steps: list[Step]) -> list[State]:
    """What must be there before the first step, and after each."""
    found = [NOTHING]
    for step in steps:
        found.append(_after(found[-1], step))
    return found


class _Planner:
    """Chooses the steps; it keeps the state that they lead to."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.steps: list[Step] = []
        self.state = NOTHING
        self.next_number = 0
        self.add(Step("create"))
        for phase in (self.grow, self.churn, self.widen, self.churn, self.narrow, self.grow):
            phase()

    def add(self, step: Step) -> None:
        self.steps.append(step)
        self.state = _after(self.state, step)

    def grow(self) -> None:
        """New images, and now and then the writer is opened anew."""
        for _ in range(5):
            self.ingest(self.random.randint(1, 20))
        self.add(Step("note", note=self.random.randrange(1000)))
        self.add(Step("reopen"))

    def churn(self) -> None:
        """Changes and deletions among the images, then a compaction."""
        for _ in range(3):
            self.ingest(self.random.randint(1, 5), replaced=self.random.randint(1, 6))
            self.relabel()
            self.delete(self.random.randint(1, 9))
        self.add(Step("compact"))
        self.delete(1)
        self.ingest(3)

    def widen(self) -> None:
        """A further extractor, filled in batches, with changes in between."""
        self.add(Step("add_extractor", extractor=ADDED))
        while lacking := [n for n, image in self.state.images.items() if ADDED not in image.described]:
            chosen = self.random.sample(lacking, min(15, len(lacking)))
            self.add(Step("fill", self._described(chosen), extractor=ADDED))
            if len(lacking) > 30:
                self.delete(2)
                self.ingest(2)
            elif len(lacking) > 15:
                self.add(Step("compact"))

    def narrow(self) -> None:
        """An extractor goes, a writer comes anew, everything is compacted."""
        self.add(Step("drop_extractor", extractor=self.random.choice(AT_FIRST)))
        self.delete(5)
        self.add(Step("reopen"))
        self.add(Step("compact"))

    def ingest(self, new: int, replaced: int = 0) -> None:
        described = frozenset(self.state.extractors or ())
        batch = {
            number: replace(
                image, version=image.version + 1, labels=image.labels | {self._colour()}, described=described
            )
            for number, image in self._some(replaced).items()
        }
        for _ in range(new):
            batch[self.next_number] = Image(0, frozenset({self._colour()}), described)
            self.next_number += 1
        self.add(Step("ingest", batch))

    def relabel(self) -> None:
        chosen = self._some(4)
        self.add(Step("update", {n: replace(image, labels=frozenset({"seen"})) for n, image in chosen.items()}))

    def delete(self, count: int) -> None:
        self.add(Step("delete", tuple(self._some(count))))

    def _described(self, numbers: list[int]) -> Mapping[int, Image]:
        images = self.state.images
        return {n: replace(images[n], described=images[n].described | {ADDED}) for n in numbers}

    def _some(self, count: int) -> Mapping[int, Image]:
        numbers = self.random.sample(sorted(self.state.images), min(count, len(self.state.images)))
        return {number: self.state.images[number] for number in numbers}

    def _colour(self) -> str:
        return self.random.choice(COLOURS)


def _after(state: State, step: Step) -> State:
    images = dict(state.images)
    extractors = state.extractors
    match step.kind:
        case "create":
            return State(AT_FIRST, {})
        case "delete":
            for number in step.images:
                del images[number]
        case "add_extractor":
            extractors = (*(extractors or ()), step.extractor)
        case "drop_extractor":
            extractors = tuple(name for name in extractors or () if name != step.extractor)
            images = {n: replace(image, described=image.described - {step.extractor}) for n, image in images.items()}
        case "note":
            return replace(state, note=step.note)
        case "ingest" | "update" | "fill":
            assert isinstance(step.images, Mapping)
            images |= step.images
    return State(extractors, images, state.note)


class Runner:
    """Runs steps against an engine; holds the writer while there is a collection."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.collection: StoredCollection | None = None

    def close(self) -> None:
        if self.collection is not None:
            self.collection.close()
            self.collection = None

    def run(self, step: Step) -> None:
        """Make the call of a step, unless it has been made."""
        if step.kind == "create" and COLLECTION not in self.engine.collections():
            self.engine.create(COLLECTION, [identity(name) for name in AT_FIRST])
        if step.kind == "reopen":
            self.close()
        if self.collection is None:
            self.collection = self.engine.open(COLLECTION, write=True)
        self._call(self.collection, step)

    def _call(self, collection: StoredCollection, step: Step) -> None:
        names = [known.identity.name for known in collection.extractors()]
        images = step.images if isinstance(step.images, Mapping) else {}
        match step.kind:
            case "ingest":
                collection.upsert([_entry(number, image) for number, image in images.items()])
            case "update":
                collection.update([record(number, image) for number, image in images.items()])
            case "delete":
                collection.delete([image_id(number) for number in step.images])
            case "fill":
                name = step.extractor
                collection.fill(name, {image_id(n): vector(n, image.version, name) for n, image in images.items()})
            case "add_extractor" if step.extractor not in names:
                collection.add_extractor(identity(step.extractor))
            case "drop_extractor" if step.extractor in names:
                collection.drop_extractor(step.extractor)
            case "note":
                collection.set_metadata(NOTE, step.note)
            case "compact":
                collection.compact()


def _entry(number: int, image: Image) -> ImageEntry:
    return ImageEntry(
        record(number, image), {name: vector(number, image.version, name) for name in sorted(image.described)}
    )
