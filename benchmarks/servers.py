"""A real Elasticsearch for a benchmark: started, used, stopped."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.elasticsearch_server.cluster import Cluster, Plan
from tests.elasticsearch_server.distribution import obtain
from tests.elasticsearch_server.lifeline import Lifeline

from cbir.settings import Settings, read_settings


@contextmanager
def running_cluster(
    data_dir: Path, *, nodes: int = 1, heap: str = "2g", secured: bool = False
) -> Iterator[tuple[Settings, Cluster]]:
    """A cluster that lives as long as the block, and settings with which `cbir` uses it; embedded data go to
    ``data_dir``.
    """
    with Lifeline() as lifeline:
        cluster = Cluster(
            obtain(os.environ, announce=print), Plan(nodes, secured=secured, heap=heap), lifeline.folder
        )
        server = cluster.start().server
        try:
            settings = read_settings(environment=server.environment() | {"CBIR_ELASTICSEARCH_TIMEOUT": "300"})
            yield replace(settings, data_dir=data_dir), cluster
        finally:
            cluster.stop()


@contextmanager
def cluster_settings(
    data_dir: Path, *, nodes: int = 1, heap: str = "2g", secured: bool = False
) -> Iterator[Settings]:
    """As `running_cluster`, the settings alone."""
    with running_cluster(data_dir, nodes=nodes, heap=heap, secured=secured) as (settings, _):
        yield settings
