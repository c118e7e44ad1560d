"""What a cluster cannot hold, refused before anything is sent; pure."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from cbir.engines.elasticsearch.documents import path_text
from cbir.engines.elasticsearch.mapping import MAX_NORM
from cbir.errors import DescriptorError, InvalidRequestError
from cbir.records import Identity, ImageRecord, Matrix

MAX_ID_BYTES = 512
MAX_TERM_BYTES = 32_766
"""Of a label or a path, as the index holds it: a byte beyond ASCII of a path takes two."""


def records(values: Iterable[ImageRecord]) -> None:
    """Refuse records that no index takes.

    Raises:
        InvalidRequestError: an id, label or path that is too long.
    """
    for record in values:
        _require(record, "an id", record.id, MAX_ID_BYTES)
        for label in record.labels:
            _require(record, "a label", label, MAX_TERM_BYTES)
        for place in record.locations:
            _require(record, "a path", path_text(place.path), MAX_TERM_BYTES)


def descriptors(identity: Identity, images: Iterable[str], matrix: Matrix) -> None:
    """Refuse descriptors (N, D), of these images, that are too long for the server's arithmetic.

    Raises:
        DescriptorError: as said.
    """
    # In float32, as the server computes: what overflows there is infinite here.
    with np.errstate(over="ignore"):
        norms = np.sqrt(np.einsum("nd,nd->n", matrix, matrix))
    for image, norm in zip(images, norms.tolist(), strict=True):
        if norm > MAX_NORM:
            raise DescriptorError(
                f"The descriptor '{identity.name}' of image {image} has the norm {norm:.3g}; this engine holds"
                f" norms of at most {MAX_NORM:.3g}.",
                remedy="Scale the descriptors, or use the embedded engine.",
            )


def is_id(text: str) -> bool:
    """Whether an image can have this id."""
    try:
        return 0 < len(text.encode()) <= MAX_ID_BYTES
    except UnicodeEncodeError:
        return False


def _require(record: ImageRecord, what: str, text: str, limit: int) -> None:
    length = len(text.encode())
    if length > limit:
        raise InvalidRequestError(
            f"Image {record.id[:MAX_ID_BYTES]} has {what} of {length:,} bytes; this engine holds at most {limit:,}.",
            remedy="Shorten it, or use the embedded engine.",
        )
