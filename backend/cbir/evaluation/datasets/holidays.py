"""INRIA Holidays (Jégou, Douze, Schmid 2008): places of one or more pictures, the first of each a query."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from cbir.errors import InvalidRequestError
from cbir.evaluation.dataset import Query
from cbir.evaluation.datasets.base import Benchmark, ReadOptions
from cbir.evaluation.datasets.look import look
from cbir.evaluation.datasets.pictures import read_named_pictures, stem
from cbir.evaluation.ground_truth import GroundTruth
from cbir.evaluation.protocols.assessed import Assessed
from cbir.evaluation.published_ground_truth import holidays_ground_truth, read_holidays_ground_truth
from cbir.progress import Progress
from cbir.records import shown_path

NAME = re.compile(r"\d{6}\.jpg", re.ASCII)
FIRST = re.compile(r"\d{4}00\.jpg", re.ASCII)
LIST = re.compile(r"holidays_images\.dat", re.ASCII)
MOST_FOLDERS = 2
"""Holding pictures: it is published in two archives."""

DEFINITION = (
    "The first picture of each place (its number ends in 00) is a query, itself taken out of its ranking; relevant "
    "are the other pictures of the place. The authors' AP is the trapezoid."
)


@dataclass(frozen=True, slots=True)
class Holidays:
    """`PPPPNN.jpg`: picture NN of place PPPP. With `holidays_images.dat`, only the pictures that it lists."""

    name: str = "holidays"
    summary: str = "INRIA Holidays: PPPPNN.jpg, picture NN of place PPPP; holidays_images.dat if it is there"

    def recognises(self, folder: str) -> bool:
        """See `DatasetFormat.recognises`."""
        seen = look(folder)
        names = [name for inside in seen.with_pictures for name in seen.pictures(inside)]
        return (
            not seen.labelled
            and len(seen.with_pictures) <= MOST_FOLDERS
            and all(map(NAME.fullmatch, names))
            and any(map(FIRST.fullmatch, names))
        )

    def read(self, folder: str, options: ReadOptions, progress: Progress) -> Benchmark:
        """See `DatasetFormat.read`."""
        del options
        folder = os.path.abspath(folder)
        truth = _listed(folder)
        listed = truth.documents if truth else None

        def belongs(path: str) -> bool:
            name = os.path.basename(path)
            return name in listed if listed is not None else bool(NAME.fullmatch(name))

        pictures = read_named_pictures(folder, progress, belongs)
        truth = truth or holidays_ground_truth(map(os.path.basename, pictures.ids))
        if not truth.queries:
            raise InvalidRequestError(
                f"{shown_path(folder)} has no query of Holidays.", remedy="Queries are the names that end in 00.jpg."
            )
        images = pictures.images()
        named = pictures.named(images)
        queries = [Query(name, named[stem(name)]) for name in truth.queries if stem(name) in named]
        missing = pictures.lacking(map(stem, sorted(truth.documents)))
        protocol = Assessed("holidays", DEFINITION, pictures.assessments(truth), customary_measures=("AP-trapezoid",))
        return Benchmark(pictures.dataset(images, queries, missing), (protocol,))


def _listed(folder: str) -> GroundTruth | None:
    """What the list of images says, where it is there."""
    lists = look(folder).matches(LIST)
    return read_holidays_ground_truth(lists[0][0]) if lists else None
