"""Elasticsearch and a Java to run it, on this machine."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from . import maven
from .errors import UnavailableError
from .java import find_java, version_of
from .locking import exclusive

VERSION = "9.4.3"
HOME_VARIABLE = "CBIR_TEST_ELASTICSEARCH_HOME"
"""Names the folder of an unpacked archive of the vendor's, to be used instead."""
REPOSITORY = Path(__file__).parents[2]
SHA256 = "b7306f5ecfa6806753bc0eb0dc4ea11fe0ddd2c5a346592718814d6ec35b88cb"
_LAUNCHER = Path("lib", "tools", "server-launcher")


@dataclass(frozen=True, slots=True)
class Distribution:
    """An Elasticsearch, and the home folder of the Java that runs it."""

    home: Path
    java_home: Path

    @property
    def java(self) -> Path:
        return self.java_home / "bin" / "java"

    def has_module(self, name: str) -> bool:
        """Whether a module is there; settings of missing ones are refused."""
        return (self.home / "modules" / name).is_dir()


def cache_folder(environment: Mapping[str, str]) -> Path:
    """`CBIR_TEST_CACHE`, else `.cache` at the root of the repository; its part for Elasticsearch."""
    return Path(environment.get("CBIR_TEST_CACHE") or REPOSITORY / ".cache").absolute() / "elasticsearch"


def obtain(environment: Mapping[str, str] = os.environ, announce: Callable[[str], object] = len) -> Distribution:
    """An Elasticsearch that can be started, fetched into the cache the first time.

    Args:
        environment: `CBIR_TEST_ELASTICSEARCH_HOME`, `CBIR_TEST_CACHE`, `ES_JAVA_HOME`, `JAVA_HOME` and `PATH` count.
        announce: told before something takes long.

    Raises:
        UnavailableError: Java, Maven or the archive cannot be had; says which.
    """
    named = environment.get(HOME_VARIABLE)
    if named:
        return _vendors(Path(named).absolute(), environment)
    java_home = find_java(environment)
    home = cache_folder(environment) / VERSION
    if not home.exists():
        with exclusive(home.parent / "lock"):
            if not home.exists():
                announce(f"Fetching Elasticsearch {VERSION} with Maven (0.95 GB, once)")
                _fetch(home)
    return Distribution(home, java_home)


def _fetch(home: Path) -> None:
    archive = maven.fetch()
    check(archive, SHA256)
    extract(archive, home)
    # A gigabyte that nothing else needs; Maven fetches it anew where something does.
    shutil.rmtree(archive.parent)


def check(archive: Path, sha256: str) -> None:
    """Refuse an archive with other bytes than those that were tried.

    Raises:
        UnavailableError: its checksum differs.
    """
    with archive.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise UnavailableError(f"{archive} has the SHA-256 {found}, not {sha256}; remove it to fetch it again")


def extract(archive: Path, home: Path) -> None:
    """Make ``home`` of the archive's `*/elasticsearch` folder, all at once; call it under the lock of ``home``.

    Everybody may read what is extracted, whatever the umask: servers may run as another user.
    """
    prefix = f".{home.name}-"
    for leftover in home.parent.glob(f"{prefix}*"):
        shutil.rmtree(leftover)
    temporary = Path(tempfile.mkdtemp(prefix=prefix, dir=home.parent))
    with zipfile.ZipFile(archive) as file:
        for entry in file.infolist():
            inside = elasticsearch_path(entry.filename)
            if inside is None or entry.is_dir():
                continue
            target = temporary / inside
            target.parent.mkdir(parents=True, exist_ok=True)
            with file.open(entry) as source, target.open("wb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
    for folder, _, files in os.walk(temporary):
        os.chmod(folder, 0o755)
        for name in files:
            os.chmod(os.path.join(folder, name), 0o644)
    temporary.rename(home)


def elasticsearch_path(entry: str) -> PurePosixPath | None:
    """Where an entry of the archive belongs below Elasticsearch's folder; None: nowhere."""
    parts = PurePosixPath(entry).parts
    inside = PurePosixPath(*parts[2:])
    return inside if parts[1:2] == ("elasticsearch",) and len(parts) > 2 and ".." not in parts else None


def _vendors(home: Path, environment: Mapping[str, str]) -> Distribution:
    if not (home / _LAUNCHER).is_dir():
        raise UnavailableError(f"{HOME_VARIABLE} names {home}, which is no Elasticsearch {VERSION}: no {_LAUNCHER}")
    bundled = home / "jdk"
    return Distribution(home, bundled if version_of(bundled) else find_java(environment))
