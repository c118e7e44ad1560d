"""What a cluster has to hold before a collection can: templates and stored scripts, from the files of `es-config`."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import cbir
from cbir.engines.elasticsearch.connection import Cluster
from cbir.errors import AccessRefusedError, CorruptDataError

_VERSION = re.compile(r"// version ([1-9][0-9]*)\n")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of resource: where it stands in `es-config`, in the API and in the cluster's state."""

    title: str
    files: str
    endpoint: str
    state: str
    """Its place in the metadata of the cluster's state, below which every one stands under its name."""


SCRIPT = Kind("stored script", "scripts/*.painless", "/_scripts", "stored_scripts")
COMPONENT = Kind(
    "component template",
    "component-templates/*.json",
    "/_component_template",
    "component_template.component_template",
)
INDEX = Kind("index template", "index-templates/*.json", "/_index_template", "index_template.index_template")


@dataclass(frozen=True, slots=True)
class Resource:
    """One of them, as it should be."""

    kind: Kind
    name: str
    body: Mapping[str, Any]
    """As the cluster's state shows it."""

    def request(self) -> Mapping[str, Any]:
        """The body with which it is installed."""
        return {"script": self.body} if self.kind is SCRIPT else self.body


class State(Enum):
    """How a resource of a cluster compares with the one of this installation."""

    CURRENT = "up to date"
    MISSING = "missing"
    CHANGED = "changed"
    """Older, or changed by hand."""
    NEWER = "newer"
    """Installed by a later version of this program, whose templates serve earlier ones too."""


class Outcome(Enum):
    """What became of a resource."""

    INSTALLED = "installed"
    UPGRADED = "upgraded"
    UNCHANGED = "unchanged"


_OUTCOMES = {State.MISSING: Outcome.INSTALLED, State.CHANGED: Outcome.UPGRADED}


@dataclass(frozen=True, slots=True)
class Installed:
    """A resource and what `setup` did with it."""

    kind: str
    name: str
    outcome: Outcome


def folder() -> Path:
    """The folder `es-config`: in the package where it was installed, else in the repository."""
    package = Path(cbir.__file__).parent
    shipped = package / "es_config"
    return shipped if shipped.is_dir() else package.parents[1] / "es-config"


@functools.cache
def wanted() -> tuple[Resource, ...]:
    """All that a cluster has to hold, in the order in which it is installed.

    Raises:
        CorruptDataError: a file is not as it should be.
    """
    return tuple(_read(folder()))


@functools.cache
def script_id(name: str) -> str:
    """The id of the stored script `es-config/scripts/NAME.painless`, which carries its version.

    Raises:
        CorruptDataError: the file is not there, or not as it should be.
    """
    path = folder() / "scripts" / f"{name}.painless"
    return _script(path).name


def examine(cluster: Cluster) -> list[tuple[Resource, State]]:
    """Every resource with its state on a cluster: one request, for which the privilege `monitor` is enough."""
    resources = wanted()
    filters = [f"metadata.{kind.state}.cbir*" for kind in (SCRIPT, COMPONENT, INDEX)]
    with cluster.answers("templates and scripts"):
        answer = cluster.client.cluster.state(metric="metadata", filter_path=filters)
    metadata = answer.body.get("metadata", {})
    return [(one, _state(one, _at(metadata, one.kind.state).get(one.name))) for one in resources]


def setup(cluster: Cluster) -> list[Installed]:
    """Install what is missing and replace what is older or was changed; what is as it should be is left alone.

    Stored scripts of other versions stay: other installations may use them.

    Raises:
        AccessRefusedError: the user or key may not.
    """
    done = []
    for resource, state in examine(cluster):
        if state in _OUTCOMES:
            _install(cluster, resource)
        done.append(Installed(resource.kind.title, resource.name, _OUTCOMES.get(state, Outcome.UNCHANGED)))
    cluster.prepared = True
    return done


def require(cluster: Cluster) -> None:
    """Make sure, once a connection, that the cluster holds all it has to, installing what it lacks.

    Raises:
        AccessRefusedError: something is missing, and the user or key may not install it.
    """
    if cluster.prepared:
        return
    try:
        setup(cluster)
    except AccessRefusedError as error:
        raise AccessRefusedError(
            "The cluster lacks templates or scripts of this version, and the user or API key may not install them.",
            remedy="Run `cbir elasticsearch setup` once with one that may: docs/elasticsearch.md has ready roles.",
        ) from error


def _install(cluster: Cluster, resource: Resource) -> None:
    with cluster.answers(f"the {resource.kind.title} '{resource.name}'"):
        cluster.client.perform_request(
            "PUT",
            f"{resource.kind.endpoint}/{resource.name}",
            headers={"accept": "application/json", "content-type": "application/json"},
            body=resource.request(),
        )


def _state(resource: Resource, found: Mapping[str, Any] | None) -> State:
    if found is None:
        return State.MISSING
    if found.get("version", 0) > resource.body.get("version", 0):
        return State.NEWER
    return State.CURRENT if _holds(found, resource.body) else State.CHANGED


def _holds(found: Any, body: Any) -> bool:
    """Whether ``found`` has all that ``body`` has; the server adds dates, and later ones perhaps more."""
    if isinstance(body, Mapping):
        return isinstance(found, Mapping) and all(_holds(found.get(key), value) for key, value in body.items())
    return bool(found == body)


def _at(metadata: Mapping[str, Any], place: str) -> Mapping[str, Any]:
    for key in place.split("."):
        metadata = metadata.get(key, {})
    return metadata


def _read(place: Path) -> Iterator[Resource]:
    for path in sorted(place.glob(SCRIPT.files)):
        yield _script(path)
    for kind in (COMPONENT, INDEX):
        for path in sorted(place.glob(kind.files)):
            yield Resource(kind, path.stem, json.loads(path.read_text("utf-8")))


def _script(path: Path) -> Resource:
    try:
        source = path.read_text("utf-8")
    except OSError as error:
        raise CorruptDataError(f"{path} cannot be read: {error.strerror}.", remedy="Install cbir again.") from None
    version = _VERSION.match(source)
    if version is None:
        raise CorruptDataError(f"{path} does not begin with `// version N`.", remedy="Install cbir again.")
    return Resource(SCRIPT, f"cbir-{path.stem}-v{version[1]}", {"lang": "painless", "source": source})
