"""The labelled sets as the questions are asked of them: which pictures, which labels."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SETS = ("ferrari_colour", "corel1k", "clothing_100", "grocery_20")
"""Folders of pictures, the small one first."""


@dataclass(frozen=True, slots=True)
class Task:
    """Leave-one-out over some rows of a set: an image is relevant if it has the query's label."""

    name: str
    set: str
    column: str = "labels"
    top: str = ""
    """Only rows with this in the column `top`."""


TASKS = (
    Task("corel1k", "corel1k"),
    Task("grocery fine", "grocery_20"),
    Task("grocery coarse", "grocery_20", "coarse"),
    Task("grocery packages", "grocery_20", top="Packages"),
    Task("clothing", "clothing_100"),
    Task("ferrari", "ferrari_colour"),
)


@dataclass(frozen=True, slots=True)
class Pictures:
    """A set's files, a row each, in the order of labels.csv."""

    name: str
    paths: tuple[str, ...]
    rows: tuple[dict[str, str], ...]

    def of(self, task: Task) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Positions (n,) of a task's rows, and the number (n,) of each one's label."""
        chosen = [at for at, row in enumerate(self.rows) if not task.top or row["top"] == task.top]
        _, labels = np.unique([self.rows[at][task.column] for at in chosen], return_inverse=True)
        return np.array(chosen), labels


def read_set(datasets: Path, name: str) -> Pictures:
    """A set's rows; where several files have the same bytes, the first stands for all."""
    folder = datasets / name
    with (folder / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    first: dict[str, int] = {}
    for at, row in enumerate(rows):
        first.setdefault(hashlib.sha256((folder / row["path"]).read_bytes()).hexdigest(), at)
    kept = [rows[at] for at in first.values()]
    return Pictures(name, tuple(str(folder / row["path"]) for row in kept), tuple(kept))
