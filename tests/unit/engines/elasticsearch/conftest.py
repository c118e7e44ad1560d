"""Fixtures of the tests without a server: nodes that only seem to be one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from tests.elasticsearch_server.certificates import Certificates, make_certificates
from tests.unit.engines.elasticsearch.fake_node import FakeNode, listening

from cbir.engines.elasticsearch.connection import Cluster, connect
from cbir.settings import Settings


@pytest.fixture
def make_node() -> Iterator[Callable[..., FakeNode]]:
    """Nodes that listen until the test ends: `make_node(certificates=…, **what it does)`."""
    with ExitStack() as stack:

        def make(certificates: Certificates | None = None, host: str = "127.0.0.1", **behaviour) -> FakeNode:
            return stack.enter_context(listening(FakeNode(**behaviour), certificates, host))

        yield make


@pytest.fixture
def node(make_node) -> FakeNode:
    return make_node()


@pytest.fixture
def connect_to() -> Iterator[Callable[..., Cluster]]:
    """Connections that are closed when the test ends: `connect_to(url, **settings without their prefix)`."""
    with ExitStack() as stack:

        def make(*urls: str, **settings) -> Cluster:
            named = {f"elasticsearch_{name}": value for name, value in {"timeout": 5, **settings}.items()}
            cluster = connect(Settings(elasticsearch_url=",".join(urls), **named))
            stack.callback(cluster.close)
            return cluster

        yield make


@pytest.fixture(scope="session")
def certificates(tmp_path_factory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("tls") / "good")


@pytest.fixture(scope="session")
def expired(tmp_path_factory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("tls") / "expired", expired=True)
