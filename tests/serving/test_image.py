"""The Dockerfile, without Docker: its rules, and its very command, health check and build."""

import json
import re
import shutil
import subprocess
import sys
import zipfile

from tests.compose.dockerfile import FILE, IGNORED, context, stages
from tests.compose.project import BASE, REPOSITORY, load
from tests.serving.processes import Program, gone

STAGES = stages()
IMAGE = STAGES[-1]


def lock(name):
    """The names and versions of a lock file, and how many hashes each has."""
    text = (REPOSITORY / "requirements" / name).read_text().replace("\\\n", " ")
    return {line.split(" ;")[0]: line.count("--hash=sha256:") for line in text.splitlines() if line[:1].isalnum()}


def test_every_stage_is_of_a_pinned_image():
    pages, *others = (stage.base for stage in STAGES)
    assert re.fullmatch(r"node:2[0-9]-slim", pages)
    (base,) = set(others)
    assert re.fullmatch(r"python:3\.1[1-3]-slim-[a-z]+", base)


def test_the_pages_are_built_from_their_lock_file():
    assert ["npm", "ci"] in [json.loads(rest) for rest in STAGES[0].all("RUN")]


def test_it_runs_as_nobody_special_and_writes_where_compose_mounts_volumes():
    assert IMAGE.one("USER") == "1000:0"
    written = json.loads(IMAGE.one("VOLUME"))
    mounts = {mount.target for mount in load(BASE).app.mounts if not mount.read_only}
    assert set(written) == mounts
    for name, value in IMAGE.environment.items():
        if name != "PATH":
            assert any(value == folder or value.startswith(f"{folder}/") for folder in written), name


def test_packages_are_pinned_by_hash_and_no_index_is_named():
    installs = [rest for stage in STAGES for rest in stage.all("RUN") if re.search(r'"install"|pip install', rest)]
    assert len(installs) == 3
    for rest in installs:
        assert "--require-hashes" in rest or "--no-index" in rest
    assert not re.search(r"://|index-url|trusted-host", FILE.read_text())
    assert all(lock("build.txt").values())
    assert lock("build.txt").items() <= lock("dev.txt").items()


def test_the_health_check_needs_no_program_that_the_image_lacks():
    assert IMAGE.health_check[:2] == ["python", "-m"]
    assert "curl" not in FILE.read_text()


def test_what_it_is_built_from_is_enough_and_is_all_there(tmp_path):
    folder = tmp_path / "context"
    ignored = {line.rpartition("/")[2] for line in IGNORED.read_text().splitlines() if line[:1] not in "!*#"}
    for name in context():
        source, target = REPOSITORY / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns(*ignored))
        else:
            shutil.copyfile(source, target)
    for stage in STAGES:
        for rest in stage.all("COPY"):
            *sources, _ = rest.split()
            assert rest.startswith("--from=") or all((folder / source).exists() for source in sources), rest
    assert not (folder / "backend/cbir/pages").exists()  # they come from the stage that builds them
    (folder / "backend/cbir/pages").mkdir()
    (folder / "backend/cbir/pages/index.html").touch()
    (build,) = [json.loads(rest) for rest in STAGES[1].all("RUN") if '"wheel"' in rest]
    wheels = str(tmp_path / "wheels")
    command = [sys.executable, "-m", *(wheels if word == "/wheels" else word for word in build)]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    (wheel,) = (tmp_path / "wheels").iterdir()
    assert {"cbir/serving/gunicorn.conf.py", "cbir/pages/index.html"} <= set(zipfile.ZipFile(wheel).namelist())


def test_its_command_serves_and_its_health_check_says_so(place):
    """The paths of the image are folders here, and the port is one that is free; the rest is the image's."""
    folders = {name: str(place.folder / name.strip("/")) for name in ("/data", "/cache", "/photos")}

    def here(text):
        return next((text.replace(name, real, 1) for name, real in folders.items() if text.startswith(name)), text)

    variables = {name: here(value) for name, value in IMAGE.environment.items()}
    variables |= {"PATH": f"{sys.prefix}/bin", "CBIR_SERVER_PORT": str(place.port), "CBIR_OFFLINE": "1"}

    def check():
        return subprocess.run(IMAGE.health_check, env=variables, capture_output=True, text=True, check=False)

    assert check().returncode == 1
    program = Program([here(word) for word in IMAGE.command], env=variables, cwd="/")
    try:
        program.line("Stop")
        assert (check().returncode, check().stderr) == (0, "")
        everyone = program.descendants()
        program.signal(15)
        assert program.wait(20) == 0
        gone(everyone, limit_s=2)
        assert check().returncode == 1
    finally:
        program.close()
