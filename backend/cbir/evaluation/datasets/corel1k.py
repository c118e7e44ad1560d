"""Corel-1k (Wang, Li, Wiederhold 2001, SIMPLIcity), as published: 0.jpg to 999.jpg, ten classes of a hundred."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from cbir.evaluation.datasets.base import Benchmark, ReadOptions
from cbir.evaluation.datasets.look import look
from cbir.evaluation.datasets.pictures import read_named_pictures, stem
from cbir.evaluation.protocols.leave_one_out import LeaveOneOut
from cbir.progress import Progress

NAME = re.compile(r"(?:0|[1-9]\d{0,2})\.jpg", re.ASCII | re.IGNORECASE)
CLASSES = (
    "africa",
    "beach",
    "monuments",
    "buses",
    "dinosaurs",
    "elephants",
    "flowers",
    "horses",
    "mountains",
    "food",
)
A_CLASS = 100
"""Images of each class."""
ENDS = {"0.jpg", "999.jpg"}


@dataclass(frozen=True, slots=True)
class Corel1k:
    """`N.jpg` for N from 0 to 999; its class is N // 100."""

    name: str = "corel1k"
    summary: str = "Corel-1k as published: 0.jpg to 999.jpg, a hundred a class"

    def recognises(self, folder: str) -> bool:
        """See `DatasetFormat.recognises`."""
        seen = look(folder)
        if seen.labelled or len(seen.with_pictures) != 1:
            return False
        names = seen.pictures(seen.with_pictures[0])
        return {*names} >= ENDS and all(map(NAME.fullmatch, names))

    def read(self, folder: str, options: ReadOptions, progress: Progress) -> Benchmark:
        """See `DatasetFormat.read`."""
        del options
        pictures = read_named_pictures(os.path.abspath(folder), progress, lambda path: bool(_fits(path)))
        images = pictures.images(lambda path: (CLASSES[int(stem(path)) // A_CLASS],))
        expected = (str(number) for number in range(A_CLASS * len(CLASSES)))
        return Benchmark(pictures.dataset(images, missing=pictures.lacking(expected)), (LeaveOneOut(),))


def _fits(path: str) -> re.Match[str] | None:
    return NAME.fullmatch(os.path.basename(path))
