"""Which index stands behind a collection's alias, and what its mapping says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from cbir.engines.elasticsearch.connection import Cluster
from cbir.engines.elasticsearch.mapping import Description, DescriptorFields
from cbir.engines.elasticsearch.resources import wanted
from cbir.errors import CorruptDataError, NotFoundError, UnknownNameError
from cbir.registry import did_you_mean

RESTORE = "Restore a snapshot, or delete the collection and index again; your photographs are not affected."
_FIELDS_OF_EVERY_IMAGE = "cbir-mappings"


@dataclass(frozen=True, slots=True)
class Index:
    """The index of a collection."""

    name: str
    description: Description
    mapping: Mapping[str, Any]

    def differences(self) -> Iterator[str]:
        """Fields that the mapping lacks, or has otherwise than they have to be."""
        yield from self.description.differences(self.mapping)
        there = self.mapping.get("properties", {})
        for name, field in _fields_of_every_image().items():
            if there.get(name, {}).get("type", "object") != field["type"]:
                yield name


def find(cluster: Cluster, collection: str) -> Index | None:
    """The index of a collection, None where there is no such collection.

    Raises:
        CorruptDataError: what stands behind the alias is not this collection's index.
        SchemaVersionError: it was made by another version.
    """
    with cluster.answers(f"the collection '{collection}'"):
        client = cluster.client.options(ignore_status=HTTPStatus.NOT_FOUND)
        answer = client.indices.get_mapping(index=cluster.names.alias(collection))
    if answer.meta.status == HTTPStatus.NOT_FOUND:
        return None
    found = [Index(name, *_described(name, one["mappings"])) for name, one in answer.body.items()]
    names = ", ".join(f"'{one.name}'" for one in found)
    if len(found) != 1 or found[0].description.collection != collection:
        owner = found[0].description.collection
        whose = f"which is the index of '{owner}'" if len(found) == 1 else "where there has to be one index"
        raise CorruptDataError(
            f"Behind the alias '{cluster.names.alias(collection)}' stands {names}, {whose}.",
            remedy="It was changed by hand: point the alias at the collection's own index again.",
        )
    return found[0]


def require(cluster: Cluster, collection: str) -> Index:
    """The index of a collection that was there a moment ago.

    Raises:
        NotFoundError: it is not any more.
        CorruptDataError: as `find`.
    """
    index = find(cluster, collection)
    if index is None:
        raise NotFoundError(
            f"The collection '{collection}' was deleted since it was opened.",
            remedy="See: cbir collections list --engine elasticsearch",
        )
    return index


def fields_of(description: Description, extractor: str) -> DescriptorFields:
    """The fields of the extractor called so.

    Raises:
        UnknownNameError: the collection has none of this name.
    """
    known = {one.identity.name: one for one in description.extractors}
    if extractor not in known:
        raise UnknownNameError(
            f"The collection has no descriptors of '{extractor}'.",
            remedy=f"{did_you_mean(extractor, list(known))} `cbir collections add-extractor` adds another.",
        )
    return known[extractor]


def _described(name: str, mapping: Mapping[str, Any]) -> tuple[Description, Mapping[str, Any]]:
    return Description.from_meta(name, mapping.get("_meta", {})), mapping


def _fields_of_every_image() -> Mapping[str, Any]:
    (component,) = (one for one in wanted() if one.name == _FIELDS_OF_EVERY_IMAGE)
    fields: Mapping[str, Any] = component.body["template"]["mappings"]["properties"]
    return fields
