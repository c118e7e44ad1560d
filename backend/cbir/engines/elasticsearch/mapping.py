"""What an index holds of a descriptor, and the description of a collection that its mapping carries.

Vectors are `dense_vector` fields with the index type `flat`: no graph, and, unlike fields that are not indexed, the
server keeps them out of `_source`. All are float32: with bfloat16 roots and logarithms, most of a collection lies
within rounding of the k-th best image for `cnn-hist` (docs/decisions/0004-elasticsearch.md has the figures).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from cbir.errors import CorruptDataError, InvalidRequestError, SchemaVersionError
from cbir.records import Identity

SCHEMA = 1
"""Version of what an index holds. A change of it needs `cbir collections rebuild`."""
MAX_FIELD_DIMS = 4096
"""Dimensions of one `dense_vector` field."""
MAX_PARTS = 8
"""Fields that the stored scripts take for one descriptor."""
MAX_DIMS = MAX_FIELD_DIMS * MAX_PARTS
MAX_NORM = 1e19
"""Norm of the longest vector that a field takes: its square has to fit into a float32."""
CODE_DIMS = 256
"""Dimensions of the candidate code, or the descriptor's own where it has fewer."""
META = "cbir"


def _flat(dims: int) -> dict[str, Any]:
    return {
        "type": "dense_vector",
        "dims": dims,
        "element_type": "float",
        "index": True,
        "similarity": "l2_norm",
        "index_options": {"type": "flat"},
    }


@dataclass(frozen=True, slots=True)
class DescriptorFields:
    """The fields that hold one extractor's descriptors, below an object called ``slot``."""

    slot: str
    """`x0`, `x1`, …: never given twice in an index, so that what a dropped extractor left is no other's."""
    identity: Identity

    @property
    def parts(self) -> tuple[slice, ...]:
        """The dimensions of each part, as equal as can be; one field holds at most 4096."""
        dims = self.identity.dims
        count = -(-dims // MAX_FIELD_DIMS)
        ends = [dims * part // count for part in range(count + 1)]
        return tuple(slice(start, end) for start, end in pairwise(ends))

    @property
    def values(self) -> tuple[str, ...]:
        """Fields of the descriptor itself, float32, a part each."""
        return self._names("values")

    @property
    def roots(self) -> tuple[str, ...]:
        """Fields of sqrt(B/ΣB), float32; zeros for a zero descriptor. None where it can be negative."""
        return self._names("roots") if self.identity.non_negative else ()

    @property
    def logs(self) -> tuple[str, ...]:
        """Fields of ln(B'·D/0.1) >= 0, where B' is kl's smoothed B, float32. None where it can be negative."""
        return self._names("logs") if self.identity.non_negative else ()

    @property
    def sum(self) -> str:
        """The field of ΣB, a double; empty where the descriptor can be negative."""
        return f"{self.slot}.sum" if self.identity.non_negative else ""

    @property
    def code(self) -> str:
        """The field of the candidate code: mapped, and filled once approximate search has trained one."""
        return f"{self.slot}.code"

    def properties(self) -> dict[str, Any]:
        """The mapping of the fields below ``slot``."""
        fields: dict[str, Any] = {}
        for kind, names in (("values", self.values), ("roots", self.roots), ("logs", self.logs)):
            for number, (_, part) in enumerate(zip(names, self.parts, strict=bool(names))):
                fields[f"{kind}_{number}"] = _flat(part.stop - part.start)
        if self.sum:
            fields["sum"] = {"type": "double", "index": False}
        code = {**_flat(min(CODE_DIMS, self.identity.dims)), "index_options": {"type": "int8_hnsw"}}
        return {self.slot: {"properties": fields | {"code": code}}}

    def _names(self, kind: str) -> tuple[str, ...]:
        return tuple(f"{self.slot}.{kind}_{number}" for number in range(len(self.parts)))


@dataclass(frozen=True, slots=True)
class Description:
    """What an index says of the collection in it: the `_meta` of its mapping."""

    collection: str
    extractors: tuple[DescriptorFields, ...] = ()
    next_slot: int = 0
    schema: int = SCHEMA

    def to_meta(self) -> dict[str, Any]:
        """As the mapping's `_meta`."""
        extractors = [{"slot": one.slot, "identity": one.identity.to_json()} for one in self.extractors]
        own = {
            "schema": self.schema,
            "collection": self.collection,
            "next_slot": self.next_slot,
            "extractors": extractors,
        }
        return {META: own}

    @classmethod
    def from_meta(cls, index: str, meta: Mapping[str, Any]) -> Description:
        """The inverse of `to_meta`.

        Raises:
            CorruptDataError: ``index`` is not one of this program's, or its description was changed by hand.
            SchemaVersionError: it was made by another version.
        """
        own: Any = meta.get(META)
        try:
            if own["schema"] == SCHEMA:
                extractors = tuple(
                    DescriptorFields(one["slot"], Identity.from_json(one["identity"])) for one in own["extractors"]
                )
                return cls(own["collection"], extractors, own["next_slot"])
            made_by = int(own["schema"])
        except (KeyError, TypeError, ValueError):
            raise CorruptDataError(
                f"The index '{index}' carries no description of a collection in its mapping.",
                remedy="It was made or changed by something else. Restore a snapshot, or delete the index.",
            ) from None
        raise SchemaVersionError(
            f"The index '{index}' was made by another version (form {made_by}, this one reads {SCHEMA}).",
            remedy="Run `cbir collections rebuild` with the newer of the two versions.",
        )

    def with_extractor(self, identity: Identity) -> Description:
        """With one more extractor.

        Raises:
            InvalidRequestError: it is named twice, or its descriptors are too long.
        """
        if identity.name in {one.identity.name for one in self.extractors}:
            raise InvalidRequestError(f"The extractor '{identity.name}' is named twice.")
        if identity.dims > MAX_DIMS:
            raise InvalidRequestError(
                f"'{identity.name}' has {identity.dims} dims; this engine holds at most {MAX_DIMS}.",
                remedy="Use the embedded engine, or a shorter descriptor.",
            )
        fields = DescriptorFields(f"x{self.next_slot}", identity)
        return Description(self.collection, (*self.extractors, fields), self.next_slot + 1)

    def without_extractor(self, extractor: str) -> Description:
        """Without one of them; its slot is not given again."""
        kept = tuple(one for one in self.extractors if one.identity.name != extractor)
        return Description(self.collection, kept, self.next_slot)

    def mapping(self) -> dict[str, Any]:
        """What this adds to the mapping of the index template."""
        properties: dict[str, Any] = {}
        for one in self.extractors:
            properties |= one.properties()
        return {"_meta": self.to_meta(), "properties": properties}

    def differences(self, mapping: Mapping[str, Any]) -> Iterator[str]:
        """Fields of the descriptors that ``mapping``, as the server gives it, lacks or has otherwise."""
        there = mapping.get("properties", {})
        for one in self.extractors:
            for slot, wanted in one.properties().items():
                found = there.get(slot, {}).get("properties", {})
                for name, settings in wanted["properties"].items():
                    if not _same(found.get(name, {}), settings):
                        yield f"{slot}.{name}"


def _same(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(found.get(key, _DEFAULTS.get(key)) == wanted[key] for key in _DECISIVE if key in wanted)


_DECISIVE = ("type", "dims", "element_type", "similarity")
"""What of a field decides about answers."""
_DEFAULTS = {"element_type": "float"}
"""What the server leaves out of a mapping."""
