"""A folder with `images/` and `labels.csv` (`path,labels` and any other columns)."""

from __future__ import annotations

import os
from dataclasses import dataclass

from cbir.errors import NotFoundError
from cbir.evaluation.datasets.base import Benchmark, ReadOptions
from cbir.evaluation.datasets.look import LABEL_FILE
from cbir.evaluation.datasets.pictures import read_pictures
from cbir.evaluation.protocols.leave_one_out import LeaveOneOut
from cbir.ingest.labels import LabelTable, Where, read_labels
from cbir.progress import Progress
from cbir.records import shown_path

IMAGES = "images"


@dataclass(frozen=True, slots=True)
class LabelledFolder:
    """Pictures below `images/` and a table that labels them.

    The images are those below `images/` and those that the table names elsewhere; with a row filter, only those
    of the rows that pass. Images without labels belong to the gallery and are nobody's answer.
    """

    name: str = "labelled-folder"
    summary: str = "images/ and labels.csv with the columns path,labels (or others: --label-column, --where)"

    def recognises(self, folder: str) -> bool:
        """See `DatasetFormat.recognises`."""
        return os.path.isfile(os.path.join(folder, LABEL_FILE))

    def read(self, folder: str, options: ReadOptions, progress: Progress) -> Benchmark:
        """See `DatasetFormat.read`."""
        folder = os.path.abspath(folder)
        table = _table(folder, options.label_column, options.where)
        pictures = read_pictures(
            folder,
            _roots(folder, table, filtered=options.where is not None),
            progress,
            remedy=f"Put them below {IMAGES}/; check the paths in {LABEL_FILE}, and the row filter if there is one.",
        )
        images = pictures.images(lambda path: table[path].labels if path in table else ())
        return Benchmark(pictures.dataset(images, missing=table.missing), (LeaveOneOut(),))


def _table(folder: str, label_column: str, where: Where | None) -> LabelTable:
    if not os.path.isdir(folder):
        raise NotFoundError(f"There is no folder {shown_path(folder)}.", remedy="Check the path.")
    file = os.path.join(folder, LABEL_FILE)
    if not os.path.isfile(file):
        raise NotFoundError(
            f"{shown_path(folder)} is no dataset: it has no {LABEL_FILE}.",
            remedy=f"Put {LABEL_FILE} beside {IMAGES}/, with the columns path,labels.",
        )
    return read_labels(file, label_column=label_column, where=where)


def _roots(folder: str, table: LabelTable, *, filtered: bool) -> list[str]:
    """What to scan: the images folder where it counts as a whole, and every file of the table."""
    images = os.path.join(folder, IMAGES)
    whole = [images] if os.path.isdir(images) and not filtered else []
    return [*whole, *table]
