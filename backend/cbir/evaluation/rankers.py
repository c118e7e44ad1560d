"""Where the rankings of an evaluation come from: memory, or an engine (`engine_ranker`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol as Interface

from cbir.engines.base import Engine
from cbir.evaluation.descriptors import Described
from cbir.evaluation.protocols import Judgements
from cbir.evaluation.ranking import Ranked, ranked, rankings
from cbir.metrics.base import Metric


class Ranker(Interface):
    """Answers the queries of a dataset."""

    @property
    def engine(self) -> Engine | None:
        """What searches; None where every image is compared in memory."""

    @property
    def reach(self) -> int:
        """How many images of a ranking are found at most, junk not counted."""

    def warm_up(self, extractor: str, metric: Metric, strategy: str) -> None:
        """Do what only the first search has to do, so that it counts in no cell's seconds: load code, fill an index.

        Raises:
            StorageError, DescriptorError, InvalidRequestError: an engine cannot hold the gallery.
        """

    def rank(self, extractor: str, metric: Metric, strategy: str, judgements: Judgements) -> Iterator[Ranked]:
        """The answers to all queries, in the order of the judgements.

        Raises:
            UndefinedScoreError: a score is not a number.
        """


class InMemory:
    """Whole rankings of a described dataset, exact."""

    engine = None

    def __init__(self, described: Described) -> None:
        self.described = described
        self.reach = len(described.dataset.images)

    def warm_up(self, extractor: str, metric: Metric, strategy: str) -> None:  # noqa: ARG002 — as `rank`
        """See `Ranker.warm_up`."""
        few = self.described.descriptors[extractor][:2]
        for _ in rankings(metric, few, few):
            pass

    def rank(self, extractor: str, metric: Metric, strategy: str, judgements: Judgements) -> Iterator[Ranked]:  # noqa: ARG002 — every exact strategy gives the same ranking
        """See `Ranker.rank`."""
        queries = self.described.of_queries(extractor, judgements.queries)
        return ranked(metric, self.described.descriptors[extractor], queries)
