"""The process that computes descriptors, as seen by those that ask it."""

from __future__ import annotations

import logging

import numpy as np

from cbir.describing import failures
from cbir.describing.base import Describer
from cbir.describing.connections import Connections
from cbir.describing.extractions import fingerprint
from cbir.describing.wire import Array, Message
from cbir.errors import IdentityMismatchError, PluginError, UnavailableError, UnknownNameError
from cbir.extractors.base import Extractor
from cbir.records import RGB, Vector
from cbir.settings import Settings
from cbir.weights.base import Weights
from cbir.weights.store import WeightStore

_CANNOT = (UnavailableError, IdentityMismatchError, UnknownNameError, PluginError)
"""What another process may not be able to do, and this one may: it may be gone, or of another version."""


def connect(settings: Settings, weights: Weights | None = None) -> RemoteDescriber | None:
    """The running describer of this data folder; None where none runs, or none answers.

    Args:
        settings: say which data folder.
        weights: those by which this process knows identities; by default the store that the settings name.
    """
    describer = RemoteDescriber(settings, weights)
    return describer if describer.connections.greet() else None


class RemoteDescriber:
    """Extraction in the process that all processes of a server share, as `cbir.describing.base.Describer`."""

    def __init__(self, settings: Settings, weights: Weights | None = None) -> None:
        """Arguments as of `connect`. Nothing is opened before the first question."""
        self.connections = Connections(settings.data_dir)
        self._weights = weights or WeightStore(
            settings.weights_dir, offline=settings.offline, announce=logging.getLogger(__name__).info
        )

    def describe(self, image: RGB, extractor: Extractor) -> Vector:
        """See `Describer.describe`.

        Raises:
            IdentityMismatchError: the process would compute other numbers than this one.
            UnavailableError: it is away, or was lost before it answered.
            CbirError: as extraction in this process.
        """
        identity = fingerprint(extractor.identity(self._weights))
        question = Message({"ask": "describe", "extractor": extractor.name, "identity": identity}, image)
        return _vector(self.connections.ask(question).array, extractor.dims)


class SharedDescriber:
    """The running describer of this data folder where there is one, for extractors that load weights; the others
    cost less than the way there, and are computed here.
    """

    def __init__(self, remote: Describer, local: Describer, *, locally: bool) -> None:
        """Choose nothing yet.

        Args:
            remote: asked first.
            local: extraction in this process.
            locally: also for extractors with weights, where the other describer is away or cannot; else that is an
                error.
        """
        self._remote, self._local, self._locally = remote, local, locally

    def describe(self, image: RGB, extractor: Extractor) -> Vector:
        """See `Describer.describe`."""
        if not extractor.weights:
            return self._local.describe(image, extractor)
        try:
            return self._remote.describe(image, extractor)
        except _CANNOT:
            if not self._locally:
                raise
        return self._local.describe(image, extractor)


class RemoteQueries:
    """Queries that all processes of a server share, as `cbir.describing.base.Queries`.

    Every method raises UnavailableError where the describer is away.
    """

    def __init__(self, settings: Settings) -> None:
        """Remember which data folder is meant; nothing is opened before the first question."""
        self.connections = Connections(settings.data_dir)

    def put(self, data: bytes) -> str:
        """See `Queries.put`."""
        answer = self.connections.ask(Message({"ask": "put"}, np.frombuffer(data, np.uint8)))
        return str(answer.body["token"])

    def data(self, token: str) -> bytes:
        """See `Queries.data`."""
        answer = self.connections.ask(Message({"ask": "data", "token": token}))
        return b"" if answer.array is None else answer.array.tobytes()

    def descriptor(self, token: str, key: str) -> Vector | None:
        """See `Queries.descriptor`."""
        answer = self.connections.ask(Message({"ask": "descriptor", "token": token, "key": key}))
        return None if answer.array is None else _vector(answer.array)

    def keep(self, token: str, key: str, descriptor: Vector) -> None:
        """See `Queries.keep`."""
        self.connections.ask(Message({"ask": "keep", "token": token, "key": key}, np.asarray(descriptor, np.float32)))


def _vector(array: Array | None, dims: int | None = None) -> Vector:
    if array is None or array.dtype != np.float32 or array.ndim != 1 or dims not in {None, len(array)}:
        raise failures.away("gave an answer that cannot be understood")
    return array
