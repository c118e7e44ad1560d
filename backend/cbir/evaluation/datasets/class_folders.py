"""A folder a class, as Caltech-101 is published."""

from __future__ import annotations

import os
from dataclasses import dataclass

from cbir.evaluation.datasets.base import Benchmark, ReadOptions
from cbir.evaluation.datasets.look import look
from cbir.evaluation.datasets.pictures import read_pictures
from cbir.evaluation.protocols.leave_one_out import LeaveOneOut
from cbir.progress import Progress
from cbir.records import shown_path

CALTECH_101 = "101_ObjectCategories"
DISTRACTORS = frozenset({"BACKGROUND_Google"})
"""Classes that are none: Caltech-101's pictures of anything. They are in the gallery, without a label."""
FEWEST_CLASSES = 2


@dataclass(frozen=True, slots=True)
class ClassFolders:
    """Each folder directly in the dataset's (or in its `101_ObjectCategories`) is a class, named like the folder
    (bytes that are no UTF-8 escaped).

    Pictures may lie deeper in it. Pictures beside the folders, and those of Caltech-101's `BACKGROUND_Google`, have
    no label: they are in the gallery and relevant to nothing.
    """

    name: str = "class-folders"
    summary: str = "one folder a class, pictures in it (Caltech-101: BACKGROUND_Google has no label)"

    def recognises(self, folder: str) -> bool:
        """See `DatasetFormat.recognises`."""
        if look(folder).labelled:
            return False
        seen = look(_classes(folder))
        return sum(bool(seen.pictures(one)) for one in seen.inner) >= FEWEST_CLASSES

    def read(self, folder: str, options: ReadOptions, progress: Progress) -> Benchmark:
        """See `DatasetFormat.read`."""
        del options
        folder = os.path.abspath(folder)
        classes = _classes(folder)
        roots = [classes, *look(classes).inner]
        pictures = read_pictures(folder, roots, progress, remedy="Make a folder for each class and put them there.")

        def label(path: str) -> tuple[str, ...]:
            name, _, rest = os.path.relpath(path, classes).partition(os.sep)
            return (shown_path(name),) if rest and name not in DISTRACTORS else ()

        return Benchmark(pictures.dataset(pictures.images(label)), (LeaveOneOut(),))


def _classes(folder: str) -> str:
    """The folder that holds the classes' folders: Caltech-101's own, at most two levels deep, or this one."""
    seen = look(folder)
    return next((one for one in seen.files if os.path.basename(one) == CALTECH_101), folder)
