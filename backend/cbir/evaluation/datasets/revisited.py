"""Revisited Oxford and Paris (Radenović and others 2018): the same rankings, graded in three ways."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace

from cbir.errors import InvalidRequestError, NotFoundError
from cbir.evaluation.datasets.base import Benchmark, ReadOptions
from cbir.evaluation.datasets.boxes import Asked, cropped_queries
from cbir.evaluation.datasets.look import look
from cbir.evaluation.datasets.pictures import Pictures, read_named_pictures, stem
from cbir.evaluation.datasets.revisited_truth import RevisitedTruth, read_revisited_truth
from cbir.evaluation.ground_truth import Assessments, GroundTruth
from cbir.evaluation.protocols.assessed import Assessed
from cbir.progress import Progress
from cbir.records import shown_path

GROUND_TRUTH = re.compile(r"gnd_(?:roxford5k|rparis6k)\.(?:json|pkl)")

SETUPS = {
    "medium": (("easy", "hard"), ("junk",)),
    "easy": (("easy",), ("junk", "hard")),
    "hard": (("hard",), ("junk", "easy")),
}
"""What is relevant and what is junk in each; medium is the one that papers put first."""
DEFINITION = (
    "Queries are parts of pictures that are not in the gallery; relevant are the images listed as {relevant}, taken "
    "out of the ranking those listed as {junk}. The authors' AP is the trapezoid; their mP@k cuts each ranking at "
    "its last relevant image where that comes before k, so that P@k here is at most theirs."
)
CUSTOMARY = ("AP-trapezoid", "P@1", "P@5", "P@10")


@dataclass(frozen=True, slots=True)
class Revisited:
    """Pictures, and `gnd_roxford5k` or `gnd_rparis6k`: the published `.pkl`, which is never loaded, or `.json`."""

    name: str = "revisited"
    summary: str = "revisited Oxford or Paris: pictures, and gnd_roxford5k or gnd_rparis6k, .pkl or .json"

    def recognises(self, folder: str) -> bool:
        """See `DatasetFormat.recognises`."""
        seen = look(folder)
        return not seen.labelled and bool(seen.holding(GROUND_TRUTH))

    def read(self, folder: str, options: ReadOptions, progress: Progress) -> Benchmark:
        """See `DatasetFormat.read`."""
        del options
        folder = os.path.abspath(folder)
        truth = read_revisited_truth(_ground_truth(folder))
        searched = frozenset(truth.gallery)
        names = searched.union(query.picture for query in truth.queries)
        pictures = read_named_pictures(folder, progress, lambda path: stem(path) in names)
        found = replace(pictures, ids={path: one for path, one in pictures.ids.items() if stem(path) in searched})
        everything = pictures.named(pictures.images())
        queries, failures = cropped_queries(
            Asked(query.name, everything[query.picture], query.box)
            for query in truth.queries
            if query.picture in everything
        )
        dataset = pictures.dataset(found.images(), queries, pictures.lacking(sorted(names)), failures)
        return Benchmark(dataset, tuple(_protocol(setup, truth, found) for setup in SETUPS))


def _ground_truth(folder: str) -> str:
    files = sorted(path for path, _ in look(folder).matches(GROUND_TRUTH))
    if not files:
        raise NotFoundError(
            f"{shown_path(folder)} has no ground truth of revisited Oxford or Paris.",
            remedy="Put gnd_roxford5k.pkl or gnd_rparis6k.pkl (or .json) beside the pictures.",
        )
    if len(files) > 1:
        raise InvalidRequestError(
            f"{shown_path(folder)} has more than one ground truth: {', '.join(map(os.path.basename, files))}.",
            remedy="Leave one.",
        )
    return files[0]


def _protocol(setup: str, truth: RevisitedTruth, gallery: Pictures) -> Assessed:
    relevant, junk = SETUPS[setup]
    by_name = GroundTruth(
        {
            query.name: Assessments(
                dict.fromkeys((name for kind in relevant for name in query.images[kind]), 1),
                frozenset(name for kind in junk for name in query.images[kind]),
            )
            for query in truth.queries
        }
    )
    definition = DEFINITION.format(relevant=" or ".join(relevant), junk=" or ".join(junk))
    return Assessed(f"revisited-{setup}", definition, gallery.assessments(by_name), customary_measures=CUSTOMARY)
