"""Protocols: the rules that lead from a dataset and a ranking to a relevance list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol as Interface

import numpy as np
from numpy.typing import NDArray

from cbir.errors import InvalidRequestError
from cbir.evaluation.datasets.base import LabelledImage
from cbir.evaluation.measures import Relevance

Order = NDArray[np.intp]
"""A ranking of the whole gallery: positions of images, best first, shape (N,)."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A query and what is true of each of the N gallery images for it."""

    query: int
    """Position of the query's image."""
    relevant: NDArray[np.bool_]
    """Shape (N,)."""
    junk: NDArray[np.bool_]
    """Taken out of the ranking before grading, shape (N,)."""

    def relevance(self, order: Order) -> Relevance:
        """The relevance list of a ranking of the gallery."""
        kept = order[~self.junk[order]]
        return Relevance(self.relevant[kept], int(np.count_nonzero(self.relevant & ~self.junk)))


class Judgements(Interface):
    """A protocol applied to one gallery."""

    @property
    def queries(self) -> Sequence[int]:
        """Positions of the images that are queries and are graded, ascending."""

    @property
    def unlabelled(self) -> int:
        """Images that are no queries, for want of a label."""

    @property
    def without_relevant(self) -> int:
        """Queries that are left out, because nothing in the gallery is relevant to them."""

    def __iter__(self) -> Iterator[Judged]:
        """The queries in the order of ``queries``, one by one (a judgement of every pair would not fit)."""


class Protocol(Interface):
    """Rules for grading."""

    @property
    def name(self) -> str:
        """As reports name it."""

    def judge(self, images: Sequence[LabelledImage]) -> Judgements:
        """Apply the rules to a gallery.

        Raises:
            InvalidRequestError: no query can be graded.
        """


@dataclass(frozen=True, slots=True)
class LeaveOneOut:
    """Every image with a label is a query; the query itself is junk; relevant is what shares at least one label.

    Queries to which nothing is relevant are left out, and counted.
    """

    name: str = "leave-one-out"

    def judge(self, images: Sequence[LabelledImage]) -> SharedLabels:
        """See `Protocol.judge`."""
        members: dict[str, list[int]] = {}
        for position, image in enumerate(images):
            for label in image.labels:
                members.setdefault(label, []).append(position)
        labelled = [position for position, image in enumerate(images) if image.labels]
        queries = [p for p in labelled if any(len(members[label]) > 1 for label in images[p].labels)]
        if not queries:
            raise InvalidRequestError(
                "No image shares a label with another one, so no query can be graded.",
                remedy="Check the labels, and the label column.",
            )
        return SharedLabels(
            images=images,
            members={label: np.array(positions) for label, positions in members.items()},
            queries=tuple(queries),
            unlabelled=len(images) - len(labelled),
            without_relevant=len(labelled) - len(queries),
        )


@dataclass(frozen=True, slots=True)
class SharedLabels:
    """`Judgements` of leave-one-out."""

    images: Sequence[LabelledImage]
    members: Mapping[str, NDArray[np.intp]]
    """Positions of the images that have a label."""
    queries: tuple[int, ...]
    unlabelled: int
    without_relevant: int

    def __iter__(self) -> Iterator[Judged]:
        """See `Judgements.__iter__`."""
        for query in self.queries:
            relevant = np.zeros(len(self.images), bool)
            for label in self.images[query].labels:
                relevant[self.members[label]] = True
            relevant[query] = False
            junk = np.zeros(len(self.images), bool)
            junk[query] = True
            yield Judged(query, relevant, junk)
