"""Relevant is what shares a label with the query."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cbir.evaluation.dataset import Dataset, LabelledImage, Query
from cbir.evaluation.protocols.base import Judged
from cbir.evaluation.protocols.given import Given, judge_given


class LabelIndex:
    """Which images have which label."""

    def __init__(self, images: Sequence[LabelledImage]) -> None:
        self.size = len(images)
        members: dict[str, list[int]] = {}
        for position, image in enumerate(images):
            for label in image.labels:
                members.setdefault(label, []).append(position)
        self.members = {label: np.array(positions) for label, positions in members.items()}

    def count(self, label: str) -> int:
        """How many images have a label."""
        return len(self.members.get(label, ()))

    def sharing(self, labels: Iterable[str]) -> NDArray[np.bool_]:
        """Which of the N images have at least one of the labels, shape (N,)."""
        found = np.zeros(self.size, bool)
        for label in labels:
            if label in self.members:
                found[self.members[label]] = True
        return found


@dataclass(frozen=True, slots=True)
class SharedLabels:
    """The dataset's own queries; relevant is what shares at least one label with the query.

    A query that is itself in the gallery is an answer to itself. Queries to which nothing is relevant are left out,
    and counted.
    """

    name: str = "shared-labels"
    definition: str = (
        "The queries are those of the dataset; relevant is what shares at least one label with the query, junk "
        "nothing. Queries without a relevant image are left out of the means."
    )
    customary_measures: tuple[str, ...] = ()

    def judge(self, dataset: Dataset) -> Given:
        """See `Protocol.judge`."""
        index = LabelIndex(dataset.images)

        def judged(query: Query) -> Judged:
            return Judged(query, index.sharing(query.image.labels), np.zeros(index.size, bool))

        return judge_given(dataset, judged)
