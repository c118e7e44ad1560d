"""Opening a collection that is to be filled, made first where it is not there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from cbir.collection import DEFAULT_EXTRACTORS, Collection, Library
from cbir.errors import AlreadyExistsError, ConflictError, InvalidRequestError, WeightsError
from cbir.extractors import EXTRACTORS
from cbir.ingest.labels import Labels, LabelTable, read_labels, united_labels
from cbir.progress import Progress
from cbir.records import shown_path

LABEL_FILE = "labels.csv"
NAMED = 3
"""Files named where there can be thousands."""


@contextmanager
def open_for_indexing(
    library: Library, name: str, extractors: Sequence[str], progress: Progress
) -> Iterator[Collection]:
    """A collection open for writing, with these extractors, or the default ones where none are named.

    Raises:
        ConflictError: the collection is there with other extractors.
        WeightsError: weights of an extractor that was named cannot be had.
    """
    if name not in library.engine.collections():
        # another process may be quicker; then its collection is the one to fill
        with suppress(AlreadyExistsError):
            library.create(name, extractors or default_extractors(library, progress))
    with library.open(name, write=True) as collection:
        _require_extractors(collection, extractors)
        yield collection


def default_extractors(library: Library, progress: Progress) -> list[str]:
    """The default extractors whose weights are there or can be fetched now; what is left out is told.

    Weights that no source offers freely (VGG16's dense layers are 553 MB) are never fetched by default.
    """
    chosen: list[str] = []
    for name in DEFAULT_EXTRACTORS:
        extractor = EXTRACTORS.get(name)
        if extractor.weights in {"", "vgg16-conv"} or library.weights.available(extractor.weights):
            try:
                extractor.identity(library.weights)
                chosen.append(name)
            except WeightsError as error:
                progress.say(f"Without {name}: {error.message}")
    missing = [name for name in DEFAULT_EXTRACTORS[:-1] if name not in chosen]
    if missing:
        progress.say(
            f"Going on with {', '.join(chosen)}. Later: cbir weights import FILE, then cbir collections "
            f"add-extractor NAME {missing[0]}"
        )
    return chosen


def labels_for(paths: Sequence[str], file: str | None, progress: Progress) -> dict[str, Labels] | None:
    """What label tables say of the files to be indexed: ``file``, else `labels.csv` in each folder that has one.

    Raises:
        NotFoundError, InvalidRequestError: as `read_labels`.
    """
    inside = (os.path.join(path, LABEL_FILE) for path in paths)
    files = [file] if file else [one for one in inside if os.path.isfile(one)]
    if not files:
        return None
    found: dict[str, Labels] = {}
    for one in files:
        table = _read(one, named=one == file)
        for path, labels in table.items():
            found[path] = united_labels(found[path], labels) if path in found else labels
        if table.missing:
            first = ", ".join(map(shown_path, table.missing[:NAMED]))
            more = ", …" if len(table.missing) > NAMED else ""
            progress.say(f"{shown_path(one)}: these files are not there ({len(table.missing):,}): {first}{more}")
    return found


def _read(file: str, *, named: bool) -> LabelTable:
    try:
        return read_labels(file)
    except InvalidRequestError as error:
        if named:
            raise
        remedy = f"{error.remedy} It lies in the folder and is read; name another with --labels FILE.csv."
        raise InvalidRequestError(error.message, remedy=remedy) from None


def _require_extractors(collection: Collection, wanted: Sequence[str]) -> None:
    there = collection.extractors()
    if not wanted or sorted(wanted) == sorted(there):
        return
    more = [name for name in wanted if name not in there]
    if more:
        remedy = f"Add it first: cbir collections add-extractor {collection.name} {more[0]}"
    else:
        remedy = "Leave --extractors away; every image gets all of the collection's descriptors."
    raise ConflictError(f"The collection '{collection.name}' has the extractors {','.join(there)}.", remedy=remedy)
