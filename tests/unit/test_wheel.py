"""The wheel holds the package, its program and nothing else, and runs by itself."""

import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
INTEL_MAC = ("darwin", "x86_64")
PLATFORMS = [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"), INTEL_MAC]
TENSORFLOW = {"tensorflow", "tensorflow-cpu"}


def on(platform, python="3.11"):
    """The environment that markers are evaluated in."""
    names = ("sys_platform", "platform_machine", "python_version", "python_full_version")
    return dict(zip(names, (*platform, python, f"{python}.0"), strict=True)) | {"extra": ""}


def that_apply(requirements, environment):
    return [one for one in map(Requirement, requirements) if one.marker is None or one.marker.evaluate(environment)]


def pins(file):
    """The requirements of a lock file without their hashes."""
    lines = (ROOT / "requirements" / file).read_text().replace("\\\n", " ").splitlines()
    return [line.split(" --hash")[0] for line in lines if line and not line.startswith("#")]


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


def test_it_holds_what_a_cluster_needs(wheel):
    from cbir.engines.elasticsearch.resources import folder

    archive = zipfile.ZipFile(wheel)
    needed = [
        path for name in ("component-templates", "index-templates", "scripts") for path in folder().glob(f"{name}/*")
    ]
    assert folder() == ROOT / "es-config"  # the wheel has no repository beside it
    assert needed
    for path in needed:
        assert archive.read(f"cbir/es_config/{path.relative_to(folder())}") == path.read_bytes()


@pytest.fixture(scope="module")
def metadata(wheel):
    archive = zipfile.ZipFile(wheel)
    return Parser().parsestr(archive.read(next(n for n in archive.namelist() if n.endswith("METADATA"))).decode())


@pytest.mark.parametrize(
    ("platform", "package", "release"),
    [
        (("linux", "x86_64"), "tensorflow-cpu", "2.18.0"),
        (("linux", "aarch64"), "tensorflow", "2.18.0"),
        (("darwin", "arm64"), "tensorflow", "2.18.0"),
        (INTEL_MAC, "tensorflow", "2.16.2"),
    ],
)
def test_tensorflow_comes_by_platform(metadata, platform, package, release):
    """TensorFlow's last release for Intel Macs is 2.16.2."""
    (needed,) = [one for one in that_apply(metadata.get_all("Requires-Dist"), on(platform)) if one.name in TENSORFLOW]
    assert needed.name == package
    assert needed.specifier.contains(release)
    assert needed.specifier.contains("2.20.0") == (platform != INTEL_MAC)


@pytest.mark.parametrize("platform", [*PLATFORMS, ("freebsd", "x86_64"), ("win32", "AMD64")])
def test_no_platform_gets_two_tensorflows(metadata, platform):
    needed = that_apply(metadata.get_all("Requires-Dist"), on(platform))
    assert len([one for one in needed if one.name in TENSORFLOW]) == 1


def test_it_takes_the_pythons_that_tensorflow_takes(metadata):
    accepted = SpecifierSet(metadata["Requires-Python"])
    assert [minor for minor in range(9, 16) if accepted.contains(f"3.{minor}.1")] == [11, 12, 13]


@pytest.mark.parametrize("lock", ["runtime.txt", "dev.txt"])
@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_every_platform_has_one_pin_of_everything_that_is_needed(metadata, lock, platform, python):
    pinned = that_apply(pins(lock), on(platform, python))
    versions = {one.name: str(one.specifier).removeprefix("==") for one in pinned}
    assert len(versions) == len(pinned)
    for needed in that_apply(metadata.get_all("Requires-Dist"), on(platform, python)):
        assert needed.specifier.contains(versions[needed.name]), needed


def test_it_runs_from_another_folder(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = "import cbir; print(cbir.__file__); from cbir.cli.main import run; run(['--version'])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "site", capture_output=True, text=True, check=True
    )
    place, version = done.stdout.split("\n")[:2]
    assert place.startswith(str(tmp_path))
    assert version == "cbir 0.1.0"
