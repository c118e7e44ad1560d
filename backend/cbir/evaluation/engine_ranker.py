"""Rankings made by an engine, through a collection that lives as long as the evaluation.

So that what is graded is what a search gives: the engine's own candidates, scores and ties, and strategies that are
not exact.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property

import numpy as np

from cbir.engines.base import Engine, SearchRequest, StoredCollection
from cbir.engines.borders import MAX_K
from cbir.evaluation.cells import CURVE
from cbir.evaluation.descriptors import Described
from cbir.evaluation.measures import Measure
from cbir.evaluation.protocols import Judgements
from cbir.evaluation.ranking import Ranked
from cbir.ingest.pipeline import batched
from cbir.metrics.base import Metric
from cbir.progress import Progress
from cbir.records import ImageEntry, ImageRecord, Ranking, Scores

NAME = "evaluation_in_progress_"
"""What a temporary collection's name begins with; only a process that was killed leaves one behind."""
STORED_TOGETHER = 256
"""Images of a batch that is written."""
HITS_AT_ONCE = 1 << 18
"""Queries are asked together as long as they have no more hits than this."""


class EngineRanker:
    """Asks a collection that holds the gallery of a described dataset; it is made when it is first needed."""

    def __init__(
        self, described: Described, engine: Engine, reach: int, fill: Callable[[], StoredCollection]
    ) -> None:
        """A ranker.

        Args:
            described: the dataset.
            engine: where the collection is.
            reach: images of each ranking, junk not counted.
            fill: makes the collection, and opens it.
        """
        self.described = described
        self.engine = engine
        self.reach = reach
        self._fill = fill
        self._positions = {image.id: position for position, image in enumerate(described.dataset.images)}

    @cached_property
    def stored(self) -> StoredCollection:
        """The collection."""
        return self._fill()

    def warm_up(self, extractor: str, metric: Metric, strategy: str) -> None:
        """See `Ranker.warm_up`."""
        request = SearchRequest(extractor, metric.name, k=1, strategy=strategy)
        self.stored.search(request, self.described.descriptors[extractor][:1])

    def rank(self, extractor: str, metric: Metric, strategy: str, judgements: Judgements) -> Iterator[Ranked]:
        """See `Ranker.rank`. Junk is asked for in addition, so that ``reach`` images are left without it."""
        queries = self.described.of_queries(extractor, judgements.queries)
        junk = max(int(np.count_nonzero(judged.junk)) for judged in judgements)
        k = min(self.reach + junk, len(self._positions), MAX_K)
        request = SearchRequest(extractor, metric.name, k=k, strategy=strategy)
        together = max(1, HITS_AT_ONCE // k)
        for start in range(0, len(queries), together):
            for ranking in self.stored.search(request, queries[start : start + together]):
                yield self._ranked(ranking)

    def _ranked(self, ranking: Ranking) -> Ranked:
        order = np.fromiter((self._positions[hit.id] for hit in ranking.hits), np.intp, len(ranking.hits))
        scores: Scores = np.full(len(self._positions), np.nan)
        scores[order] = [hit.score for hit in ranking.hits]
        return Ranked(order, scores.__getitem__)


def reach_of(measures: Sequence[Measure], depth: int) -> int:
    """How many images of a ranking are needed: those of the curves, of the kept tops, and of the measures; as many as
    an engine gives where a measure has no cutoff.
    """
    cutoffs = [getattr(measure, "cutoff", None) or MAX_K for measure in measures]
    return min(MAX_K, max(CURVE, depth, *cutoffs))


@contextmanager
def engine_ranker(described: Described, engine: Engine, reach: int, progress: Progress) -> Iterator[EngineRanker]:
    """Rankings of a collection with the gallery's descriptors, dropped at the end of the block, however it ends.

    What is raised in the block, where the collection is first needed:
        InvalidRequestError: the engine cannot hold one of the descriptors.
        DescriptorError: a descriptor holds NaN or infinity.
        StorageError: the engine cannot write.
    """
    with ExitStack() as opened:
        yield EngineRanker(
            described, engine, reach, lambda: opened.enter_context(_filled(described, engine, progress))
        )


@contextmanager
def _filled(described: Described, engine: Engine, progress: Progress) -> Iterator[StoredCollection]:
    for left in [name for name in engine.collections() if name.startswith(NAME)]:
        progress.say(
            f"There is '{left}', of an evaluation that is going on or was killed; to delete it: "
            f"cbir collections delete {left} --engine {engine.name}"
        )
    name = NAME + secrets.token_hex(8)
    try:
        engine.create(name, described.identities.values())
        with engine.open(name, write=True) as stored:
            _fill(stored, described, progress)
        with engine.open(name) as stored:
            yield stored
    finally:
        if name in engine.collections():
            engine.drop(name)


def _fill(stored: StoredCollection, described: Described, progress: Progress) -> None:
    images = described.dataset.images
    progress.start("Filling a temporary collection", len(images))
    for positions in batched(range(len(images)), STORED_TOGETHER):
        entries = [
            ImageEntry(
                ImageRecord(images[position].id, width=1, height=1, format=""),
                {name: matrix[position] for name, matrix in described.descriptors.items()},
            )
            for position in positions
        ]
        stored.upsert(entries)
        progress.advance(len(entries))
