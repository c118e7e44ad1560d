"""Settings and keys for a server of the tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cbir.settings import Settings
from tests.elasticsearch_server.connection import Server

ROLES = Path(__file__).parents[2] / "es-config" / "roles"


def settings_for(server: Server, **changed: Any) -> Settings:
    """The settings with which a server is reached by its key, or with others; names without their prefix."""
    values = {"url": ",".join(server.urls), "ca": server.ca or "", "api_key": server.api_key or "", **changed}
    return Settings(**{f"elasticsearch_{name}": value for name, value in values.items()})


def key_with(server: Server, **privileges: Any) -> str:
    """A new API key that has these privileges alone."""
    body = {"name": "test", "role_descriptors": {"role": privileges}}
    return str(server.request("POST", "/_security/api_key", body)["encoded"])


def key_of_role(server: Server, role: str) -> str:
    """A new API key with a role of `es-config/roles`."""
    return key_with(server, **json.loads((ROLES / f"{role}.json").read_text()))
