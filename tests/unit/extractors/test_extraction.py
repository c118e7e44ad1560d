import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from cbir.extractors.base import Extraction


@dataclass(eq=False)
class SlowFamily:
    """Counts how often it was opened; its passes multiply an image's first value."""

    opened: list = field(default_factory=list)

    def open(self, extractors, weights):
        self.opened.append(list(extractors))
        time.sleep(0.05)
        return Times(extractors)


@dataclass
class Times:
    extractors: list

    def prepare(self, image):
        return float(image[0, 0, 0])

    def run(self, prepared):
        return {one.name: np.array([[value * one.factor] for value in prepared]) for one in self.extractors}


@dataclass(frozen=True)
class Factor:
    name: str
    factor: int
    family: SlowFamily


IMAGE = np.full((1, 1, 3), 7, np.uint8)


def test_extractors_of_one_family_share_its_pass_and_come_back_in_the_order_asked_for():
    one, other = SlowFamily(), SlowFamily()
    extractors = [Factor("a", 1, one), Factor("b", 2, other), Factor("c", 3, one)]
    extraction = Extraction(extractors, weights=None)
    assert not one.opened
    found = extraction.run([extraction.prepare(IMAGE)] * 2)
    assert {name: rows.tolist() for name, rows in found.items()} == {
        "a": [[7], [7]],
        "b": [[14], [14]],
        "c": [[21], [21]],
    }
    assert list(found) == ["a", "b", "c"]
    assert one.opened == [[extractors[0], extractors[2]]]
    assert other.opened == [[extractors[1]]]


def test_many_threads_that_prepare_at_once_open_a_family_once():
    family = SlowFamily()
    extraction = Extraction([Factor("a", 1, family)], weights=None)
    together = threading.Barrier(4)

    def prepare(_):
        together.wait()
        return extraction.prepare(IMAGE)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(prepare, range(4))) == [(7.0,)] * 4
    assert len(family.opened) == 1
