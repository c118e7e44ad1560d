"""Images and descriptors to store: dense, sparse and signed vectors, awkward paths and words."""

from __future__ import annotations

import hashlib

import numpy as np

from cbir.records import Identity, ImageEntry, ImageRecord, Location

DENSE = Identity("dense", 1, 24, non_negative=True)
SPARSE = Identity("sparse:relu", 2, 40, non_negative=True, parameters={"layer": "fc1", "p": 3.0}, weights="ab" * 32)
SIGNED = Identity("signed", 1, 9, non_negative=False)
ALL = (DENSE, SPARSE, SIGNED)

LABELS = ("cat", "dog", "sea at night", "Café", "quote\"'", "line\nbreak", "100%_*", "猫", "'; DROP TABLE images;--")
WORDS = ("sunset", "Grüße", "naïve", "IMG_1234", "beach", "π", "2017", "AND", "NEAR(", "x*")
NAMES = (
    "IMG_0001.jpg",
    "été.JPEG",
    "two words.png",
    "bytes-\udcff\udcfe.jpg",
    "new\nline.webp",
    "\"quoted'.tif",
    "夏.heic",
)


def image_id(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def dense(rng, dims: int):
    return rng.dirichlet(np.ones(dims)).astype(np.float32)


def sparse(rng, dims: int):
    values = np.maximum(rng.standard_normal(dims) - 0.7, 0)
    return (values * 10 ** rng.uniform(-3, 3)).astype(np.float32)


def signed(rng, dims: int):
    return rng.standard_normal(dims).astype(np.float32)


MAKERS = {"dense": dense, "sparse:relu": sparse, "signed": signed}


def descriptors(rng, identities=ALL) -> dict:
    return {one.name: MAKERS.get(one.name, dense)(rng, one.dims) for one in identities}


def record(number: int, *, name: str = "", **fields) -> ImageRecord:
    place = Location(f"/photos/{number % 3}/{name or f'IMG_{number}.jpg'}", 1000 + number, 10**18 + number, "/photos")
    given = {"width": 640, "height": 480, "format": "JPEG", "locations": (place,), **fields}
    return ImageRecord(id=image_id(number), **given)


def entry(rng, number: int, identities=ALL, **fields) -> ImageEntry:
    return ImageEntry(record(number, **fields), descriptors(rng, identities))


def entries(rng, count: int, *, start: int = 0, identities=ALL) -> list[ImageEntry]:
    """Images with labels, keywords and captions in turns."""
    return [
        entry(
            rng,
            number,
            identities,
            name=f"{number}-{NAMES[number % len(NAMES)]}",
            labels=tuple(LABELS[(number * step) % len(LABELS)] for step in (1, 3)) if number % 4 else (),
            keywords=(WORDS[number % len(WORDS)],),
            caption=f"{WORDS[number % 7]} of {WORDS[number % 5]}" if number % 2 else "",
        )
        for number in range(start, start + count)
    ]
