"""What the process that computes descriptors answers to each question."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from cbir.describing import failures
from cbir.describing.base import Queries
from cbir.describing.batches import Batches
from cbir.describing.extractions import Extractions, Loaded, named
from cbir.describing.wire import Array, Body, Message
from cbir.errors import CbirError, IdentityMismatchError, InvalidRequestError
from cbir.extractors import EXTRACTORS
from cbir.records import RGB

_REMEDY = "Use the client of the same version."


class Answers:
    """Answers questions, on the thread of whoever asks. Thread-safe."""

    def __init__(self, extractions: Extractions, batches: Batches, queries: Queries) -> None:
        self._extractions, self._batches, self._queries = extractions, batches, queries
        self._registry = threading.Lock()
        self._table: dict[str, Callable[[Message], Message]] = {
            "greet": lambda _question: Message({}),
            "describe": self._describe,
            "put": self._put,
            "data": self._data,
            "descriptor": self._descriptor,
            "keep": self._keep,
        }

    def to(self, question: Message) -> Message:
        """The answer; a `CbirError` is one too."""
        try:
            return self._table.get(_text(question.body, "ask"), _unknown)(question)
        except CbirError as error:
            return Message({"error": failures.to_json(error)})

    def _describe(self, question: Message) -> Message:
        name = _text(question.body, "extractor")
        with named(name):
            with self._registry:
                extractor = EXTRACTORS.get(name)
            loaded = self._extractions.of(extractor)
            _require_same(loaded, _text(question.body, "identity"))
            prepared = loaded.extraction.prepare(_image(question.array))
            question.array = None  # tens of megabytes that need not wait for their turn
            return Message({}, self._batches.run(loaded, prepared))

    def _put(self, question: Message) -> Message:
        data = _array(question.array, np.uint8, axes=1)
        return Message({"token": self._queries.put(data.tobytes())})

    def _data(self, question: Message) -> Message:
        data = self._queries.data(_text(question.body, "token"))
        return Message({}, np.frombuffer(data, np.uint8))

    def _descriptor(self, question: Message) -> Message:
        found = self._queries.descriptor(_text(question.body, "token"), _text(question.body, "key"))
        return Message({}, found)

    def _keep(self, question: Message) -> Message:
        descriptor = _array(question.array, np.float32, axes=1)
        self._queries.keep(_text(question.body, "token"), _text(question.body, "key"), descriptor)
        return Message({})


def _unknown(_question: Message) -> Message:
    raise InvalidRequestError("This question is not known.", remedy=_REMEDY)


def _text(body: Body, key: str) -> str:
    text = body.get(key)
    if not isinstance(text, str):
        raise InvalidRequestError(f"The question has no '{key}'.", remedy=_REMEDY)
    return text


def _array(array: Array | None, dtype: type[Any], axes: int) -> Array:
    if array is None or array.dtype != dtype or array.ndim != axes:
        raise InvalidRequestError("The question lacks its array, or has one of another kind.", remedy=_REMEDY)
    return array


def _image(array: Array | None) -> RGB:
    image = _array(array, np.uint8, axes=3)
    if image.size == 0 or image.shape[2] != 3:  # noqa: PLR2004 — red, green, blue
        raise InvalidRequestError("The question's picture is not (height, width, 3).", remedy=_REMEDY)
    return image


def _require_same(loaded: Loaded, asked: str) -> None:
    if loaded.fingerprint != asked:
        raise IdentityMismatchError(
            f"The server computes '{loaded.extractor.name}' with another version, other parameters or other weights "
            "than the program that asks, so that its descriptors would not compare.",
            remedy="Restart the server with the same version and the same folder of weights (CBIR_WEIGHTS_DIR).",
        )
