"""Samples of collections, kept as files, so that closeness costs a search next to nothing.

One file an engine, collection, identity of a descriptor and metric, below `closeness` in the cache folder: `.npz`
(numpy's open format, without pickle). It is written under another name and renamed, so that it is there whole or not
at all; processes that need the same one wait for the first to make it. It is safe to delete all of it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import secrets
import threading
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np

from cbir.collection import Choice, Collection
from cbir.disk.durable import make_folder
from cbir.disk.errors import Remedies, writing
from cbir.disk.lock import FileLock
from cbir.engines.base import StoredCollection
from cbir.errors import CbirError, NotFoundError, StorageError
from cbir.metrics.base import Metric
from cbir.searching.closeness import FEWEST, Closeness, sampled

FORM = 2
"""Raised when what is in the files changes."""
CHANGED = 0.1
"""Share of images by which a collection may grow or shrink before it is sampled anew."""
MOST_FILES = 300
"""Samples that are kept, about 300 KB each; those that were made first go first."""
WRITING = Remedies(
    full="Free space in the cache folder (CBIR_CACHE_DIR).",
    refused="Choose a cache folder that can be written (CBIR_CACHE_DIR).",
    other="Check the cache folder (CBIR_CACHE_DIR).",
)
DAMAGED = (
    ValueError,
    KeyError,
    EOFError,
    TypeError,
    MemoryError,
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    OSError,
)
"""What reading a file can raise that was cut short or written over."""


Make = Callable[[StoredCollection], Closeness | None]
Version = tuple[int, int, int] | None
"""Inode, size and time of change of a file; None where there is none."""


class _Memory:
    """The samples that this process used last, each with the version of the file that it is of."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[Path, tuple[Version, Closeness]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, path: Path, version: Version) -> Closeness | None:
        with self._lock:
            of, closeness = self._kept.get(path, (None, None))
            if closeness is None or of != version:
                return None
            self._kept.move_to_end(path)
            return closeness

    def keep(self, path: Path, version: Version, closeness: Closeness) -> None:
        with self._lock:
            self._kept[path] = version, closeness
            self._kept.move_to_end(path)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)


_memory = _Memory(16)


def closeness_in(collection: Collection, choice: Choice, *, centre: bool = False) -> Closeness | None:
    """What random pairs of the collection have for scores; None where it has too few images to tell.

    With ``centre``: what they have for scores where queries are centred.

    The first call for a collection, extractor and metric samples it, which takes about as long as some dozens of
    searches; later ones read what was kept, until the collection's size has changed by more than a tenth.
    """
    count = collection.stored.count()
    if count < FEWEST:
        return None
    path = sample_path(collection, choice, centre=centre)
    known = _known(path, collection, count)
    return known or _made(path, collection, count, lambda stored: sampled(stored, *_of(choice), centre=centre))


def _of(choice: Choice) -> tuple[str, Metric]:
    return choice.identity.name, choice.metric


def sample_path(collection: Collection, choice: Choice, *, centre: bool = False) -> Path:
    """The file of one sample: another one for whatever changes its numbers, or may hold another collection."""
    settings = collection.settings
    key = {
        "engine": settings.engine,
        "place": [str(settings.data_dir), settings.elasticsearch_url, settings.elasticsearch_namespace],
        "collection": collection.name,
        "identity": choice.identity.to_json(),
        "metric": choice.metric.name,
        "centred": centre,
        "form": FORM,
    }
    name = hashlib.sha256(json.dumps(key, sort_keys=True).encode("utf-8", "surrogateescape")).hexdigest()
    return settings.cache_dir / "closeness" / f"{name}.npz"


def _made(path: Path, collection: Collection, count: int, make: Make) -> Closeness | None:
    """A new sample, made by one process while the others wait for it; kept in memory where the disk refuses."""
    with contextlib.ExitStack() as held:
        try:
            with writing(path.parent, WRITING):
                make_folder(path.parent)
            held.callback(FileLock(path.with_suffix(".lock"), "a sample", WRITING, wait=True).close)
        except (StorageError, NotFoundError) as error:
            _warn(error)
        if known := _known(path, collection, count):
            return known
        made = make(collection.stored)
        if made:
            _keep(path, made)
        return made


def _known(path: Path, collection: Collection, count: int) -> Closeness | None:
    """What was kept, if it still holds."""
    version = _version(path)
    known = _memory.get(path, version)
    if known is None and version and (known := _read(path)):
        _memory.keep(path, version, known)
    return known if known and _is_of_now(known, collection, count) else None


def _version(path: Path) -> Version:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _keep(path: Path, closeness: Closeness) -> None:
    try:
        _write(path, closeness)
    except StorageError as error:
        _memory.keep(path, _version(path), closeness)
        _warn(error)


def _warn(error: CbirError) -> None:
    logging.getLogger(__name__).warning("Closeness is sampled anew by every process: %s", error)


def _is_of_now(closeness: Closeness, collection: Collection, count: int) -> bool:
    """Whether the collection is about as large as it was, and still holds most of some images of the sample."""
    if abs(count - closeness.count) > CHANGED * closeness.count:
        return False
    found = collection.stored.get(closeness.ids)
    return 2 * sum(record is not None for record in found) > len(found)


def _write(path: Path, closeness: Closeness) -> None:
    """Keep a sample.

    Raises:
        StorageError: the folder cannot be written, or is full; nothing was kept then.
    """
    partial = path.with_name(f"{path.stem}.{secrets.token_hex(8)}.partial")
    with writing(path, WRITING):
        try:
            with partial.open("wb") as stream:
                np.savez(
                    stream,
                    larger_is_better=closeness.larger_is_better,
                    pairs=closeness.pairs,
                    nearest=closeness.nearest,
                    spread=closeness.spread,
                    count=closeness.count,
                    ids=np.array([one.encode() for one in closeness.ids]),
                    mean=closeness.mean,
                )
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
        _forget_oldest(path.parent)


def _forget_oldest(folder: Path) -> None:
    """Make room: collections and metrics that nobody searches any more leave samples behind."""
    files = sorted(folder.glob("*.npz"), key=_made_at, reverse=True)
    for file in files[MOST_FILES:]:
        file.unlink(missing_ok=True)
        file.with_suffix(".lock").unlink(missing_ok=True)


def _made_at(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _read(path: Path) -> Closeness | None:
    """A sample that was kept; None for one that is not there, or damaged."""
    try:
        # opened here, because numpy leaves a file open that turns out to be damaged
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            closeness = Closeness(
                larger_is_better=bool(stored["larger_is_better"]),
                pairs=np.asarray(stored["pairs"], np.float64),
                nearest=np.asarray(stored["nearest"], np.float64),
                spread=float(stored["spread"]),
                count=int(stored["count"]),
                ids=tuple(one.decode() for one in stored["ids"].tolist()),
                mean=np.asarray(stored["mean"], np.float32),
            )
    except DAMAGED:
        return None
    return closeness if len(closeness.pairs) and closeness.ids else None
