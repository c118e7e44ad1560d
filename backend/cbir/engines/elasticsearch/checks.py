"""Health of a collection: its shards, its mapping, and whether every image has its descriptors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from typing import Any

from cbir.engines.base import Finding, Severity
from cbir.engines.elasticsearch.connection import Cluster
from cbir.engines.elasticsearch.filters import Query
from cbir.engines.elasticsearch.lookup import RESTORE, Index
from cbir.engines.elasticsearch.mapping import DescriptorFields
from cbir.engines.elasticsearch.reader import Reader, has, lacking
from cbir.engines.elasticsearch.searches import Ordered

ALIKE = "Every metric finds them alike; look at the images."
NAMED = 3
"""Images that a finding names."""
SETTLING = "5s"
"""How long replicas of an index that was just made may take."""


@dataclass(frozen=True, slots=True)
class Aspect:
    """Something that may be wrong with an image's descriptor of an extractor."""

    query: Callable[[DescriptorFields], Query]
    """Finds the images with which it is."""
    severity: Severity
    message: str
    """May name the number of ``images``, their ``ids`` and the ``extractor``."""
    remedy: str
    """May name the ``collection`` and the ``extractor``."""


def zero(extractor: DescriptorFields) -> Query:
    """Images whose descriptor is zero throughout."""
    return {"term": {"zeros": extractor.slot}}


def broken(extractor: DescriptorFields) -> Query:
    """Images that should have the descriptor and lack one of its fields."""
    names = (*extractor.values, *extractor.roots, *extractor.logs, *filter(None, [extractor.sum]))
    gone: list[Query] = [{"bool": {"must_not": {"exists": {"field": name}}}} for name in names]
    return {"bool": {"filter": [has(extractor), {"bool": {"should": gone}}]}}


ASPECTS: Mapping[str, Aspect] = {
    "lacking": Aspect(
        lacking,
        Severity.WARNING,
        "{images} images lack a descriptor '{extractor}', which cannot be searched until they have it.",
        "Run `cbir collections add-extractor {collection} {extractor}`.",
    ),
    "broken": Aspect(
        broken,
        Severity.FAULT,
        "{images} descriptors '{extractor}' are not whole in the index: {ids}.",
        RESTORE,
    ),
    "zero": Aspect(
        zero,
        Severity.WARNING,
        "{images} descriptors '{extractor}' are all zero: {ids}.",
        ALIKE,
    ),
}


def findings(cluster: Cluster, index: Index, reader: Reader) -> Iterator[Finding]:
    """All that is wrong or worth knowing of a collection; where part of it is away, only that."""
    name = index.description.collection
    health = _health(cluster, name)
    if health["status"] == "red":
        away = health["unassigned_primary_shards"]
        message = f"{away} shards of '{name}' are on no node: their images cannot be reached."
        yield Finding(Severity.FAULT, message, "Start the nodes that are missing, or restore a snapshot.")
        return
    if health["status"] == "yellow":
        message = f"{health['unassigned_shards']} replicas of '{name}' are on no node."
        remedy = "Start the nodes that are missing: until then the failure of one more takes images away."
        yield Finding(Severity.WARNING, message, remedy)
    for field in index.differences():
        message = f"The mapping of the index '{index.name}' was changed: the field '{field}' is not as it has to be."
        yield Finding(Severity.FAULT, message, RESTORE)
    yield from _descriptors(name, index.description.extractors, reader)


def _health(cluster: Cluster, collection: str) -> Mapping[str, Any]:
    with cluster.answers(f"the collection '{collection}'"):
        # Without a status to wait for, replicas that are about to be there would count as lost.
        client = cluster.client.options(ignore_status=HTTPStatus.REQUEST_TIMEOUT)
        alias = cluster.names.alias(collection)
        return dict(client.cluster.health(index=alias, wait_for_status="green", timeout=SETTLING).body)


def _descriptors(collection: str, extractors: tuple[DescriptorFields, ...], reader: Reader) -> Iterator[Finding]:
    queries = {
        f"{one.slot} {name}": {"filter": aspect.query(one)} for one in extractors for name, aspect in ASPECTS.items()
    }
    counts: Mapping[str, Any] = reader.searches.aggregated(queries) if queries else {}
    for one in extractors:
        for name, aspect in ASPECTS.items():
            images = counts[f"{one.slot} {name}"]["doc_count"]
            if images:
                yield _finding(aspect, one, images, collection, reader)


def _finding(aspect: Aspect, extractor: DescriptorFields, images: int, collection: str, reader: Reader) -> Finding:
    hits = reader.searches.each(Ordered(aspect.query(extractor)), NAMED)
    ids = [hit["_id"] for hit in islice(hits, NAMED)]
    values = {
        "images": images,
        "ids": ", ".join(ids) + (", …" if images > NAMED else ""),
        "extractor": extractor.identity.name,
        "collection": collection,
    }
    return Finding(aspect.severity, aspect.message.format_map(values), aspect.remedy.format_map(values))
