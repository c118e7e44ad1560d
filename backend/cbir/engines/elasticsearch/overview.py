"""How a cluster is: its nodes, its health, the collections on it, and whether it holds what this version needs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cbir.engines.base import Finding, Severity
from cbir.engines.elasticsearch.connection import Cluster
from cbir.engines.elasticsearch.resources import Resource, State, examine

LOW_SHARE, LOW_BYTES = 0.15, 200e9
"""Free of a disk: below both a node gets no more shards; below a third of it, it takes no writes (the defaults)."""
_GENERATION = re.compile(r"\+[0-9]{6,}$")


@dataclass(frozen=True, slots=True)
class Node:
    """One node of a cluster."""

    name: str
    roles: tuple[str, ...]
    heap_percent: int
    disk_bytes: int
    disk_free: int

    @property
    def low(self) -> bool:
        """Whether its disk is nearly full."""
        return self.disk_free < min(LOW_SHARE * self.disk_bytes, LOW_BYTES)


@dataclass(frozen=True, slots=True)
class Held:
    """An index of a collection."""

    collection: str
    index: str
    health: str
    images: int
    bytes: int
    """On all nodes, replicas included."""


@dataclass(frozen=True, slots=True)
class Overview:
    """A cluster as it was found."""

    urls: tuple[str, ...]
    name: str
    version: str
    health: str
    """green, yellow (a replica is missing) or red (data are missing)."""
    unassigned_shards: int
    nodes: tuple[Node, ...]
    held: tuple[Held, ...]
    resources: tuple[tuple[Resource, State], ...]

    @property
    def outdated(self) -> list[Resource]:
        """Templates and scripts that `setup` would install."""
        return [one for one, state in self.resources if state in {State.MISSING, State.CHANGED}]


def overview(cluster: Cluster) -> Overview:
    """Ask a cluster how it is. The privilege `monitor`, on the cluster and on its indices, is enough."""
    client = cluster.client
    with cluster.answers("the state of the cluster"):
        health = client.cluster.health(timeout=cluster.patience)
        nodes = client.nodes.stats(metric=["fs", "jvm"])["nodes"].values()
        indices = client.indices.stats(index=cluster.names.every, metric=["docs", "store"], level="indices")
    return Overview(
        urls=cluster.address.urls,
        name=health["cluster_name"],
        version=".".join(map(str, cluster.version)),
        health=health["status"],
        unassigned_shards=health["unassigned_shards"],
        nodes=tuple(sorted((_node(one) for one in nodes), key=lambda node: node.name)),
        held=tuple(_held(cluster, name, one) for name, one in sorted(indices["indices"].items())),
        resources=tuple(examine(cluster)),
    )


def findings(cluster: Cluster) -> Iterator[Finding]:
    """What `cbir doctor` has to say of a cluster."""
    found = overview(cluster)
    yield Finding(Severity.NOTE, f"Elasticsearch {found.version} at {cluster.address.shown}, {found.health}")
    if found.health == "red":
        message = f"The cluster is red: {found.unassigned_shards} shards are on no node, answers would be refused."
        yield Finding(Severity.FAULT, message, "Start the nodes that are missing, or restore a snapshot.")
    for node in found.nodes:
        if node.low:
            message = f"Node {node.name} has {node.disk_free / 1e9:,.1f} of {node.disk_bytes / 1e9:,.1f} GB free."
            yield Finding(Severity.WARNING, message, "Free or add disk space before it takes no more writes.")
    if found.outdated:
        message = f"{len(found.outdated)} templates or scripts of the cluster are not those of this version."
        yield Finding(Severity.WARNING, message, "Run: cbir elasticsearch setup")


def _node(stats: Mapping[str, Any]) -> Node:
    disk = stats.get("fs", {}).get("total", {})
    return Node(
        name=stats["name"],
        roles=tuple(stats["roles"]),
        heap_percent=stats["jvm"]["mem"]["heap_used_percent"],
        disk_bytes=disk.get("total_in_bytes", 0),
        disk_free=disk.get("available_in_bytes", 0),
    )


def _held(cluster: Cluster, index: str, stats: Mapping[str, Any]) -> Held:
    return Held(
        collection=cluster.names.collection(_GENERATION.sub("", index)),
        index=index,
        health=stats.get("health", "?"),
        images=stats["primaries"].get("docs", {}).get("count", 0),
        bytes=stats["total"].get("store", {}).get("size_in_bytes", 0),
    )
