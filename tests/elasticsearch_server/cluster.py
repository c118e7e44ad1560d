"""Nodes that form one cluster."""

from __future__ import annotations

import http.client
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from .certificates import Certificates, make_certificates
from .configuration import (
    SNAPSHOTS,
    Address,
    Value,
    module_settings,
    node_settings,
    server_environment,
    server_options,
    users_command,
)
from .connection import Server
from .distribution import Distribution
from .errors import RefusedError, StartError
from .identity import reachable, server_identity
from .node import Node
from .ports import Ports

USER = "tester"
LIMIT = 600
"""Seconds to start in: one node takes 15 s on a machine that is idle, and tests keep it busy."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What kind of cluster is wanted."""

    nodes: int = 1
    secured: bool = False
    """TLS on both layers, a superuser, an API key."""
    expired: bool = False
    """With a certificate that is no longer valid."""
    heap: str = "1g"
    """Of each server, as Java writes sizes."""
    quick: bool = False
    """Start in half the time, without the compiler that optimises. Lucene then has no vector instructions and scripts
    are slow, which a few hundred documents do not mind."""
    settings: Mapping[str, Value] = field(default_factory=dict)
    """Further lines of elasticsearch.yml."""


class Cluster:
    """A cluster in a folder of a lifeline, with whose owner it ends."""

    def __init__(self, distribution: Distribution, plan: Plan, lifeline: Path, name: str = "cbir-test") -> None:
        self.plan = plan
        self._lifeline = lifeline
        # A worker that was killed while it started one may have left one of this name.
        self._folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=lifeline))
        self._folder.chmod(0o711)
        self._distribution = readable(distribution, self._folder)
        self._ports = Ports(2 * plan.nodes)
        numbers = self._ports.numbers
        self._addresses = [Address(f"node-{i}", *numbers[2 * i : 2 * i + 2]) for i in range(plan.nodes)]
        options = server_options(plan.heap, quick=plan.quick)
        self.nodes = [Node(self._distribution, a, lifeline, self._folder, options) for a in self._addresses]
        scheme = "https" if plan.secured else "http"
        urls = tuple(f"{scheme}://127.0.0.1:{address.http_port}" for address in self._addresses)
        self.server = Server(urls, snapshots=str(self._folder / SNAPSHOTS))
        """How to connect to it, once it has started."""

    def start(self) -> Self:
        """Start every node, and come back when the cluster is at least yellow.

        Raises:
            StartError: it did not come up; ends with the last lines of the logs.
        """
        certificates = (
            make_certificates(self._folder / "tls", expired=self.plan.expired) if self.plan.secured else None
        )
        self._prepare(certificates)
        if certificates:
            self._add_user(certificates)
        for node in self.nodes:
            node.start()
        self.wait()
        if certificates:
            self.server = replace(self.server, api_key=self._new_api_key())
        return self

    def wait(self, limit: float = LIMIT) -> None:
        """Wait until every node that runs answers that all of them are together, and the cluster is at least yellow.

        Raises:
            StartError: a node ended, or it took more than ``limit`` seconds.
        """
        end = time.monotonic() + limit
        waiting = [node for node in self.nodes if node.running]
        count = len(waiting)
        while waiting:
            ended = [node for node in waiting if not node.running]
            if ended or time.monotonic() > end:
                raise StartError("\n".join(f"{node.name} does not answer\n{node.last_lines()}" for node in waiting))
            if self._healthy(waiting[0], count):
                del waiting[0]
            else:
                time.sleep(0.3)

    def restart(self, node: Node) -> None:
        """Start a node again, with its data, after stopping it if it runs; comes back when the others have it."""
        node.stop()
        node.start()
        self.wait()

    def stop(self) -> None:
        """Kill the nodes and remove their folders."""
        for node in self.nodes:
            node.kill()
        self.give_up_ports()
        shutil.rmtree(self._folder)

    def give_up_ports(self) -> None:
        """Hold the ports no longer: nodes that run go on, one that is down may find its ports taken."""
        self._ports.give_up()

    def _prepare(self, certificates: Certificates | None) -> None:
        snapshots = self._folder / SNAPSHOTS
        snapshots.mkdir()
        if identity := server_identity():
            identity.own(snapshots)
        for node in self.nodes:
            settings = node_settings(node.address, self._addresses, self._folder, secured=self.plan.secured)
            node.prepare({**settings, **module_settings(self._distribution), **self.plan.settings}, certificates)

    def _add_user(self, certificates: Certificates) -> None:
        password = secrets.token_urlsafe(16)
        first, *others = self.nodes
        answer = subprocess.run(
            users_command(self._distribution, first.folder, USER, password),
            cwd=self._distribution.home,
            env=server_environment(self._distribution, first.folder),
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode:
            raise StartError(f"no user could be added: {answer.stdout}{answer.stderr}")
        for node in self.nodes:
            for name in ("users", "users_roles") if node in others else ():
                shutil.copyfile(first.folder / "config" / name, node.folder / "config" / name)
            node.own()
        self.server = replace(
            self.server,
            ca=str(certificates.ca),
            fingerprint=certificates.fingerprint,
            user=USER,
            password=password,
        )

    def _healthy(self, node: Node, count: int) -> bool:
        url = self.server.urls[self.nodes.index(node)]
        query = f"wait_for_status=yellow&wait_for_nodes=ge({count})&timeout=5s"
        try:
            replace(self.server, urls=(url,)).request(
                "GET", f"/_cluster/health?{query}", timeout=15, check=not self.plan.expired
            )
        except (OSError, RefusedError, http.client.HTTPException):
            return False
        return True

    def _new_api_key(self) -> str:
        try:
            key = self.server.request(
                "POST", "/_security/api_key", {"name": "tests"}, timeout=LIMIT, check=not self.plan.expired
            )
        except (OSError, RefusedError) as error:
            raise StartError(f"no API key: {error}\n{self.nodes[0].last_lines()}") from error
        return str(key["encoded"])


def readable(distribution: Distribution, folder: Path) -> Distribution:
    """The distribution, or links to its files in ``folder``, where the user that servers run as cannot get at it."""
    if reachable(distribution.home):
        return distribution
    home = folder / "elasticsearch"
    shutil.copytree(distribution.home, home, copy_function=_link)
    return replace(distribution, home=home)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy(source, target)
