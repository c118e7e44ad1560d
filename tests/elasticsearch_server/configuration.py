"""What a node reads when it starts, and how it is started: data only, nothing is run here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .distribution import Distribution

Value = str | int | bool | Sequence[str]
CERTIFICATE, KEY, CA = "node.crt", "node.key", "ca.crt"
"""Files in a node's configuration folder."""
SNAPSHOTS = "snapshots"
"""A folder in the cluster's, for all nodes."""
TOOL_OPTIONS = ("-Xms4m", "-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData")
"""Of every Java but the server's own."""
QUICK_OPTION = "-XX:TieredStopAtLevel=1"
"""Without the compiler that optimises, starting takes half the time."""

LOGGING = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] [%node_name]%marker %m%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
"""
"""All of the log in one place, which is the keeper's file."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a node is reached."""

    name: str
    http_port: int
    transport_port: int

    @property
    def transport(self) -> str:
        return f"127.0.0.1:{self.transport_port}"


def node_settings(address: Address, peers: Sequence[Address], folder: Path, *, secured: bool) -> dict[str, Value]:
    """The settings of one node; ``peers``: all nodes of its cluster; ``folder``: the cluster's."""
    settings: dict[str, Value] = {
        "cluster.name": folder.name,
        "node.name": address.name,
        "network.host": "127.0.0.1",
        "http.port": address.http_port,
        "transport.port": address.transport_port,
        "path.data": str(folder / address.name / "data"),
        "path.logs": str(folder / address.name / "logs"),
        "path.repo": str(folder / SNAPSHOTS),
        "discovery.seed_hosts": [peer.transport for peer in peers],
        "cluster.initial_master_nodes": [peer.name for peer in peers],
        # A developer's disk is often nearly full.
        "cluster.routing.allocation.disk.threshold_enabled": False,
        "xpack.security.enabled": secured,
    }
    for layer in ("http", "transport") if secured else ():
        prefix = f"xpack.security.{layer}.ssl"
        settings |= {
            f"{prefix}.enabled": True,
            f"{prefix}.certificate": CERTIFICATE,
            f"{prefix}.key": KEY,
            f"{prefix}.certificate_authorities": [CA],
        }
    return settings


def module_settings(distribution: Distribution) -> dict[str, Value]:
    """Switches off what calls home or takes memory, where it is there: settings of a missing module are refused."""
    switches: dict[str, dict[str, Value]] = {
        "ingest-geoip": {"ingest.geoip.downloader.enabled": False},
        "x-pack-ml": {"xpack.ml.enabled": False},
        "x-pack-inference": {
            "xpack.inference.elastic.authorization.enabled": False,
            "xpack.inference.elastic.periodic_authorization_enabled": False,
        },
    }
    return {
        name: value
        for module, settings in switches.items()
        if distribution.has_module(module)
        for name, value in settings.items()
    }


def to_yaml(settings: Mapping[str, Value]) -> str:
    """The text of elasticsearch.yml; JSON values are YAML values."""
    return "".join(f"{name}: {json.dumps(value)}\n" for name, value in settings.items())


def jvm_options(shipped: str) -> str:
    """The shipped jvm.options without what writes beside the distribution: GC log, heap dumps, error files."""
    unwanted = re.compile(r"^(\d+(-\d*)?:)?-(Xlog:gc|XX:\+HeapDump|XX:HeapDumpPath|XX:ErrorFile)")
    return "".join(line for line in shipped.splitlines(keepends=True) if not unwanted.match(line))


def server_command(distribution: Distribution, folder: Path) -> list[str]:
    """Starts a node whose configuration is in ``folder``, from the distribution's folder."""
    return [
        str(distribution.java),
        *TOOL_OPTIONS,
        *("-Dcli.name=server", "-Dcli.libs=lib/tools/server-cli"),
        f"-Dcli.script={distribution.home / 'bin' / 'elasticsearch'}",
        *_paths(distribution, folder),
        *("-cp", "lib/tools/server-launcher/*", "org.elasticsearch.server.launcher.ServerLauncher"),
    ]


def users_command(distribution: Distribution, folder: Path, user: str, password: str) -> list[str]:
    """Adds a superuser to the files in the configuration folder, from the distribution's folder."""
    return [
        str(distribution.java),
        *TOOL_OPTIONS,
        "-Dcli.name=users",
        "-Dcli.libs=modules/x-pack-core,modules/x-pack-security,lib/tools/security-cli",
        *_paths(distribution, folder),
        *("-cp", "lib/*:lib/cli-launcher/*", "org.elasticsearch.launcher.CliToolLauncher"),
        *("useradd", user, "-p", password, "-r", "superuser"),
    ]


def server_environment(distribution: Distribution, folder: Path, options: Sequence[str] = ()) -> dict[str, str]:
    """The variables of a node, and no others: a developer's own may not change a test; ``options``: the server's."""
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "JAVA": str(distribution.java),
        "JAVA_TYPE": "ES_JAVA_HOME",
        "ES_JAVA_HOME": str(distribution.java_home),
        "ES_HOME": str(distribution.home),
        "ES_PATH_CONF": str(folder / "config"),
        "ES_TMPDIR": str(folder / "tmp"),
        "ES_DISTRIBUTION_TYPE": "tar",
        "CLI_JAVA_OPTS": " ".join([*TOOL_OPTIONS, f"-Djava.io.tmpdir={folder / 'tmp'}"]),
        "ES_JAVA_OPTS": " ".join(["-XX:-UsePerfData", *options]),
    }


def server_options(heap: str, *, quick: bool) -> list[str]:
    """Of the server's Java; ``heap``: as Java writes sizes; ``quick``: see `Plan`."""
    return [f"-Xms{heap}", f"-Xmx{heap}", *([QUICK_OPTION] if quick else [])]


def _paths(distribution: Distribution, folder: Path) -> tuple[str, ...]:
    return (
        f"-Des.path.home={distribution.home}",
        f"-Des.path.conf={folder / 'config'}",
        "-Des.distribution.type=tar",
    )
