"""An image as a document, and back; pure.

The document's `record` is the whole record as JSON, not indexed, with a digest of each descriptor; all other fields
serve searching. Paths are written as their bytes decoded as Latin-1, which keeps every byte and their order.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from pybase64 import b64encode

from cbir.engines.elasticsearch.mapping import DescriptorFields
from cbir.metrics.base import row_slices
from cbir.records import ImageRecord, Location, Matrix, Vector

MAX_WORD = 127
"""Characters of a word that are indexed and searched: the server's analyser takes 255 UTF-16 units as one word."""
DIGEST_DIGITS = 32
"""Of the SHA-256: enough to tell two descriptors of an image apart."""
PACKED_ELEMENTS = 1 << 19
"""Numbers that are transformed together (4 MB in float64)."""

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Descriptor:
    """One descriptor made ready to be sent."""

    slot: str
    content: Mapping[str, Any]
    """The fields below the slot."""
    digest: str
    """Of the descriptor's bits; equal for equal descriptors."""
    zero: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """What the index holds of an image besides its vectors."""

    record: ImageRecord
    version: tuple[int, int]
    """Sequence number and primary term: which state of the document this is."""
    has: tuple[str, ...] = ()
    """Slots of the descriptors that are there."""
    zeros: tuple[str, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)
    """By slot."""


def plain_words(text: str) -> list[str]:
    """The runs of letters and digits in ``text``, without accents, in lowercase, cut at `MAX_WORD` characters."""
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return [word[:MAX_WORD] for word in _WORD.findall(text.lower())]


def path_text(path: str) -> str:
    """A path as the index holds it."""
    return os.fsencode(path).decode("latin-1")


def path_of(text: str) -> str:
    """The inverse of `path_text`."""
    return os.fsdecode(text.encode("latin-1"))


def document(record: ImageRecord, descriptors: Iterable[Descriptor]) -> bytes:
    """A whole document as one line of JSON."""
    own = list(descriptors)
    fields = _fields(record)
    fields["record"]["digests"] = {one.slot: one.digest for one in own}
    fields["has"] = [one.slot for one in own]
    fields["zeros"] = [one.slot for one in own if one.zero]
    return orjson.dumps(fields | {one.slot: one.content for one in own})


def record_change(record: ImageRecord) -> bytes:
    """The partial update that puts a record in the place of the one that is there."""
    return orjson.dumps({"doc": _fields(record)})


def descriptor_change(known: Stored, descriptor: Descriptor) -> bytes:
    """The partial update that adds a descriptor to an image."""
    zeros = {*known.zeros, descriptor.slot} if descriptor.zero else known.zeros
    change = {
        descriptor.slot: descriptor.content,
        "has": sorted({*known.has, descriptor.slot}),
        "zeros": sorted(zeros),
        "record": {"digests": {descriptor.slot: descriptor.digest}},
    }
    return orjson.dumps({"doc": change})


def stored(image: str, source: Mapping[str, Any], version: tuple[int, int]) -> Stored:
    """What the fields of `SOURCE` say of an image."""
    return Stored(
        record_of(image, source["record"]),
        version,
        tuple(source.get("has", ())),
        tuple(source.get("zeros", ())),
        source["record"].get("digests", {}),
    )


SOURCE = ("record", "has", "zeros")
"""The fields that `stored` reads."""


def record_of(image: str, data: Mapping[str, Any]) -> ImageRecord:
    """The record that a document's `record` holds."""
    return ImageRecord(
        id=image,
        width=data["width"],
        height=data["height"],
        format=data["format"],
        locations=tuple(
            Location(path_of(place["path"]), place["size"], place["mtime_ns"], path_of(place["root"]))
            for place in data["locations"]
        ),
        labels=tuple(data["labels"]),
        keywords=tuple(data["keywords"]),
        caption=data["caption"],
        added_at=datetime.fromisoformat(data["added_at"]) if data["added_at"] else None,
    )


def digest(vector: Vector) -> str:
    """A digest of the bits of a descriptor (D,)."""
    return sha256(vector.data).hexdigest()[:DIGEST_DIGITS]


def packed(fields: DescriptorFields, matrix: Matrix, wanted: Sequence[int]) -> Iterator[Descriptor]:
    """The wanted rows of descriptors (N, D), checked, as what is sent of them; a few at a time are held."""
    for piece in row_slices(len(wanted), fields.identity.dims, elements=PACKED_ELEMENTS):
        rows = matrix[wanted[piece]]
        forms = {name: _texts(array) for name, array in _arrays(fields, rows)}
        sums = rows.sum(axis=1, dtype=np.float64).tolist()
        for row, total in zip(rows, sums, strict=True):
            content: dict[str, Any] = {name: next(texts) for name, texts in forms.items()}
            if fields.sum:
                content[_below(fields, fields.sum)] = total
            yield Descriptor(fields.slot, content, digest(row), not row.any())


def _fields(record: ImageRecord) -> dict[str, Any]:
    """The fields that come from a record."""
    return {
        "id": record.id,
        "paths": [path_text(place.path) for place in record.locations],
        "labels": record.labels,
        "words": _words(record),
        "width": record.width,
        "height": record.height,
        "format": record.format,
        "added_at": _instant(record.added_at),
        "record": _json(record),
    }


def _json(record: ImageRecord) -> dict[str, Any]:
    return {
        "width": record.width,
        "height": record.height,
        "format": record.format,
        "locations": [
            {"path": path_text(p.path), "size": p.size, "mtime_ns": p.mtime_ns, "root": path_text(p.root)}
            for p in record.locations
        ],
        "labels": record.labels,
        "keywords": record.keywords,
        "caption": record.caption,
        "added_at": record.added_at.isoformat() if record.added_at else None,
    }


def _words(record: ImageRecord) -> str:
    """All words by which an image is found; bytes of file names that are not UTF-8 separate words."""
    names = {os.fsencode(os.path.basename(p.path)).decode("utf-8", "replace") for p in record.locations}
    text = "\n".join((*sorted(names), *record.labels, *record.keywords, record.caption))
    return " ".join(plain_words(text))


def _instant(time: datetime | None) -> str | None:
    """A time as the server's dates are written; one without an offset is taken as UTC, as the server does."""
    if time is None:
        return None
    return (time if time.tzinfo is None else time.astimezone(UTC).replace(tzinfo=None)).isoformat() + "Z"


def _arrays(fields: DescriptorFields, rows: Matrix) -> Iterator[tuple[str, NDArray[Any]]]:
    """The big-endian form (n, width) of each vector field."""
    forms: list[tuple[tuple[str, ...], NDArray[Any]]] = [(fields.values, rows.astype(">f4"))]
    if fields.roots:
        roots, logs = _transforms(rows)
        forms += [(fields.roots, roots.astype(">f4")), (fields.logs, logs.astype(">f4"))]
    for names, array in forms:
        for name, part in zip(names, fields.parts, strict=True):
            yield _below(fields, name), np.ascontiguousarray(array[:, part])


def _transforms(rows: Matrix) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each B: sqrt(B/ΣB), zero for a zero B; and ln(1 + 9·D·B/ΣB), for a zero B as if it were uniform."""
    sums = rows.sum(axis=1, dtype=np.float64, keepdims=True)
    shares = np.divide(rows, sums, where=sums > 0, out=np.zeros(rows.shape))
    logs = 9 * rows.shape[1] * shares
    logs[sums[:, 0] == 0] = 9
    logs += 1
    return np.sqrt(shares), np.log(logs, out=logs)


def _texts(array: NDArray[Any]) -> Iterator[orjson.Fragment]:
    """Rows in base64, as the JSON strings that they are."""
    return (orjson.Fragment(b'"%b"' % b64encode(row.data)) for row in array)


def _below(fields: DescriptorFields, name: str) -> str:
    """The name of a field within its slot."""
    return name.removeprefix(f"{fields.slot}.")
