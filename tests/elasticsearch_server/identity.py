"""Whom the servers run as: Elasticsearch refuses to run as root."""

from __future__ import annotations

import functools
import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NOBODY = 65534
FALLBACK_NAME = "cbir-elasticsearch"


@dataclass(frozen=True, slots=True)
class Identity:
    """A user that is not root, as numbers."""

    user: int
    group: int

    def own(self, folder: Path) -> None:
        """Give it a folder and all that is in it."""
        for place, _, files in os.walk(folder):
            for path in [place, *(os.path.join(place, file) for file in files)]:
                os.chown(path, self.user, self.group)

    def becoming(self) -> dict[str, Any]:
        """What tells `subprocess` to run a command as this user."""
        return {"user": self.user, "group": self.group, "extra_groups": []}


@functools.cache
def server_identity() -> Identity | None:
    """Nobody, or where nobody cannot be (some containers do not map it) a user made for this; None: who we are."""
    if os.geteuid() != 0:
        return None
    nobody = Identity(NOBODY, NOBODY)
    if _works(nobody):
        return nobody
    subprocess.run(["useradd", "--system", "--no-create-home", FALLBACK_NAME], check=False)
    entry = pwd.getpwnam(FALLBACK_NAME)
    return Identity(entry.pw_uid, entry.pw_gid)


def reachable(path: Path) -> bool:
    """Whether the user that servers run as can read this file or folder, by its place and permissions."""
    if server_identity() is None:
        return True
    place = path.resolve()
    return bool(place.stat().st_mode & stat.S_IROTH) and all(
        folder.stat().st_mode & stat.S_IXOTH for folder in place.parents
    )


def _works(identity: Identity) -> bool:
    try:
        return subprocess.run(["true"], check=False, **identity.becoming()).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False
