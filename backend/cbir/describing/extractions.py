"""What extractors need, loaded at their first use and kept: by identity, so that weights that were imported anew
are noticed.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cbir.errors import CbirError, PluginError
from cbir.extractors.base import Extraction, Extractor
from cbir.records import Identity
from cbir.weights.base import Weights

MAX_LOADED = 6
"""Extractors that are kept loaded, each with weights of its own in memory (60 MB to 550 MB for VGG16)."""


@dataclass(eq=False, slots=True)
class Loaded:
    """An extractor with what it needs."""

    extractor: Extractor
    fingerprint: str
    """Of the identity whose numbers it computes."""
    extraction: Extraction
    sure: bool = False
    """Its weights are known to be those of the identity."""


class Extractions:
    """The extractors in use. Thread-safe."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._loaded: OrderedDict[str, Loaded] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, extractor: Extractor) -> Loaded:
        """An extractor, loaded if it was not yet.

        Raises:
            WeightsError: weights that it needs are not there.
        """
        while True:
            wanted = fingerprint(extractor.identity(self._weights))
            found = self._kept(extractor, wanted)
            if found.sure:
                return found
            found.extraction.open()
            # other weights may have been imported between the look at the identity and the loading
            if fingerprint(extractor.identity(self._weights)) == wanted:
                found.sure = True
                return found
            self._forget(found)

    def _kept(self, extractor: Extractor, wanted: str) -> Loaded:
        with self._lock:
            found = self._loaded.get(extractor.name)
            if found is None or found.fingerprint != wanted:
                found = Loaded(extractor, wanted, Extraction([extractor], self._weights))
                self._loaded[extractor.name] = found
            self._loaded.move_to_end(extractor.name)
            while len(self._loaded) > MAX_LOADED:
                self._loaded.popitem(last=False)
        return found

    def _forget(self, loaded: Loaded) -> None:
        with self._lock:
            if self._loaded.get(loaded.extractor.name) is loaded:
                del self._loaded[loaded.extractor.name]


def fingerprint(identity: Identity) -> str:
    """Lowercase hex SHA-256 of an identity: equal for equal identities, in whatever process."""
    text = json.dumps(identity.to_json(), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@contextmanager
def named(extractor: str) -> Iterator[None]:
    """Whatever an extractor raises, as an error that names it: extractors come from other packages too."""
    try:
        yield
    except CbirError:
        raise
    except Exception as error:  # whatever foreign code raises, the process goes on
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise PluginError(
            f"The extractor '{extractor}' failed ({reason}).",
            remedy="Try another picture or extractor; tell whoever maintains this one.",
        ) from error
