"""One server process and its folder."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from .certificates import Certificates
from .configuration import (
    CA,
    CERTIFICATE,
    KEY,
    LOGGING,
    Address,
    Value,
    jvm_options,
    server_command,
    server_environment,
    to_yaml,
)
from .distribution import Distribution
from .errors import StartError
from .identity import server_identity
from .lifeline import KEEPERS_LOCK, OWNER_LOCK

_KEEPER = Path(__file__).with_name("keeper.py")
_SHIPPED = ("roles.yml", "role_mapping.yml", "users", "users_roles")


class Node:
    """A server that can be started, stopped, killed, paused and started again with its data.

    Args:
        lifeline: the folder of a `Lifeline`.
        folder: of the cluster; the node gets one of its own name in it.
        options: of the server's Java.
    """

    def __init__(
        self, distribution: Distribution, address: Address, lifeline: Path, folder: Path, options: Sequence[str]
    ) -> None:
        self.address = address
        self.folder = folder / address.name
        self.log = self.folder / "console.log"
        self._distribution = distribution
        self._lifeline = lifeline
        self._options = options
        self._ended = self.folder / "ended"
        self._group: int | None = None

    @property
    def name(self) -> str:
        return self.address.name

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended, as far as its keeper knows."""
        return self._group is not None and not self._ended.exists()

    def prepare(self, settings: Mapping[str, Value], certificates: Certificates | None) -> None:
        """Write what it reads when it starts."""
        config, shipped = self.folder / "config", self._distribution.home / "config"
        for folder in (config, self.folder / "data", self.folder / "logs", self.folder / "tmp"):
            folder.mkdir(parents=True)
        (config / "elasticsearch.yml").write_text(to_yaml(settings))
        (config / "jvm.options").write_text(jvm_options((shipped / "jvm.options").read_text()))
        (config / "log4j2.properties").write_text(LOGGING)
        for name in _SHIPPED:
            shutil.copyfile(shipped / name, config / name)
        if certificates:
            shutil.copyfile(certificates.ca, config / CA)
            shutil.copyfile(certificates.certificate, config / CERTIFICATE)
            shutil.copyfile(certificates.key, config / KEY)
        self.folder.chmod(0o700)
        self.own()

    def own(self) -> None:
        """Give the folder to the user that the server runs as."""
        if identity := server_identity():
            identity.own(self.folder)

    def start(self) -> None:
        """Start it under a keeper; comes back before it answers."""
        assert not self.running
        self._ended.unlink(missing_ok=True)
        identity = server_identity()
        job = {
            "command": server_command(self._distribution, self.folder),
            "environment": server_environment(self._distribution, self.folder, self._options),
            "cwd": str(self._distribution.home),
            "identity": identity.becoming() if identity else {},
            "log": str(self.log),
            "ended": str(self._ended),
            "folder": str(self._lifeline),
            "owner": str(self._lifeline / OWNER_LOCK),
            "keepers": str(self._lifeline / KEEPERS_LOCK),
        }
        command = [sys.executable, "-I", "-S", str(_KEEPER), json.dumps(job)]
        keeper = subprocess.run(command, capture_output=True, text=True, check=False)
        if not keeper.stdout.strip():
            raise StartError(f"{self.name} could not be started: {keeper.stderr}")
        self._group = int(keeper.stdout)

    def stop(self, patience: float = 60) -> None:
        """End it in an orderly way (SIGTERM), and kill it when that takes more than ``patience`` seconds."""
        self._signal(signal.SIGTERM)
        if not self._wait(patience):
            self.kill()

    def kill(self) -> None:
        """End it at once (SIGKILL), as a machine that loses its power does."""
        self._signal(signal.SIGKILL)
        if not self._wait(60):
            raise TimeoutError(f"{self.name} survives SIGKILL")

    def pause(self) -> None:
        """Let it answer nothing, though its connections stay open, until it is resumed."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def last_lines(self, count: int = 40) -> str:
        """The end of its log."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join([f"--- {self.log}", *lines[-count:]])

    def _signal(self, number: signal.Signals) -> None:
        if self.running:
            assert self._group
            os.killpg(self._group, number)

    def _wait(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while self.running:
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True
