"""Finding a Java that can run Elasticsearch."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from .errors import UnavailableError
from .identity import reachable

OLDEST = 21
USUAL_FOLDERS = (
    "/usr/lib/jvm/*",
    "/usr/lib64/jvm/*",
    "/usr/java/*",
    "/opt/java/*",
    "/opt/jdk*",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "/opt/homebrew/opt/openjdk*",
    "/usr/local/opt/openjdk*",
)
_VERSION = re.compile(r'version "(?:1\.)?(\d+)')


def find_java(environment: Mapping[str, str]) -> Path:
    """The home folder of the first Java that is new enough.

    Looked through in order: `ES_JAVA_HOME`, `JAVA_HOME`, the `java` on `PATH`, and where systems keep theirs.

    Raises:
        UnavailableError: none is new enough; says which ones there are.
    """
    seen = []
    for home in _homes(environment):
        version = version_of(home)
        if version >= OLDEST and reachable(home / "bin" / "java"):
            return home
        seen.append(f"{home} ({_shortcoming(version)})")
    found = f"found: {', '.join(seen)}" if seen else "none was found"
    raise UnavailableError(f"Java {OLDEST} or newer is needed, {found}; name its folder with ES_JAVA_HOME")


def version_of(home: Path) -> int:
    """The major version of a Java, 0 where it does not run."""
    try:
        answer = subprocess.run(
            [home / "bin" / "java", "-version"], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    return major_version(answer.stderr + answer.stdout)


def major_version(text: str) -> int:
    """The major version in what `java -version` says; 8 is also written 1.8."""
    found = _VERSION.search(text)
    return int(found[1]) if found else 0


def _homes(environment: Mapping[str, str]) -> Iterator[Path]:
    yield from (Path(environment[name]) for name in ("ES_JAVA_HOME", "JAVA_HOME") if environment.get(name))
    on_path = shutil.which("java", path=environment.get("PATH"))
    if on_path:
        yield Path(on_path).resolve().parent.parent
    for pattern in USUAL_FOLDERS:
        folders = sorted(Path("/").glob(pattern.removeprefix("/")))
        yield from (folder for folder in folders if (folder / "bin" / "java").exists())


def _shortcoming(version: int) -> str:
    if version >= OLDEST:
        return "in a folder that only root can enter, and Elasticsearch does not run as root"
    return str(version) if version else "does not run"
