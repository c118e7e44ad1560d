"""Health of an installation and of its collections: what is wrong, how much it matters, and what to do."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from cbir.collection import Collection, Library
from cbir.engines.base import Finding, Severity
from cbir.errors import (
    CbirError,
    IdentityMismatchError,
    StorageError,
    UnfinishedCopyError,
    UnknownNameError,
    WeightsError,
)
from cbir.extractors import EXTRACTORS
from cbir.ingest.describing import describe_records
from cbir.ingest.walk import Failure
from cbir.progress import Progress
from cbir.records import Vector, shown_path

PACKAGES = ("numpy", "opencv-python-headless", "pillow", "pillow-heif", "numba")
TENSORFLOW = ("tensorflow-cpu", "tensorflow")
LOW_SPACE = 1 << 30
SAMPLE = 4
"""Images described again to see whether the numbers are still those that are stored."""
DRIFT_WARNING, DRIFT_FAULT = 1e-3, 2e-2
"""Relative L2 differences: another version of a decoder or of a CPU library, and another descriptor."""
NAMED = 3
"""Files named in a finding that can concern thousands."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A finding and what it is about: `installation`, `weights`, the engine's or a collection's name."""

    subject: str
    finding: Finding


def examine(library: Library, progress: Progress, *, thorough: bool = True) -> Iterator[Checked]:
    """All findings, notes included, as they are made.

    Args:
        library: the collections to examine, with their weights.
        progress: told which collection is examined.
        thorough: describe a few images of each collection again and compare (loads what the extractors need).
    """
    for finding in _installation(library):
        yield Checked("installation", finding)
    for finding in _weights(library):
        yield Checked("weights", finding)
    try:
        for finding in library.engine.findings():
            yield Checked(library.engine.name, finding)
        names = library.engine.collections()
    except StorageError as error:
        yield Checked(library.engine.name, _fault(error.message, error.remedy))
        return
    progress.start("Examining collections", len(names))
    for name in names:
        for finding in examine_collection(library, name, thorough=thorough):
            yield Checked(name, finding)
        progress.advance()


def _note(message: str) -> Finding:
    return Finding(Severity.NOTE, message)


def _warning(message: str, remedy: str) -> Finding:
    return Finding(Severity.WARNING, message, remedy)


def _fault(message: str, remedy: str) -> Finding:
    return Finding(Severity.FAULT, message, remedy)


def _installation(library: Library) -> Iterator[Finding]:
    versions = [f"{name} {_version(name)}" for name in PACKAGES]
    yield _note(f"cbir {_version('cbir')}, Python {platform.python_version()}, {', '.join(versions)}")
    tensorflow = next((name for name in TENSORFLOW if _version(name)), None)
    if tensorflow:
        yield _note(f"{tensorflow} {_version(tensorflow)}")
    else:
        yield _warning("TensorFlow is not installed: neural descriptors cannot be computed.", "Install cbir again.")
    folder = library.settings.data_dir
    existing = next(parent for parent in (folder, *folder.parents) if os.path.exists(parent))
    if not os.access(existing, os.W_OK):
        yield _warning(f"{folder} cannot be written: collections can be searched, not changed.", "Set CBIR_DATA_DIR.")
    free = shutil.disk_usage(existing).free
    if free < LOW_SPACE:
        yield _warning(f"Only {free / 1e6:,.0f} MB are free for {folder}.", "Free some space before indexing.")
    yield _note(f"Data in {folder}, weights in {library.settings.weights_dir}")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _weights(library: Library) -> Iterator[Finding]:
    for row in library.weights.status():
        if row.problem:
            yield _fault(f"{row.name}: {row.problem}", f"Run: cbir weights fetch {row.name}")
        elif not row.available:
            needed = ", ".join(one.name for one in EXTRACTORS if one.weights == row.name)
            remedy = f"Run: cbir weights fetch {row.name}"
            yield _warning(f"{row.name} is not there{f': no {needed}' if needed else ''}.", remedy)
        else:
            yield from _verified(library, row.name)


def _verified(library: Library, name: str) -> Iterator[Finding]:
    try:
        library.weights.verify(name)
        yield _note(f"{name} is there and whole")
    except WeightsError as error:
        yield _fault(f"{name}: {error.message}", error.remedy)


def examine_collection(library: Library, name: str, *, thorough: bool) -> Iterator[Finding]:
    """Findings of one collection, notes included; what keeps it from being opened is one of them."""
    try:
        with library.open(name) as opened:
            yield _note(f"{opened.stored.count():,} images, {', '.join(opened.extractors())}")
            yield from opened.stored.check()
            yield from _files(opened)
            yield from _identities(opened)
            if thorough:
                yield from _drift(opened, library.settings.batch_size)
    except UnfinishedCopyError as error:
        yield _warning(error.message, error.remedy)
    except CbirError as error:
        yield _fault(error.message, error.remedy)


def _files(collection: Collection) -> Iterator[Finding]:
    missing: list[str] = []
    changed: list[str] = []
    for location, _ in collection.stored.locations():
        try:
            status = os.stat(location.path)
        except OSError:
            missing.append(location.path)
        else:
            if (status.st_size, status.st_mtime_ns) != (location.size, location.mtime_ns):
                changed.append(location.path)
    if missing:
        remedy = "Restore them or mount their disk; or index the folder with --remove-missing."
        yield _warning(f"{_files_named(missing)} cannot be reached.", remedy)
    if changed:
        remedy = "Index the folder again (--replace-changed where the content is another)."
        yield _warning(f"{_files_named(changed)} changed since indexed.", remedy)


def _files_named(paths: list[str]) -> str:
    named = ", ".join(shown_path(path) for path in paths[:NAMED])
    return f"{len(paths):,} files ({named}{', …' if len(paths) > NAMED else ''})"


def _identities(collection: Collection) -> Iterator[Finding]:
    for name in collection.extractors():
        try:
            collection.installed(name)
        except IdentityMismatchError as error:
            yield _fault(error.message, error.remedy)
        except (UnknownNameError, WeightsError) as error:
            yield _warning(f"{name}: new pictures cannot be described. {error.message}", error.remedy)


def _drift(collection: Collection, batch_size: int) -> Iterator[Finding]:
    """Describe a few images again: do the stored descriptors still say what would be computed now?"""
    usable = [one.identity.name for one in collection.stored.extractors() if one.complete]
    usable = [name for name in usable if _can_compute(collection, name)]
    records = collection.stored.sample(SAMPLE, seed=0)
    if not usable or not records:
        return
    failures: list[Failure] = []
    worst = dict.fromkeys(usable, 0.0)
    extraction = collection.extraction(usable)
    for part in describe_records(records, extraction, batch_size=batch_size, failures=failures):
        for name in usable:
            stored = collection.stored.vectors(name, part.ids)
            found = zip(stored, part.descriptors[name], strict=True)
            worst[name] = max(worst[name], *(_relative_difference(old, new) for old, new in found))
    for name, difference in worst.items():
        message = f"{name}: descriptors computed now differ by up to {difference:.2g} from those that are stored."
        if difference > DRIFT_FAULT:
            yield _fault(message, "Index again into a new collection, or restore the installation that was used.")
        elif difference > DRIFT_WARNING:
            yield _warning(message, "Index again into a new collection if rankings look odd.")


def _can_compute(collection: Collection, extractor: str) -> bool:
    try:
        candidate = collection.installed(extractor)
    except CbirError:
        return False
    return not candidate.weights or collection.weights.available(candidate.weights)


def _relative_difference(old: Vector, new: Vector) -> float:
    scale = float(np.linalg.norm(old.astype(np.float64)))
    difference = float(np.linalg.norm(old.astype(np.float64) - new))
    return difference / scale if scale else difference
