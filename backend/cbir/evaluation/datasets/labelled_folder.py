"""A folder with `images/` and `labels.csv` (`path,labels` and any other columns)."""

from __future__ import annotations

import os
from dataclasses import dataclass

from cbir.errors import ImageError, InvalidRequestError, NotFoundError
from cbir.evaluation.dataset import Dataset, LabelledImage
from cbir.evaluation.datasets.base import Benchmark, ReadOptions
from cbir.evaluation.protocols.leave_one_out import LeaveOneOut
from cbir.images.files import hash_file
from cbir.ingest.labels import LabelTable, Where, read_labels
from cbir.ingest.pipeline import WORKERS, work_ahead
from cbir.ingest.walk import Failure, walk
from cbir.progress import Progress
from cbir.records import Location, shown_path

LABEL_FILE = "labels.csv"
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
        return Benchmark(_read(folder, options, progress), (LeaveOneOut(),))


def _read(folder: str, options: ReadOptions, progress: Progress) -> Dataset:
    where = options.where
    folder = os.path.abspath(folder)
    table = _table(folder, options.label_column, where)
    scan = walk(_roots(folder, table, filtered=where is not None))
    failures = list(scan.failures)
    progress.start("Reading the dataset", len(scan.found))
    files: dict[str, list[str]] = {}
    for location, result in zip(scan.found, work_ahead(scan.found, _identified, window=4 * WORKERS), strict=True):
        progress.advance()
        if isinstance(result, Failure):
            failures.append(result)
        else:
            files.setdefault(result, []).append(location.path)
    if not files:
        raise _empty(folder, failures)
    return Dataset(
        name=os.path.basename(folder) or folder,
        images=tuple(_image(image_id, files[image_id], table) for image_id in sorted(files)),
        folder=folder,
        missing=table.missing,
        duplicates=sum(len(paths) - 1 for paths in files.values()),
        passed_over=scan.passed_over,
        failures=tuple(failures),
    )


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


def _identified(location: Location) -> str | Failure:
    try:
        return hash_file(location.path)
    except ImageError as error:
        return Failure(location.path, error.message, error.remedy)


def _image(image_id: str, paths: list[str], table: LabelTable) -> LabelledImage:
    labels = frozenset(label for path in paths if path in table for label in table[path].labels)
    return LabelledImage(image_id, paths[0], labels)


def _empty(folder: str, failures: list[Failure]) -> InvalidRequestError:
    if failures:
        first = failures[0]
        return InvalidRequestError(
            f"None of the {len(failures)} images in {shown_path(folder)} can be read; the first, "
            f"{shown_path(first.path)}: {first.reason}",
            remedy=first.remedy,
        )
    return InvalidRequestError(
        f"The dataset {shown_path(folder)} has no images.",
        remedy=f"Put them below {IMAGES}/; check the paths in {LABEL_FILE}, and the row filter if there is one.",
    )
