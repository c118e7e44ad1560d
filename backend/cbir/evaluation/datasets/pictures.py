"""The picture files of a dataset: found, identified on threads, and put together as its gallery."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from cbir.errors import ImageError, InvalidRequestError
from cbir.evaluation.dataset import Dataset, LabelledImage, Query
from cbir.evaluation.datasets.look import look
from cbir.evaluation.ground_truth import Assessments, GroundTruth
from cbir.images.files import hash_file
from cbir.images.formats import is_image_name
from cbir.ingest.pipeline import WORKERS, work_ahead
from cbir.ingest.walk import Failure, Walk, walk
from cbir.progress import Progress
from cbir.records import Location, shown_path


def stem(path: str) -> str:
    """A file's name without folder and ending, as ground truth names it."""
    return os.path.splitext(os.path.basename(path))[0]


def no_labels(_path: str) -> Iterable[str]:
    """For datasets whose ground truth is no labels."""
    return ()


@dataclass(frozen=True)  # with a dictionary, which holds what was computed once
class Pictures:
    """The picture files of a dataset."""

    folder: str
    """The dataset's, absolute."""
    ids: Mapping[str, str]
    """Image ids by the files' absolute paths, in path order."""
    passed_over: int = 0
    failures: tuple[Failure, ...] = ()

    @cached_property
    def by_stem(self) -> Mapping[str, str]:
        """Image ids by the names that ground truth uses; of equal names the first in path order."""
        found: dict[str, str] = {}
        for path, image_id in self.ids.items():
            found.setdefault(stem(path), image_id)
        return found

    def images(self, labels: Callable[[str], Iterable[str]] = no_labels) -> tuple[LabelledImage, ...]:
        """One image an id, in ascending order; ``labels`` gives those of a file by its path."""
        paths: dict[str, list[str]] = {}
        for path, image_id in self.ids.items():
            paths.setdefault(image_id, []).append(path)
        return tuple(
            LabelledImage(one, paths[one][0], frozenset(label for path in paths[one] for label in labels(path)))
            for one in sorted(paths)
        )

    def dataset(
        self,
        images: Sequence[LabelledImage],
        queries: Sequence[Query] = (),
        missing: Iterable[str] = (),
        failures: Iterable[Failure] = (),
    ) -> Dataset:
        """These images as a dataset of this folder; ``missing`` and ``failures`` come to what the reading met."""
        return Dataset(
            name=os.path.basename(self.folder) or self.folder,
            images=tuple(images),
            queries=tuple(queries),
            folder=self.folder,
            missing=tuple(missing),
            duplicates=len(self.ids) - len(set(self.ids.values())),
            passed_over=self.passed_over,
            failures=(*self.failures, *failures),
        )

    def named(self, images: Iterable[LabelledImage]) -> dict[str, LabelledImage]:
        """These images by the names that ground truth uses."""
        by_id = {image.id: image for image in images}
        return {name: by_id[image_id] for name, image_id in self.by_stem.items() if image_id in by_id}

    def assessments(self, truth: GroundTruth) -> dict[str, Assessments]:
        """Ground truth by file names, with image ids in their place; of files that are not there nothing is said."""
        return {
            query: Assessments(
                {
                    self.by_stem[one]: gain
                    for name, gain in known.gains.items()
                    if (one := stem(name)) in self.by_stem
                },
                frozenset(self.by_stem[one] for name in known.junk if (one := stem(name)) in self.by_stem),
            )
            for query, known in truth.queries.items()
        }

    def lacking(self, names: Iterable[str], ending: str = ".jpg") -> tuple[str, ...]:
        """Where the files of these names would stand that are not there: beside the first one that is."""
        place = os.path.dirname(next(iter(self.ids), os.path.join(self.folder, "")))
        return tuple(os.path.join(place, name + ending) for name in names if name not in self.by_stem)

    def joined(self, others: Pictures) -> Pictures:
        """These and others, of the same folder."""
        paths = sorted({**self.ids, **others.ids}.items(), key=lambda item: os.fsencode(item[0]))
        passed_over = self.passed_over + others.passed_over
        return Pictures(self.folder, dict(paths), passed_over, (*self.failures, *others.failures))


def read_pictures(
    folder: str, roots: Sequence[str], progress: Progress, *, remedy: str = "Check that its pictures are there."
) -> Pictures:
    """All picture files below these roots.

    Raises:
        InvalidRequestError: there is none, or none can be read; ``remedy`` says what to do in the first case.
    """
    return _identified(folder, walk(roots), progress, remedy)


def read_named_pictures(
    folder: str, progress: Progress, belongs: Callable[[str], bool], *, roots: Sequence[str] | None = None
) -> Pictures:
    """The picture files whose path ``belongs`` takes, each name once.

    Passed over are the other picture files, those among them that bear a name again (the first in path order counts).
    What is no picture by its name, as ground truth, is nothing to speak of here.

    Args:
        folder: the dataset's.
        progress: told of every file.
        belongs: whether a file of this path is one of the dataset's.
        roots: where to look; without, anywhere below the folder (folders directly in it may be links).

    Raises:
        InvalidRequestError: there is none, or none can be read.
    """
    scan = walk(roots if roots is not None else [folder, *filter(os.path.islink, look(folder).inner)])
    names: set[str] = set()
    kept = []
    for location in scan.found:
        if belongs(location.path) and (name := stem(location.path)) not in names:
            names.add(name)
            kept.append(location)
    failures = [failure for failure in scan.failures if belongs(failure.path) or not is_image_name(failure.path)]
    found = Walk(kept, failures, passed_over=len(scan.found) - len(kept))
    return _identified(folder, found, progress, "Check that its pictures are there, under their published names.")


def _identified(folder: str, scan: Walk, progress: Progress, remedy: str) -> Pictures:
    failures = list(scan.failures)
    ids: dict[str, str] = {}
    progress.start("Reading the dataset", len(scan.found))
    for location, result in zip(scan.found, work_ahead(scan.found, _id, window=4 * WORKERS), strict=True):
        progress.advance()
        if isinstance(result, Failure):
            failures.append(result)
        else:
            ids[location.path] = result
    if not ids:
        raise _empty(folder, failures, remedy)
    return Pictures(folder, ids, scan.passed_over, tuple(failures))


def _id(location: Location) -> str | Failure:
    try:
        return hash_file(location.path)
    except ImageError as error:
        return Failure(location.path, error.message, error.remedy)


def _empty(folder: str, failures: Sequence[Failure], remedy: str) -> InvalidRequestError:
    if failures:
        first = failures[0]
        return InvalidRequestError(
            f"None of the {len(failures)} images in {shown_path(folder)} can be read; the first, "
            f"{shown_path(first.path)}: {first.reason}",
            remedy=first.remedy,
        )
    return InvalidRequestError(f"The dataset {shown_path(folder)} has no images.", remedy=remedy)
