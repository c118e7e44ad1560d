"""Weights of any `keras.applications` model, by the address and checksum that Keras itself declares.

TensorFlow is imported when such weights are fetched or imported, and never when they are read from the cache.
"""

from __future__ import annotations

import inspect
import re
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cbir.errors import NotFoundError, UnknownNameError, WeightsError
from cbir.registry import did_you_mean
from cbir.tensorflow_runtime import import_tensorflow
from cbir.weights.base import Tensor
from cbir.weights.canonical import canonical
from cbir.weights.sources import HttpSource, Source

PREFIX = "keras:"
_NAME = re.compile(r"keras:[A-Za-z][A-Za-z0-9]*")
_SHA256_DIGITS = 64
_patching = threading.Lock()


def is_keras_name(name: str) -> bool:
    """Whether ``name`` has the form `keras:NAME`; says nothing about whether Keras has that model."""
    return _NAME.fullmatch(name) is not None


def model_names() -> list[str]:
    """Names of all models of `keras.applications`. Imports TensorFlow."""
    applications = import_tensorflow().keras.applications
    found = inspect.getmembers(applications, inspect.isfunction)
    return [name for name, builder in found if "include_top" in inspect.signature(builder).parameters]


def builder(name: str) -> Callable[..., Any]:
    """The function that makes the model called `keras:NAME`. Imports TensorFlow.

    Raises:
        UnknownNameError: Keras has no such model; the remedy names the nearest one.
    """
    applications = import_tensorflow().keras.applications
    known = [PREFIX + each for each in model_names()]
    if name not in known:
        raise UnknownNameError(f"Keras has no model '{name}'.", remedy=did_you_mean(name, known))
    function: Callable[..., Any] = getattr(applications, name.removeprefix(PREFIX))
    return function


@dataclass(frozen=True, slots=True)
class KerasSet:
    """A model without its classifier, as a `WeightSet`."""

    name: str
    sources: tuple[Source, ...]
    size: int = 0
    digest: str = ""
    licence: str = "as published with Keras (keras.io/api/applications)"
    credit: str = "the Keras team and the model's authors"
    also: tuple[str, ...] = ()

    @classmethod
    def called(cls, name: str) -> KerasSet:
        """The set of this name.

        Raises:
            UnknownNameError: Keras has no such model.
        """
        return cls(name, (declared_source(builder(name)),))

    @property
    def title(self) -> str:
        """See `WeightSet.title`."""
        return f"{self.name.removeprefix(PREFIX)}'s weights"

    @property
    def summary(self) -> str:
        """See `WeightSet.summary`."""
        return f"{self.name.removeprefix(PREFIX)} of keras.applications without its classifier: {self.name}"

    def read(self, path: Path) -> dict[str, Tensor]:
        """See `WeightSet.read`: tensors `0000/kernel`, `0001/bias`, … in the order of `model.get_weights()`.

        They are numbered because Keras' own names count models made in this process.
        """
        model = builder(self.name)(weights=None, include_top=False)
        _forget_weights(model)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # about what it passed over, which is looked for below
                model.load_weights(path)
        except FileNotFoundError:
            raise NotFoundError(f"No file at {path}.", remedy="Correct the path.") from None
        except (OSError, ValueError, KeyError) as error:
            first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise self._unfit(path, first) from None
        tensors = {
            f"{index:04d}/{weight.name}": canonical(weight.numpy()) for index, weight in enumerate(model.weights)
        }
        for weight, tensor in zip(model.weights, tensors.values(), strict=True):
            if not np.isfinite(tensor).all():
                raise self._unfit(path, f"it has no usable {weight.path}")
        return tensors

    def _unfit(self, path: Path, reason: str) -> WeightsError:
        return WeightsError(
            f"{path} does not fit {self.title}: {reason.rstrip('.')}.",
            remedy="Import the file without the classifier (notop).",
        )


def _forget_weights(model: Any) -> None:
    """Put NaN into every weight: Keras passes over layers that it does not find in a file and leaves them as they
    were, in which case they would hold random numbers.
    """
    for weight in model.weights:
        if np.dtype(weight.dtype).kind == "f":
            weight.assign(np.full(weight.shape, np.nan, weight.dtype))


class _Declared(Exception):  # noqa: N818 -- not an error: it ends the building of a model early
    """Carries what a model's builder was about to download."""

    def __init__(self, url: str, file_hash: str) -> None:
        self.url = url
        self.file_hash = file_hash


def declared_source(build: Callable[..., Any]) -> HttpSource:
    """The file that Keras would download for a model without its classifier.

    Each module of `keras.applications` writes address and checksum into a call of `file_utils.get_file`, each in
    its own way; so the builder is run with that function replaced by one that only notes them.
    """
    from keras.src.utils import file_utils

    def note(_name: str, origin: str, *, file_hash: str | None = None, **_: Any) -> None:
        raise _Declared(origin, file_hash or "")

    with _patching:
        original = file_utils.get_file
        file_utils.get_file = note
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # about the input size of a model that is thrown away
                build(weights="imagenet", include_top=False)
        except _Declared as declared:
            if len(declared.file_hash) == _SHA256_DIGITS:  # as `get_file` tells them apart
                return HttpSource(declared.url, sha256=declared.file_hash)
            return HttpSource(declared.url, md5=declared.file_hash)
        finally:
            file_utils.get_file = original
    raise WeightsError("Keras declares no file of weights for this model.", remedy="Choose another model.")
