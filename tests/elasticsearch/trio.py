"""Three nodes that are killed, hang and come back; who holds what among them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from tests.elasticsearch_server.cluster import Cluster
from tests.elasticsearch_server.node import Node

SHARDS = 3
"""Of a collection, with a replica of each: every node holds two of the six."""
LIMIT = 600.0
"""Seconds for what takes a few on a machine that is idle."""


class Trio:
    """A cluster of three nodes."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.server = cluster.server
        self._paused: set[Node] = set()

    def master(self) -> Node:
        """The node that the others elected."""
        (row,) = self._get("/_cat/master?format=json&h=node")
        return self._named(row["node"])

    def main_holder(self, index: str) -> Node:
        """The node with the most primary shards of an index."""
        primaries = Counter(row["node"] for row in self._shards(index) if row["prirep"] == "p")
        return self._named(primaries.most_common(1)[0][0])

    def holders(self, index: str, shard: int) -> list[Node]:
        """The nodes with a copy of a shard."""
        return [self._named(row["node"]) for row in self._shards(index) if row["shard"] == str(shard)]

    def pause(self, node: Node) -> None:
        """Let a node hang."""
        self._paused.add(node)
        node.pause()

    def resume(self) -> None:
        """Let the nodes that hang go on."""
        for node in self._paused:
            node.resume()
        self._paused.clear()

    def make_whole(self) -> None:
        """Have all nodes run, and every shard on two of them."""
        self.resume()
        for node in self.cluster.nodes:
            if not node.running:
                node.start()
        self.cluster.wait(LIMIT)
        nodes = len(self.cluster.nodes)
        self._get(f"/_cluster/health?wait_for_nodes={nodes}&wait_for_status=green&timeout={LIMIT:g}s")

    def wait_until_lost(self) -> None:
        """Wait until the nodes that are left know that the others are gone."""
        self._get(f"/_cluster/health?wait_for_nodes={len(self._alive())}&timeout={LIMIT:g}s")

    def _shards(self, index: str) -> list[dict[str, str]]:
        return self._get(f"/_cat/shards/{index}?format=json&h=shard,prirep,node")

    def _alive(self) -> list[Node]:
        return [node for node in self.cluster.nodes if node.running and node not in self._paused]

    def _get(self, path: str) -> Any:
        urls = tuple(self.server.urls[self.cluster.nodes.index(node)] for node in self._alive())
        return replace(self.server, urls=urls).request("GET", path, timeout=LIMIT + 10)

    def _named(self, name: str) -> Node:
        # A shard on its way is told as "node-0 -> 127.0.0.1 … node-1".
        return next(node for node in self.cluster.nodes if node.name == name.split(" ", 1)[0])
