"""What Compose makes of its files: variables filled in, files laid over each other, `extends` followed.

Only as much of the specification as this repository's files use.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

REPOSITORY = Path(__file__).parents[2]
BASE, THREE_NODES, HOST = (
    REPOSITORY / name for name in ("docker-compose.yml", "docker-compose.three-nodes.yml", "docker-compose.host.yml")
)
_VARIABLE = re.compile(r"\$\{(?P<name>\w+):-(?P<default>[^}]*)\}")
_WHOLE = ("command", "entrypoint", "test")
"""Lists that a later file replaces; it adds to the others."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A file or folder of the repository, or a named volume, and where a container sees it."""

    source: str
    target: str
    options: tuple[str, ...]

    @property
    def file(self) -> Path | None:
        """What it is in the repository; None for a volume."""
        return REPOSITORY / self.source if self.source.startswith((".", "/")) else None

    @property
    def read_only(self) -> bool:
        return "ro" in self.options


@dataclass(frozen=True, slots=True)
class Service:
    """A service, as Compose understands it."""

    name: str
    keys: Mapping[str, Any]

    @property
    def one_shot(self) -> bool:
        """Whether it is meant to end."""
        return self.keys["restart"] == "no"

    @property
    def is_elasticsearch(self) -> bool:
        """Whether it runs Elasticsearch's image, and not one that is built here."""
        return "build" not in self.keys

    @property
    def environment(self) -> dict[str, str]:
        return self.keys.get("environment", {})

    @property
    def mounts(self) -> list[Mount]:
        parts = [text.split(":") for text in self.keys.get("volumes", [])]
        return [Mount(source, target, tuple(",".join(rest).split(","))) for source, target, *rest in parts]

    @property
    def depends_on(self) -> dict[str, str]:
        """Other services, and what has to be true of them before this one starts."""
        return {name: terms["condition"] for name, terms in self.keys.get("depends_on", {}).items()}


@dataclass(frozen=True, slots=True)
class Project:
    """All of a project's services, and the names of its volumes."""

    services: Mapping[str, Service]
    volumes: Sequence[str]

    @property
    def nodes(self) -> list[Service]:
        """Elasticsearch's nodes."""
        return [one for one in self.services.values() if one.is_elasticsearch and not one.one_shot]

    @property
    def app(self) -> Service:
        """The server of the program itself."""
        (app,) = [service for service in self.services.values() if not service.is_elasticsearch]
        return app

    def in_order(self) -> list[Service]:
        """The services, each after those that it depends on."""
        ordered: list[Service] = []
        while len(ordered) < len(self.services):
            names = {service.name for service in ordered}
            ready = [s for s in self.services.values() if s.name not in names and names.issuperset(s.depends_on)]
            assert ready, "services wait for each other"
            ordered += ready
        return ordered


def load(*files: Path, variables: Mapping[str, str] | None = None) -> Project:
    """The project of some files, each laid over those before it."""
    merged: dict[str, Any] = {}
    for file in files:
        content = read(file, variables or {})
        content["services"] = {
            name: _extended(keys, file.parent, variables or {}) for name, keys in content["services"].items()
        }
        merged = merge(merged, content)
    services = {name: Service(name, keys) for name, keys in merged["services"].items()}
    return Project(services, list(merged["volumes"]))


def read(file: Path, variables: Mapping[str, str]) -> dict[str, Any]:
    """The content of one file, with its variables filled in."""
    return _filled(YAML(typ="safe", pure=True).load(file), variables)


def merge(below: Any, above: Any, key: str = "") -> Any:
    """What Compose makes of a value and another that is laid over it."""
    if isinstance(below, dict) and isinstance(above, dict):
        return below | {name: merge(below.get(name), value, name) for name, value in above.items()}
    if isinstance(below, list) and isinstance(above, list) and key not in _WHOLE:
        if key == "volumes":
            targets = {text.split(":")[1] for text in above}
            below = [text for text in below if text.split(":")[1] not in targets]
        return below + above
    return above


def _filled(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(item, variables) for name, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, variables) for item in value]
    if isinstance(value, str):
        return _VARIABLE.sub(lambda match: variables.get(match["name"]) or match["default"], value)
    return value


def _extended(keys: dict[str, Any], folder: Path, variables: Mapping[str, str]) -> dict[str, Any]:
    if "extends" not in keys:
        return keys
    base = read(folder / keys["extends"]["file"], variables)["services"][keys["extends"]["service"]]
    return merge(base, {name: value for name, value in keys.items() if name != "extends"})
