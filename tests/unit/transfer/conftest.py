from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from cbir.engines.embedded.engine import EmbeddedEngine
from cbir.records import Identity, ImageEntry, ImageRecord, Location

COLOURS = Identity("colours", 2, 4, non_negative=True, parameters={"bins": 4}, weights="ab" * 32)


@dataclass
class Told:
    """Progress that keeps what was said."""

    lines: list[str] = field(default_factory=list)

    def start(self, task, total):
        pass

    def advance(self, steps=1):
        pass

    def say(self, text):
        self.lines.append(text)


def entries(count):
    return [
        ImageEntry(
            ImageRecord(
                f"{n:064x}",
                n + 1,
                7,
                "PNG",
                (Location(f"/photos/{n}-\udcff.png", n, -n, "/photos"),),
                ("cat", "dog"),
                ("sunset",),
                'a "caption";\nof two lines',
            ),
            {"colours": np.full(4, n, np.float32)},
        )
        for n in range(count)
    ]


@pytest.fixture
def told():
    return Told()


@pytest.fixture
def engine(tmp_path):
    return EmbeddedEngine(tmp_path / "data")


@pytest.fixture
def stored(engine):
    engine.create("photos", [COLOURS])
    with engine.open("photos", write=True) as opened:
        opened.upsert(entries(3))
        yield opened
