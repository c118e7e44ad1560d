"""What the questions work with: the sets, what was collected of them, and grades that are kept once worked out."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.open_questions.collecting import Collected, collect
from benchmarks.open_questions.grading import Comparison, Grades, average_precisions, compare
from benchmarks.open_questions.pictures import SETS, TASKS, Pictures, Task, read_set
from benchmarks.open_questions.summaries import LayerValues, load_layer, together
from cbir.extractors.vgg16 import HISTOGRAM_LAYERS
from cbir.records import Matrix
from cbir.settings import read_settings
from cbir.weights.store import WeightStore

LEARNT_ON: Mapping[str, tuple[str, ...]] = {
    "corel1k": ("grocery_20", "clothing_100"),
    "ferrari_colour": ("grocery_20", "clothing_100"),
    "grocery_20": ("clothing_100",),
    "clothing_100": ("grocery_20",),
}
"""Where what is learnt comes from, for each graded set: never the set itself, only sets with a clear licence."""
SHIPPED = ("grocery_20", "clothing_100")
"""What the product's own constants are learnt on."""

Keys = NDArray[np.floating]
Graded = Mapping[str, Grades]
"""By task: AP@100 of each query."""
Layers = Mapping[str, LayerValues]


@dataclass(frozen=True)
class Material:
    """Everything that the questions need."""

    folder: Path
    pictures: Mapping[str, Pictures]
    collected: Mapping[str, Collected]
    _layers: dict[tuple[str, ...], Layers] = field(default_factory=dict)

    def descriptor(self, set_name: str, extractor: str) -> Matrix:
        """(pictures, D) of an extractor of the product."""
        return self.collected[set_name].descriptor(extractor)

    def learnt(self, set_name: str, extractor: str) -> Matrix:
        """The descriptors to learn from where this set is graded."""
        return np.concatenate([self.descriptor(one, extractor) for one in LEARNT_ON[set_name]])

    def layers(self, *sets: str) -> Layers:
        """Channels' values over one set or several."""
        if sets not in self._layers:
            if len(sets) == 1:
                found = {layer: load_layer(self.collected[sets[0]], layer) for layer in HISTOGRAM_LAYERS}
            else:
                apart = [self.layers(one) for one in sets]
                found = {layer: together([one[layer] for one in apart]) for layer in HISTOGRAM_LAYERS}
            self._layers[sets] = found
        return self._layers[sets]

    @property
    def tasks(self) -> list[Task]:
        """Those of the sets at hand."""
        return [task for task in TASKS if task.set in self.pictures]

    def labels(self) -> dict[str, NDArray[np.intp]]:
        """By task."""
        return {task.name: self.pictures[task.set].of(task)[1] for task in self.tasks}

    def graded(self, name: str, keys_of: Callable[[str], Keys]) -> Graded:
        """Grades of a way of ranking, ``keys_of(set)`` (N, N), on every task; kept in files under its name."""
        by_set = {one: self._graded_on(one, name, keys_of) for one in self.pictures}
        grades = {task.name: by_set[task.set][task.name] for task in self.tasks}
        print(f"{name}: {', '.join(f'{found.mean():.4f}' for found in grades.values())}", flush=True)
        return grades

    def _graded_on(self, set_name: str, name: str, keys_of: Callable[[str], Keys]) -> Graded:
        kept = self.folder / "grades" / set_name / f"{name.replace('/', '÷')}.json"
        if kept.exists():
            return {task: np.array(grades) for task, grades in json.loads(kept.read_text()).items()}
        keys, grades = keys_of(set_name), {}
        for task in (task for task in self.tasks if task.set == set_name):
            rows, labels = self.pictures[set_name].of(task)
            grades[task.name] = average_precisions(keys[np.ix_(rows, rows)], labels)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps({task: list(found) for task, found in grades.items()}))
        return grades

    def compare(self, ways: Mapping[str, Graded], baseline: Graded) -> list[Comparison]:
        """See `grading.compare`."""
        return compare(ways, baseline, self.labels())


def add_folders(parser: argparse.ArgumentParser) -> None:
    """Where the pictures are, and where to keep what was collected."""
    parser.add_argument("--datasets", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "open-questions")


def gather(arguments: argparse.Namespace) -> Material:
    """The pass over all pictures, or what is lacking of it."""
    settings = read_settings(environment=os.environ)
    weights = WeightStore(settings.weights_dir, offline=settings.offline, announce=print)
    pictures = {name: read_set(arguments.datasets, name) for name in SETS}
    collected = {name: collect(pictures[name], arguments.work, weights) for name in SETS}
    return Material(arguments.work, pictures, collected)
