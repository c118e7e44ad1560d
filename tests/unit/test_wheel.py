"""The wheel holds the package, its program and nothing else, and runs by itself."""

import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--no-cache-dir", "--wheel-dir", folder, ROOT], check=True, capture_output=True)
    (file,) = folder.glob("cbir-*.whl")
    return file


def test_it_holds_the_package_alone(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"cbir"}
    there = {str(path.relative_to(ROOT / "backend")) for path in (ROOT / "backend/cbir").rglob("*.py")}
    assert there <= set(names)
    assert "cbir/py.typed" in names


def test_tensorflow_comes_by_platform(wheel):
    archive = zipfile.ZipFile(wheel)
    metadata = Parser().parsestr(archive.read(next(n for n in archive.namelist() if n.endswith("METADATA"))).decode())
    needs = [line for line in metadata.get_all("Requires-Dist") if line.startswith("tensorflow")]
    assert len(needs) == 2
    assert all("platform_machine" in line for line in needs)


def test_it_runs_from_another_folder(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = "import cbir; print(cbir.__file__); from cbir.cli.main import run; run(['--version'])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "site", capture_output=True, text=True, check=True
    )
    place, version = done.stdout.split("\n")[:2]
    assert place.startswith(str(tmp_path))
    assert version == "cbir 0.1.0"
