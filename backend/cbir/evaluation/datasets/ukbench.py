"""UKBench (Nistér and Stewénius 2006): groups of four pictures of one object, each a query."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from cbir.evaluation.dataset import Query
from cbir.evaluation.datasets.base import Benchmark, ReadOptions
from cbir.evaluation.datasets.look import look
from cbir.evaluation.datasets.pictures import Pictures, read_named_pictures
from cbir.evaluation.ground_truth import Assessments, GroundTruth
from cbir.evaluation.protocols.assessed import Assessed
from cbir.progress import Progress

NAME = re.compile(r"(?P<stem>ukbench\d{5})\.jpg", re.ASCII)
GROUP = 4

DEFINITION = (
    "Every image is a query and stays in the gallery; relevant are the four images of its group, itself among them. "
    "The authors' measure is how many of the first four are of the group, from 0 to 4 (N-S)."
)


@dataclass(frozen=True, slots=True)
class UKBench:
    """`ukbenchNNNNN.jpg`; the images of a group have the same N // 4."""

    name: str = "ukbench"
    summary: str = "UKBench: ukbenchNNNNN.jpg, four of each object, N-S score"

    def recognises(self, folder: str) -> bool:
        """See `DatasetFormat.recognises`."""
        seen = look(folder)
        return not seen.labelled and bool(seen.holding(NAME))

    def read(self, folder: str, options: ReadOptions, progress: Progress) -> Benchmark:
        """See `DatasetFormat.read`."""
        del options
        pictures = read_named_pictures(os.path.abspath(folder), progress, lambda path: bool(_fits(path)))
        images = pictures.images()
        named = pictures.named(images)
        truth = _ground_truth(pictures)
        queries = [Query(name, named[name]) for name in truth.queries if name in named]
        protocol = Assessed("ukbench", DEFINITION, pictures.assessments(truth), customary_measures=("N-S",))
        return Benchmark(pictures.dataset(images, queries, pictures.lacking(truth.queries)), (protocol,))


def _fits(path: str) -> re.Match[str] | None:
    return NAME.fullmatch(os.path.basename(path))


def _ground_truth(pictures: Pictures) -> GroundTruth:
    """Of each group of which there is a picture, whether all four are there or not."""
    numbers = sorted({int(name.removeprefix("ukbench")) // GROUP for name in pictures.by_stem})
    groups = [[f"ukbench{GROUP * number + one:05}" for one in range(GROUP)] for number in numbers]
    return GroundTruth({name: Assessments(dict.fromkeys(names, 1)) for names in groups for name in names})
