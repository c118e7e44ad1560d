"""What is checked before anything is stored or searched: descriptors, records, requests."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from cbir.engines.base import Capabilities, SearchRequest
from cbir.errors import ConflictError, DescriptorError, InvalidRequestError
from cbir.metrics import METRICS
from cbir.metrics.base import Metric
from cbir.records import Identity, ImageEntry, ImageRecord, Matrix
from cbir.strategies import STRATEGIES

MAX_K = 10_000


def descriptors(identity: Identity, items: Sequence[tuple[str, Any]]) -> Matrix:
    """Descriptors by image id as one matrix (N, D), checked.

    Raises:
        DescriptorError: one is not a vector of D finite numbers, or has a value below 0 where there is none.
    """
    matrix = np.empty((len(items), identity.dims), dtype=np.float32)
    for row, (image, values) in zip(matrix, items, strict=True):
        what = f"The descriptor '{identity.name}' of image {image}"
        row[:] = _float32(what, (identity.dims,), values)
        _require_values(what, row, non_negative=identity.non_negative)
    return matrix


def entry_descriptors(identity: Identity, entries: Sequence[ImageEntry]) -> Matrix:
    """The descriptors of one extractor of all ``entries``, (N, D), checked.

    Raises:
        DescriptorError: as `descriptors`, or one is missing.
    """
    for entry in entries:
        if identity.name not in entry.descriptors:
            raise DescriptorError(
                f"Image {entry.record.id} comes without a descriptor '{identity.name}'.",
                remedy="Give one for each extractor of the collection.",
            )
    return descriptors(identity, [(entry.record.id, entry.descriptors[identity.name]) for entry in entries])


def queries(identity: Identity, metric: Metric, values: Any) -> Matrix:
    """Query descriptors (Q, D), C-contiguous float32, checked.

    Raises:
        DescriptorError: another shape, not finite, or below 0 where the metric needs more.
    """
    what = f"The query for '{identity.name}'"
    count = len(values) if np.ndim(values) > 1 else 1
    matrix = np.ascontiguousarray(_float32(what, (count, identity.dims), values))
    for row in matrix:
        _require_values(what, row, non_negative=metric.needs_non_negative)
    return matrix


def metric_of(
    request: SearchRequest, identity: Identity, missing: int, *, collection: str, capabilities: Capabilities
) -> Metric:
    """The metric that a request names, if ``collection`` can answer it.

    Raises:
        InvalidRequestError: k, offset, metric or strategy that cannot be.
        ConflictError: the extractor is not complete.
    """
    page(request.k, request.offset)
    STRATEGIES.get(request.strategy)
    if request.strategy not in capabilities.strategies:
        raise InvalidRequestError(
            f"This engine cannot search by '{request.strategy}'.",
            remedy=f"Use one of: {', '.join(capabilities.strategies)}.",
        )
    metric = METRICS.get(request.metric)
    metric.require(identity.name, non_negative=identity.non_negative)
    if missing:
        raise ConflictError(
            f"'{identity.name}' is not complete: {missing} images have no descriptor of it yet.",
            remedy=f"Run `cbir collections add-extractor {collection} {identity.name}` again, which goes on where it"
            " ended.",
        )
    return metric


def page(k: int, offset: int) -> None:
    """Refuse a number of hits, or of hits to pass over, that cannot be.

    Raises:
        InvalidRequestError: as said.
    """
    if not 1 <= k <= MAX_K:
        raise InvalidRequestError(f"k = {k} cannot be.", remedy=f"Give a k from 1 to {MAX_K:,}.")
    counts(offset=offset)


def records(values: Iterable[ImageRecord]) -> None:
    """Refuse what cannot be stored.

    Raises:
        InvalidRequestError: an empty id or path, or text that is not Unicode.
    """
    for record in values:
        if not record.id:
            raise InvalidRequestError("An image has an empty id.", remedy="Give the SHA-256 of its bytes.")
        for text in (record.id, record.format, record.caption, *record.labels, *record.keywords):
            _require_unicode(record.id, text)
        for place in record.locations:
            _require_path(record.id, place.path)
            _require_path(record.id, place.root or place.path)


def _float32(what: str, shape: tuple[int, ...], values: Any) -> Matrix:
    try:
        with np.errstate(over="ignore"):
            array = np.asarray(values).astype(np.float32, copy=False)
    except (TypeError, ValueError):
        raise DescriptorError(f"{what} is not an array of numbers.") from None
    if array.shape != shape:
        raise DescriptorError(
            f"{what} has shape {array.shape}, not {shape}.", remedy="Was it made by another extractor?"
        )
    return array


def _require_values(what: str, row: np.ndarray[Any, np.dtype[np.float32]], *, non_negative: bool) -> None:
    refused = ~np.isfinite(row)
    if non_negative:
        refused |= row < 0
    if not refused.any():
        return
    dimension = int(refused.argmax())
    raise DescriptorError(
        f"{what} has the value {row[dimension]} at dimension {dimension}.",
        remedy="Values must be finite" + (" and not below 0." if non_negative else "."),
    )


def counts(**values: int) -> None:
    """Refuse a number of images, or to pass over, below 0.

    Raises:
        InvalidRequestError: as said, by its name.
    """
    for name, value in values.items():
        if value < 0:
            raise InvalidRequestError(f"{name} = {value} cannot be.", remedy=f"Give a {name} of 0 or more.")


def _require_unicode(id: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidRequestError(
            f"Image {id!a} comes with text that is not Unicode: {text!a}.",
            remedy="Decode labels, keywords and captions before they are stored.",
        ) from None


def _require_path(id: str, path: str) -> None:
    try:
        if path and b"\0" not in os.fsencode(path):
            return
    except UnicodeEncodeError:
        pass
    raise InvalidRequestError(
        f"Image {id} has a location that cannot be a path: {path!a}.", remedy="Give it as the file's folder lists it."
    )
