"""The Elasticsearch engine: each collection is an index behind an alias."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from cbir.engines.base import Engine, Finding
from cbir.engines.elasticsearch import lookup, maintenance, resources
from cbir.engines.elasticsearch.collection import CAPABILITIES, ElasticsearchCollection
from cbir.engines.elasticsearch.connection import Cluster, connect
from cbir.engines.elasticsearch.mapping import Description
from cbir.engines.elasticsearch.metadata import Metadata
from cbir.engines.elasticsearch.visibility import Unrefreshed
from cbir.engines.naming import is_name, require_name, unknown
from cbir.errors import CorruptDataError
from cbir.progress import Progress
from cbir.records import Identity
from cbir.settings import Settings


class ElasticsearchEngine(Engine):
    """Collections on a cluster, which is reached when it is first needed."""

    name = "elasticsearch"
    capabilities = CAPABILITIES

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._cluster: Cluster | None = None
        self._unrefreshed: dict[str, Unrefreshed] = {}
        self._lock = threading.Lock()

    @property
    def cluster(self) -> Cluster:
        """The connection, made at the first use."""
        with self._lock:
            if self._cluster is None:
                self._cluster = connect(self._settings)
            return self._cluster

    def close(self) -> None:
        """Close the connection; the next use makes another."""
        with self._lock:
            if self._cluster:
                self._cluster.close()
            self._cluster = None
            self._unrefreshed.clear()

    def collections(self) -> list[str]:
        """See `Engine`."""
        names = self.cluster.names
        with self.cluster.answers("the list of collections"):
            found = self.cluster.client.indices.get_alias(name=names.every)
        aliases = {alias for index in found.body.values() for alias in index["aliases"]}
        known = {alias: names.collection(alias) for alias in aliases}
        return sorted(name for alias, name in known.items() if is_name(name) and names.alias(name) == alias)

    def create(self, name: str, extractors: Iterable[Identity]) -> None:
        """See `Engine`; index and alias appear at once."""
        require_name(name)
        description = Description(name)
        for identity in extractors:
            description = description.with_extractor(identity)
        resources.require(self.cluster)
        maintenance.create(self.cluster, description)

    def open(self, name: str, *, write: bool = False, repair: bool = False) -> ElasticsearchCollection:
        """See `Engine`; several may write at the same time."""
        require_name(name)
        index = lookup.find(self.cluster, name)
        if index is None:
            raise unknown(name, self.collections())
        if not repair and (changed := next(index.differences(), None)):
            raise CorruptDataError(
                f"The mapping of the index '{index.name}' was changed: '{changed}' is not as it has to be.",
                remedy=lookup.RESTORE,
            )
        cluster = self.cluster
        if write:
            resources.require(cluster)
        with self._lock:
            unrefreshed = self._unrefreshed.setdefault(name, Unrefreshed(cluster, name))
        return ElasticsearchCollection(name, cluster, unrefreshed, write=write)

    def rebuild(self, name: str, progress: Progress) -> int:
        """See `Engine`."""
        from cbir.engines.elasticsearch.rebuild import rebuild

        return rebuild(self.cluster, name, progress)

    def drop(self, name: str) -> None:
        """See `Engine`."""
        require_name(name)
        if not maintenance.drop(self.cluster, name):
            raise unknown(name, self.collections())
        Metadata(self.cluster).drop(name)
        with self._lock:
            self._unrefreshed.pop(name, None)

    def findings(self) -> Iterable[Finding]:
        """See `Engine`."""
        from cbir.engines.elasticsearch.overview import findings

        return findings(self.cluster)
