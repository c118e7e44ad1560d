"""Settings and keys for a server of the tests."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cbir.engines.elasticsearch.engine import ElasticsearchEngine
from cbir.settings import Settings
from tests.elasticsearch_server.connection import Server

ROLES = Path(__file__).parents[2] / "es-config" / "roles"


def settings_for(server: Server, **changed: Any) -> Settings:
    """The settings with which a server is reached by its key, or with others; names without their prefix."""
    values = {"url": ",".join(server.urls), "ca": server.ca or "", "api_key": server.api_key or "", **changed}
    return Settings(**{f"elasticsearch_{name}": value for name, value in values.items()})


@contextmanager
def engine_on(server: Server, **changed: Any) -> Iterator[ElasticsearchEngine]:
    """An engine in a namespace of its own, which is emptied at the end."""
    engine = ElasticsearchEngine(settings_for(server, namespace=f"t{secrets.token_hex(8)}", **changed))
    try:
        yield engine
        client, names = engine.cluster.client, engine.cluster.names
        if left := list(client.indices.get(index=[names.every, names.metadata], ignore_unavailable=True)):
            client.indices.delete(index=left)
    finally:
        engine.close()


def key_with(server: Server, **privileges: Any) -> str:
    """A new API key that has these privileges alone."""
    body = {"name": "test", "role_descriptors": {"role": privileges}}
    return str(server.request("POST", "/_security/api_key", body)["encoded"])


def key_of_role(server: Server, role: str) -> str:
    """A new API key with a role of `es-config/roles`."""
    return key_with(server, **json.loads((ROLES / f"{role}.json").read_text()))
