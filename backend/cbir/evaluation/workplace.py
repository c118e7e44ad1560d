"""Where evaluations are made: the caches that they use, and the engine that ranks where one does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cbir.engines.base import Engine
from cbir.errors import UnknownNameError
from cbir.evaluation.cache import DescriptorCache
from cbir.evaluation.checkpoints import Checkpoints
from cbir.evaluation.dataset import Dataset
from cbir.evaluation.datasets.base import Benchmark
from cbir.evaluation.descriptors import Described, Describer
from cbir.evaluation.engine_ranker import engine_ranker, reach_of
from cbir.evaluation.measures import DEFAULT_MEASURES, Measure, parse_measure
from cbir.evaluation.protocols import Protocol
from cbir.evaluation.rankers import InMemory, Ranker
from cbir.evaluation.runner import Evaluation, Plan, evaluate, require_gradable
from cbir.extractors.base import Extractor
from cbir.progress import Progress
from cbir.registry import did_you_mean
from cbir.settings import Settings
from cbir.weights.base import Weights


class Workplace:
    """Describes, ranks and grades; what is finished is kept below the cache folder of the settings."""

    def __init__(
        self, settings: Settings, weights: Weights, *, engine: Engine | None = None, fresh: bool = False
    ) -> None:
        """A workplace.

        Args:
            settings: say where the caches are.
            weights: for extractors that need some.
            engine: ranks, through a temporary collection; None to compare every image in memory.
            fresh: grade anew what is there from before (descriptors are used as they are).
        """
        cache = DescriptorCache(settings.cache_dir / "descriptors")
        self.describer = Describer(weights, cache, batch_size=settings.batch_size)
        self.checkpoints = Checkpoints(settings.cache_dir / "evaluations", fresh=fresh)
        self.engine = engine

    def evaluate(
        self, dataset: Dataset, extractors: Sequence[Extractor], plan: Plan, progress: Progress
    ) -> Evaluation:
        """Grade a dataset; what cannot be graded is refused before anything is described.

        Raises:
            UnknownNameError, InvalidRequestError: as `runner.evaluate`.
            WeightsError, ImageError: as `Describer.describe`.
            StorageError: the engine fails.
        """
        require_gradable(dataset, plan, self.engine)
        if self.engine:
            self.engine.collections()  # a server that is away is noticed before hours of describing
        self.checkpoints.forget_old()
        described = self.describer.describe(dataset, extractors, progress)
        with self._ranker(described, plan, progress) as ranker:
            return evaluate(described, plan, progress, ranker=ranker, checkpoints=self.checkpoints)

    @contextmanager
    def _ranker(self, described: Described, plan: Plan, progress: Progress) -> Iterator[Ranker]:
        if self.engine is None:
            yield InMemory(described)
            return
        reach = reach_of(plan.measures, plan.depth)
        with engine_ranker(described, self.engine, reach, progress) as ranker:
            yield ranker


def protocol_of(benchmark: Benchmark, name: str | None) -> Protocol:
    """The protocol that a person names, or the customary one.

    Raises:
        UnknownNameError: this dataset has no such protocol.
    """
    protocols = {protocol.name: protocol for protocol in benchmark.protocols}
    if name is None:
        return benchmark.protocols[0]
    if name not in protocols:
        raise UnknownNameError(
            f"'{benchmark.dataset.name}' has no protocol '{name}'.", remedy=did_you_mean(name, list(protocols))
        )
    return protocols[name]


def measures_of(protocol: Protocol) -> tuple[Measure, ...]:
    """The measures by which the protocol's makers grade, and the usual ones."""
    customary = [parse_measure(name) for name in protocol.customary_measures]
    return tuple(dict.fromkeys((*customary, *DEFAULT_MEASURES)))
