"""Leave-one-out: every labelled image asks for those that share a label with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cbir.errors import InvalidRequestError
from cbir.evaluation.dataset import Dataset, LabelledImage, Query
from cbir.evaluation.protocols.base import Judged
from cbir.evaluation.protocols.shared_labels import LabelIndex


@dataclass(frozen=True, slots=True)
class LeaveOneOut:
    """Every image with a label is a query; the query itself is junk; relevant is what shares at least one label.

    Queries to which nothing is relevant are left out, and counted.
    """

    name: str = "leave-one-out"
    definition: str = (
        "Every image with a label is a query, itself taken out of its ranking; relevant is what shares at least one "
        "label. Queries without a relevant image are left out of the means."
    )
    customary_measures: tuple[str, ...] = ()

    def judge(self, dataset: Dataset) -> LeftOut:
        """See `Protocol.judge`."""
        images = dataset.images
        index = LabelIndex(images)
        labelled = [position for position, image in enumerate(images) if image.labels]
        asked = [p for p in labelled if any(index.count(label) > 1 for label in images[p].labels)]
        if not asked:
            raise InvalidRequestError(
                "No image shares a label with another one, so no query can be graded.",
                remedy="Check the labels, and the label column.",
            )
        return LeftOut(
            images=images,
            index=index,
            positions=tuple(asked),
            unlabelled=len(images) - len(labelled),
            without_relevant=len(labelled) - len(asked),
        )


@dataclass(frozen=True, slots=True)
class LeftOut:
    """`Judgements` of leave-one-out."""

    images: Sequence[LabelledImage]
    index: LabelIndex
    positions: tuple[int, ...]
    """Of the images that are queries, ascending."""
    unlabelled: int
    without_relevant: int

    @property
    def queries(self) -> tuple[Query, ...]:
        """See `Judgements.queries`."""
        return tuple(Query(self.images[position].id, self.images[position]) for position in self.positions)

    def __iter__(self) -> Iterator[Judged]:
        """See `Judgements.__iter__`."""
        for position, query in zip(self.positions, self.queries, strict=True):
            relevant = self.index.sharing(query.image.labels)
            relevant[position] = False
            junk = np.zeros(len(self.images), bool)
            junk[position] = True
            yield Judged(query, relevant, junk)
