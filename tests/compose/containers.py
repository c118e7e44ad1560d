"""The services of a project as processes of this machine: real programs with the real settings, in place of images.

What stands in for what an image or an engine does:

    the image's programs     links to this machine's, those only that the image has; certutil from the distribution
    paths of a container     replaced, in commands, variables and settings, by the folders that are mounted there
    names and port 9200      every node has ports of its own on 127.0.0.1, to which curl is led by its `connect-to`
    the image's entry point  variables with a dot are settings; the password in a file goes to the keystore
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.elasticsearch_server.cluster import LIMIT, readable
from tests.elasticsearch_server.configuration import TOOL_OPTIONS, Address, jvm_options, to_yaml
from tests.elasticsearch_server.distribution import Distribution
from tests.elasticsearch_server.errors import StartError
from tests.elasticsearch_server.identity import server_identity
from tests.elasticsearch_server.node import Node
from tests.elasticsearch_server.ports import Ports

from .project import Project, Service

HOME = "/usr/share/elasticsearch"
"""Elasticsearch's folder in the image, whose `bin` is on its path."""
TOOLS = {
    "elasticsearch-certutil": "modules/x-pack-core,modules/x-pack-security,lib/tools/security-cli",
    "elasticsearch-keystore": "lib/tools/keystore-cli",
}
"""Programs of the distribution that are missing in the bundle as scripts, and the libraries that they need."""
PROGRAMS = (
    *("bash", "curl", "sed", "unzip"),
    *("base64", "basename", "cat", "chmod", "chown", "cp", "cut", "dirname", "env", "expr", "head", "id", "ls"),
    *("mkdir", "mktemp", "mv", "rm", "stat", "tail", "tr", "uname"),
)
"""Other programs in the image: its base system has bash, sed, curl and the coreutils, and unzip is added."""
MODULES = {"ingest.geoip.downloader.enabled": "ingest-geoip", "xpack.ml.enabled": "x-pack-ml"}
"""Settings that a distribution without the module refuses; the bundle is one."""


class Containers:
    """The containers and volumes of one project, in a folder of a lifeline, with whose owner they end."""

    def __init__(self, distribution: Distribution, lifeline: Path, names: Sequence[str]) -> None:
        self._lifeline = lifeline
        self._folder = lifeline / "compose"
        self._folder.mkdir(mode=0o755)
        self._distribution = readable(distribution, self._folder)
        self._ports = Ports(2 * len(names))
        numbers = self._ports.numbers
        self.addresses = {name: Address(name, *numbers[2 * i : 2 * i + 2]) for i, name in enumerate(names)}
        self.nodes: dict[str, Node] = {}
        self._make_path()

    def close(self) -> None:
        """Hold the ports no longer; the nodes end with their lifeline."""
        self._ports.give_up()

    def volume(self, name: str) -> Path:
        """The folder of a named volume; a new one belongs to whoever runs the engine, as Docker's do."""
        folder = self._folder / "volumes" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def up(self, project: Project) -> None:
        """Start Elasticsearch anew in the project's order, as `docker compose up --force-recreate` does.

        Raises:
            StartError: a service that should end did not succeed, or a node did not become healthy.
        """
        for node in self.nodes.values():
            node.stop()
        for service in filter(lambda one: one.is_elasticsearch, project.in_order()):
            for other, condition in service.depends_on.items():
                if condition == "service_healthy":
                    self.wait(project.services[other])
                else:
                    assert condition == "service_completed_successfully"
            if service.one_shot:
                self.run(service)
            else:
                self.start(service)
        for service in project.nodes:
            self.wait(service)

    def run(self, service: Service) -> str:
        """Run a service that ends; returns what it printed.

        Raises:
            StartError: its exit status is not 0.
        """
        places = {mount.target: str(mount.file or self.volume(mount.source)) for mount in service.mounts}
        environment = {name: _replaced(value, places) for name, value in service.environment.items()}
        if "OWNER" in environment:
            environment["OWNER"] = self._owner()
        command = [_replaced(word, places) for word in service.keys["command"]]
        answer = self._execute(command, environment, root=service.keys.get("user") == "0")
        if answer.returncode:
            raise StartError(f"{service.name}: {answer.stdout}{answer.stderr}")
        return answer.stdout

    def start(self, service: Service) -> None:
        """Start a node in a new container; comes back before it answers."""
        node = Node(
            self._distribution,
            self.addresses[service.name],
            self._lifeline,
            self._folder / "nodes",
            service.environment["ES_JAVA_OPTS"].split(),
        )
        shutil.rmtree(node.folder, ignore_errors=True)
        for name in ("logs", "tmp"):
            (node.folder / name).mkdir(parents=True)
        config = node.folder / "config"
        shutil.copytree(self._distribution.home / "config", config)
        (config / "jvm.options").write_text(jvm_options((config / "jvm.options").read_text()))
        (config / "jvm.options.d").mkdir()
        places = self._mount(service, node)
        settings = YAML(typ="safe", pure=True).load(config / "elasticsearch.yml")
        settings |= {name: value for name, value in service.environment.items() if "." in name}
        settings = {name: _replaced(value, places) for name, value in settings.items()}
        settings |= {"path.data": places[f"{HOME}/data"], **self._surroundings(node, settings)}
        (config / "elasticsearch.yml").write_text(to_yaml({n: v for n, v in settings.items() if self._accepts(n)}))
        node.own()
        self._set_password(service, node, places)
        node.start()
        self.nodes[service.name] = node

    def healthy(self, service: Service) -> bool:
        """Whether the service's own health check succeeds."""
        node = self.nodes[service.name]
        kind, *command = service.keys["healthcheck"]["test"]
        assert kind == "CMD"
        places = {f"{HOME}/config": str(node.folder / "config")}
        return self._execute([_replaced(word, places) for word in command], {}, within=node).returncode == 0

    def wait(self, service: Service) -> None:
        """Wait until a node is healthy.

        Raises:
            StartError: it ended, or it took too long.
        """
        node = self.nodes[service.name]
        end = time.monotonic() + LIMIT
        while not self.healthy(service):
            if not node.running or time.monotonic() > end:
                raise StartError(f"{service.name} is not healthy\n{node.last_lines()}")
            time.sleep(0.5)

    def _make_path(self) -> None:
        """The folder of programs that services find."""
        path = self._folder / "bin"
        path.mkdir()
        for name in PROGRAMS:
            program = shutil.which(name)
            assert program, f"{name} is needed"
            (path / name).symlink_to(program)
        for name, libraries in TOOLS.items():
            script = path / name
            start = self._distribution.home / "bin" / "elasticsearch-cli"
            variables = f"CLI_NAME={name.removeprefix('elasticsearch-')} CLI_LIBS={libraries}"
            script.write_text(f'#!/bin/sh\nexport {variables}\nexec bash {start} "$@"\n')
            script.chmod(0o755)

    def _execute(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        root: bool = False,
        within: Node | None = None,
        entered: str = "",
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as the image's user, or as whoever runs the engine, on a node or in a container beside."""
        config = within.folder / "config" if within else self._distribution.home / "config"
        identity = None if root else server_identity()
        return subprocess.run(
            command,
            env={
                "PATH": str(self._folder / "bin"),
                "HOME": str(self._curl_home(within)),
                "ES_JAVA_HOME": str(self._distribution.java_home),
                "ES_PATH_CONF": str(config),
                "CLI_JAVA_OPTS": " ".join(TOOL_OPTIONS),
                **environment,
            },
            cwd="/",
            input=entered,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
            **(identity.becoming() if identity else {}),
        )

    def _curl_home(self, within: Node | None) -> Path:
        """A home folder that leads curl to the nodes' ports; on a node localhost is the node."""
        folder = self._folder / "homes" / (within.name if within else "beside")
        folder.mkdir(parents=True, exist_ok=True)
        places = dict(self.addresses) | ({"localhost": within.address} if within else {})
        lines = [f'connect-to = "{name}:9200:127.0.0.1:{place.http_port}"\n' for name, place in places.items()]
        (folder / ".curlrc").write_text("".join(lines))
        return folder

    def _mount(self, service: Service, node: Node) -> dict[str, str]:
        """Put what is mounted below the configuration into it; where everything of the container is."""
        places = {f"{HOME}/config": str(node.folder / "config")}
        for mount in service.mounts:
            source = mount.file or self.volume(mount.source)
            if not mount.target.startswith(f"{HOME}/config/"):
                places[mount.target] = str(source)
                if mount.target == f"{HOME}/data" and (identity := server_identity()):
                    identity.own(source)  # a volume over a folder of the image begins with its owner
            elif source.is_dir():
                assert mount.read_only
                shutil.copytree(source, _replaced(mount.target, places), ignore=_unreadable)
            else:
                shutil.copyfile(source, _replaced(mount.target, places))
        return places

    def _surroundings(self, node: Node, settings: Mapping[str, Any]) -> dict[str, Any]:
        """The settings that stand for the container's network and folders."""
        seeds = settings.get("discovery.seed_hosts", "")
        return {
            "network.host": "127.0.0.1",
            "http.port": node.address.http_port,
            "transport.port": node.address.transport_port,
            "discovery.seed_hosts": [self.addresses[name].transport for name in seeds.split(",") if name],
            "path.logs": str(node.folder / "logs"),
            # A developer's disk is often nearly full.
            "cluster.routing.allocation.disk.threshold_enabled": False,
        }

    def _accepts(self, setting: str) -> bool:
        return setting not in MODULES or self._distribution.has_module(MODULES[setting])

    def _set_password(self, service: Service, node: Node, places: Mapping[str, str]) -> None:
        """What the image's entry point does with the password's file, which it wants to be nobody else's."""
        file = Path(_replaced(service.environment["ELASTIC_PASSWORD_FILE"], places))
        assert file.stat().st_mode & 0o777 in (0o400, 0o600)
        for arguments in (["create"], ["add", "--stdin", "bootstrap.password"]):
            command = ["elasticsearch-keystore", *arguments]
            answer = self._execute(command, {}, within=node, entered=file.read_text())
            if answer.returncode:
                raise StartError(f"{' '.join(command)}: {answer.stdout}{answer.stderr}")

    def _owner(self) -> str:
        identity = server_identity()
        return f"{identity.user}:{identity.group}" if identity else f"{os.getuid()}:{os.getgid()}"


def _unreadable(folder: str, names: list[str]) -> list[str]:
    """Those things in a folder that the image's user may not read."""
    identity = server_identity()
    states = {name: os.stat(os.path.join(folder, name)) for name in names}
    return [n for n, s in states.items() if identity and s.st_uid != identity.user and not s.st_mode & stat.S_IROTH]


def _replaced(value: Any, places: Mapping[str, str]) -> Any:
    """A text in which the paths of a container are the places of this machine; other values as they are."""
    if not isinstance(value, str):
        return value
    for target in sorted(places, key=len, reverse=True):
        if value == target or value.startswith(f"{target}/"):
            return places[target] + value.removeprefix(target)
    return value
