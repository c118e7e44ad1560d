"""Feature maps of images as pictures: made once, and kept on disk as thumbnails are."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence

from cbir.api.rendition_cache import RenditionCache
from cbir.api.renditions import original
from cbir.collection import Library
from cbir.describing.extractions import fingerprint
from cbir.explain.maps import extractor_of, feature_maps, montage, png
from cbir.images.decode import decode
from cbir.images.turns import turn
from cbir.records import ImageRecord
from cbir.settings import Settings

VERSION = 1
"""Part of every name, so that another way of making them finds none of these."""
MAX_BYTES = 1 << 28
"""The most that is kept on disk."""
AT_ONCE = 2
"""Images that a process works on at the same time: a layer's maps take up to 13 MB, several times over."""


class FeatureMaps:
    """Makes montages of feature maps, and keeps them."""

    def __init__(self, settings: Settings) -> None:
        self._cache = RenditionCache(settings.cache_dir / "maps", MAX_BYTES)
        self._working = threading.BoundedSemaphore(AT_ONCE)

    def montage(self, record: ImageRecord, layer: str, channels: Sequence[int], library: Library) -> bytes:
        """Channels of a layer as one greyscale PNG (`cbir.explain.maps.montage`).

        Raises:
            WeightsError: VGG16's weights are not there.
            UnavailableError: the process that computes descriptors is away.
            NotFoundError: no file of the image is there, or all have changed.
            ImageError: it cannot be decoded any more.
        """
        identity = fingerprint(extractor_of(layer).identity(library.weights))
        what = hashlib.sha256(f"{identity} {channels}".encode()).hexdigest()[:32]
        name = f"{record.id}-{layer}-{what}-v{VERSION}.png"
        kept = self._cache.get(name)
        if kept is None:
            data = original(record)
            with self._working, turn(data):
                maps = feature_maps(decode(data).pixels, layer, library.describer)
                kept = png(montage(maps, channels))
            self._cache.put(name, kept)
        return kept
