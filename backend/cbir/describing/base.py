"""What computes the descriptors of queries, and what remembers queries."""

from __future__ import annotations

from typing import Protocol

from cbir.describing.extractions import Extractions
from cbir.extractors.base import Extractor
from cbir.records import RGB, Vector
from cbir.weights.base import Weights


class Describer(Protocol):
    """Computes a query's descriptor: in this process, or in one that is warm already."""

    def describe(self, image: RGB, extractor: Extractor) -> Vector:
        """The descriptor (D,) of an upright image.

        Raises:
            WeightsError: weights that it needs are not there.
            UnavailableError: the process that computes it is away.
        """


class LocalDescriber:
    """Extraction in this process; what an extractor needs is loaded at its first use and kept. Thread-safe."""

    def __init__(self, weights: Weights) -> None:
        self._extractions = Extractions(weights)

    def describe(self, image: RGB, extractor: Extractor) -> Vector:
        """See `Describer.describe`."""
        extraction = self._extractions.of(extractor).extraction
        vector: Vector = extraction.run([extraction.prepare(image)])[extractor.name][0]
        return vector


class Queries(Protocol):
    """Pictures from outside that were searched with, kept in memory for a while so that nobody sends them twice.

    A query's token is a secret of the person who searched. Descriptors are kept beside the picture by a key that the
    caller chooses (the identity of the descriptor, and the crop).
    """

    def put(self, data: bytes) -> str:
        """Remember a picture's file; its token."""

    def data(self, token: str) -> bytes:
        """The file. Raises NotFoundError for a token that is unknown or has expired."""

    def descriptor(self, token: str, key: str) -> Vector | None:
        """A descriptor (D,) that was kept, if it was. Raises as `data`."""

    def keep(self, token: str, key: str, descriptor: Vector) -> None:
        """Keep a descriptor (D,) beside the picture. Raises as `data`."""
