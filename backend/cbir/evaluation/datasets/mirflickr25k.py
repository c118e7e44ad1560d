"""MIRFLICKR-25k (Huiskes and Lew 2008) by the protocol of Broyelle and others (2017)."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from cbir.errors import InvalidRequestError, NotFoundError
from cbir.evaluation.dataset import Query
from cbir.evaluation.datasets.base import Benchmark, ReadOptions
from cbir.evaluation.datasets.look import Look, look
from cbir.evaluation.datasets.pictures import read_named_pictures, stem
from cbir.evaluation.datasets.stratified import stratified_sample
from cbir.evaluation.lines import malformed, numbered_lines, quoted
from cbir.evaluation.protocols.shared_labels import SharedLabels
from cbir.progress import Progress
from cbir.records import shown_path

NAME = re.compile(r"im[1-9]\d{0,6}\.jpg", re.ASCII)
LABELS = (
    "baby",
    "bird",
    "car",
    "clouds",
    "dog",
    "female",
    "flower",
    "male",
    "night",
    "people",
    "portrait",
    "river",
    "sea",
    "tree",
)
"""Those with a file of relevant images; the 24 files of potential labels are not read."""
LABEL_FILE = re.compile(rf"(?P<label>{'|'.join(LABELS)})_r1\.txt", re.ASCII)
NUMBER = re.compile(r"[1-9]\d{0,6}", re.ASCII)
QUERIES = 100

DEFINITION = (
    "{queries} queries drawn with seed {seed} from the labelled images so that the labels keep their shares, and "
    "taken out of the gallery; all other images are in it, those without a label too. Relevant is what shares at "
    "least one of the 14 relevant labels with the query."
)


@dataclass(frozen=True, slots=True)
class Mirflickr25k:
    """Pictures `im1.jpg` … and the annotation files `LABEL_r1.txt`, with the number of an image a line."""

    name: str = "mirflickr25k"
    summary: str = "MIRFLICKR-25k: im*.jpg and LABEL_r1.txt; 100 queries drawn with --seed"
    queries: int = QUERIES

    def recognises(self, folder: str) -> bool:
        """See `DatasetFormat.recognises`."""
        seen = look(folder)
        return not seen.labelled and bool(seen.holding(NAME)) and bool(seen.holding(LABEL_FILE))

    def read(self, folder: str, options: ReadOptions, progress: Progress) -> Benchmark:
        """See `DatasetFormat.read`."""
        folder = os.path.abspath(folder)
        labels, without = _read_labels(look(folder))
        pictures = read_named_pictures(folder, progress, lambda path: bool(NAME.fullmatch(os.path.basename(path))))
        images = pictures.images(lambda path: labels.get(stem(path), ()))
        labelled = {stem(image.path): image for image in images if image.labels}
        if len(labelled) <= self.queries:
            raise InvalidRequestError(
                f"{shown_path(folder)} has {len(labelled)} images with a label; {self.queries} queries are drawn of "
                "them, and something must be left to find.",
                remedy="Check that the annotation files belong to the pictures.",
            )
        drawn = stratified_sample({name: one.labels for name, one in labelled.items()}, self.queries, options.seed)
        queries = [Query(name, labelled[name]) for name in sorted(drawn, key=_number)]
        out = {query.image.id for query in queries}
        missing = (*without, *pictures.lacking(sorted(labels, key=_number)))
        gallery = [image for image in images if image.id not in out]
        return Benchmark(pictures.dataset(gallery, queries, missing), (_protocol(self.queries, options.seed),))


def _protocol(queries: int, seed: int) -> SharedLabels:
    definition = DEFINITION.format(queries=queries, seed=seed)
    return SharedLabels("mirflickr25k", definition, customary_measures=("AP@100", "P@100"))


def _number(name: str) -> int:
    return int(name.removeprefix("im"))


def _read_labels(seen: Look) -> tuple[Mapping[str, set[str]], tuple[str, ...]]:
    """The labels of each image `imN` that has any, and the paths of files that should be there and are not."""
    files = {match["label"]: path for path, match in seen.matches(LABEL_FILE)}
    if not files:
        raise NotFoundError(
            f"{shown_path(seen.folder)} has no annotations of MIRFLICKR-25k.",
            remedy=f"Unpack mirflickr25k_annotations_v080.zip beside the pictures: {LABELS[0]}_r1.txt and others.",
        )
    place = os.path.dirname(min(files.values()))
    labels: dict[str, set[str]] = {}
    for label in sorted(files):
        for number, line in numbered_lines(files[label]):
            if not NUMBER.fullmatch(line):
                raise malformed(
                    files[label], number, f"{quoted(line)} is no number of an image.", "Write one number a line."
                )
            labels.setdefault(f"im{line}", set()).add(label)
    return labels, tuple(os.path.join(place, f"{label}_r1.txt") for label in LABELS if label not in files)
