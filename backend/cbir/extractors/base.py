"""What an extractor is, and how several of them share one piece of work.

An extractor only says what it computes. The work is done by a *pass*, which its family opens for all the
extractors of that family that are wanted together: VGG16's descriptors share one forward pass that way.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from cbir.records import RGB, Identity, Matrix
from cbir.registry import Registry
from cbir.weights.base import Weights


class Pass(Protocol):
    """Work that yields the descriptors of one or more extractors from the same images."""

    def prepare(self, image: RGB) -> Any:
        """The small part of an image that `run` needs. Thread-safe: decoding workers call it."""

    def run(self, prepared: Sequence[Any]) -> Mapping[str, Matrix]:
        """For each extractor's name the descriptors (N, D), float32, of the N prepared images."""


class Family(Protocol):
    """Extractors that can share their work."""

    def open(self, extractors: Sequence[Any], weights: Weights) -> Pass:
        """A pass over these extractors, all of this family. Heavy imports and loading happen here.

        Raises:
            WeightsError: weights that an extractor needs are not there.
        """


class Extractor(Protocol):
    """Turns an image into a descriptor."""

    @property
    def name(self) -> str:
        """As it is chosen and stored: `hist-basic`, `vgg16:fc1`."""

    @property
    def summary(self) -> str:
        """One sentence: what it describes and when to choose it."""

    @property
    def dims(self) -> int:
        """Size of the descriptor."""

    @property
    def non_negative(self) -> bool:
        """True if no value can be below zero."""

    @property
    def default_metric(self) -> str:
        """The metric to use where none is chosen: `chi2` for histograms, `cosine` for neural codes."""

    @property
    def weights(self) -> str:
        """Name of the weights that it needs, empty where it needs none."""

    @property
    def family(self) -> Family:
        """The family whose pass computes it; equal for extractors that share one."""

    def identity(self, weights: Weights) -> Identity:
        """All that changes its numbers.

        Raises:
            WeightsError: its weights are not there, so that their digest is unknown.
        """


EXTRACTORS: Registry[Extractor] = Registry("extractor", group="cbir.extractors")


class Extraction:
    """All the passes that a set of extractors needs, as one `Pass`."""

    def __init__(self, extractors: Sequence[Extractor], weights: Weights) -> None:
        self.extractors = tuple(extractors)
        self._weights = weights
        self._passes: tuple[Pass, ...] | None = None
        self._opening = threading.Lock()

    def prepare(self, image: RGB) -> tuple[Any, ...]:
        """See `Pass.prepare`."""
        return tuple(p.prepare(image) for p in self.open())

    def run(self, prepared: Sequence[tuple[Any, ...]]) -> dict[str, Matrix]:
        """See `Pass.run`; the order of the result is that of ``extractors``."""
        found: dict[str, Matrix] = {}
        for index, one in enumerate(self.open()):
            found.update(one.run([parts[index] for parts in prepared]))
        return {extractor.name: found[extractor.name] for extractor in self.extractors}

    def open(self) -> tuple[Pass, ...]:
        """Load what the passes need, once; until then nothing heavy is imported. Thread-safe: `prepare` calls it."""
        with self._opening:
            if self._passes is None:
                self._passes = self._open()
            return self._passes

    def _open(self) -> tuple[Pass, ...]:
        groups: dict[Family, list[Extractor]] = {}
        for extractor in self.extractors:
            groups.setdefault(extractor.family, []).append(extractor)
        return tuple(family.open(group, self._weights) for family, group in groups.items())
