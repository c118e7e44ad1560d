"""The whole program, killed at any moment: `cbir doctor` is content and a second `cbir index` completes the first."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
from PIL import Image

from cbir.engines.embedded.engine import EmbeddedEngine

from .harness import Harness
from .power_loss import Disk, Tree, write_tree
from .recording import read_log
from .worker import COLLECTIONS, Job, Outcome

PICTURES = 600
"""More than the program commits together, twice."""
POINTS = 14


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A folder of small pictures, two of them the same, and the ids of all."""
    folder = tmp_path_factory.mktemp("pictures")
    random = np.random.default_rng(5)
    for number in range(PICTURES):
        pixels = random.integers(0, 256, (12, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:03d}.png", compress_level=1)
    shutil.copy(folder / "000.png", folder / "same.png")
    return folder, {hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


class Case:
    """One data folder and commands on it."""

    def __init__(self, harness: Harness, pictures, before: Tree | None = None) -> None:
        self.harness = harness
        self.pictures, self.ids = pictures
        self._all = harness.new_folder()
        self.folder = self._all / "disk"
        self.log = self._all / "log"
        write_tree(before or {}, self.folder)

    def index(self, **recording) -> Outcome:
        return self.cbir("index", str(self.pictures), "--extractors", "hist-basic", "--json", **recording)

    def cbir(self, *arguments: str, **recording) -> Outcome:
        log = str(self.log) if recording else ""
        return self.harness.do(Job("cbir", str(self.folder), arguments=arguments, log=log, **recording))

    def problems(self, name: str) -> list[str]:
        """What is wrong with what a crash left, and with what a second run makes of it."""
        found = self._doctor()
        held = self._held()
        outcome = self.index()
        if outcome.error or outcome.status:
            return [f"{name}: {problem}" for problem in (*found, f"index again: {outcome.error}{outcome.output}")]
        report = json.loads(outcome.output)
        if (report["added"] + len(held), report["failed"]) != (PICTURES, []):
            found.append(f"{len(held)} images were there, and then: {outcome.output}")
        found += self._doctor()
        after = self._held()
        if len(after) != PICTURES or set(after) != self.ids:
            found.append(f"{len(after)} images in the end, {len(self.ids - set(after))} lost")
        if not found:
            shutil.rmtree(self._all)
        return [f"{name}: {problem}" for problem in found]

    def _doctor(self) -> list[str]:
        outcome = self.cbir("doctor")
        return [f"doctor: {outcome.error}{outcome.output}"] if outcome.error or outcome.status else []

    def _held(self) -> list[str]:
        engine = EmbeddedEngine(self.folder / COLLECTIONS)
        if "default" not in engine.collections():
            return []
        with engine.open("default") as collection:
            return [record.id for record in collection.page(0, 10 * PICTURES)]


@pytest.fixture(scope="module")
def records(harness, pictures):
    """An uninterrupted `cbir index`, as it was recorded."""
    case = Case(harness, pictures)
    assert case.index(fatal=10**9).status == 0
    return read_log(case.log)


def spread(first: int, last: int, count: int) -> list[int]:
    return [int(number) for number in np.linspace(first, last, count)]


def test_a_killed_index_is_completed_by_the_next(harness, pictures, records):
    def trial(fatal: int, *, torn: bool) -> list[str]:
        case = Case(harness, pictures)
        outcome = case.index(fatal=fatal, torn=torn)
        missed = [] if outcome.killed else [f"record {fatal} was not reached: {outcome.error}{outcome.output}"]
        return missed + case.problems(f"killed at record {fatal}")

    harness.none(partial(trial, fatal, torn=fatal % 2 == 0) for fatal in spread(2, len(records) - 50, POINTS))


def test_an_index_ended_by_a_power_cut_is_completed_by_the_next(harness, pictures, records):
    def trial(cut: int) -> list[str]:
        lost = Disk(records[0].file).replay(records[:cut]).after_power_loss(cut)
        return Case(harness, pictures, lost).problems(f"power cut at record {cut}")

    harness.none(partial(trial, cut) for cut in spread(2, len(records), POINTS))


def test_what_index_and_remove_reported_is_durable(harness, pictures, records):
    """A power cut right after the command's end: nothing is to be done again, nothing removed comes back."""
    case = Case(harness, pictures, Disk(records[0].file).replay(records).durable())
    again = case.index()
    assert json.loads(again.output)["added"] == 0
    disk = Disk(os.stat(case.folder).st_ino).load(case.folder)
    removed = case.cbir("remove", str(case.pictures / "001.png"), "--json", fatal=10**9)
    assert json.loads(removed.output)["images"] == 1
    after = Case(harness, pictures, disk.replay(read_log(case.log)).durable())
    assert json.loads(after.index().output)["added"] == 1


def test_a_killed_process_of_the_program_is_completed_by_the_next(pictures, tmp_path):
    """The real thing, without recorder or forks: `cbir` itself, killed after a while, until one run gets through."""
    folder, ids = pictures
    command = [sys.executable, "-c", "from cbir.cli.main import run; run()"]
    environment = os.environ | {"CBIR_DATA_DIR": str(tmp_path / "data")}

    def cbir(*arguments: str, timeout: float | None = None):
        return subprocess.run(
            [*command, *arguments], env=environment, capture_output=True, text=True, check=True, timeout=timeout
        )

    for attempt in range(60):
        try:
            done = cbir("index", str(folder), "--extractors", "hist-basic", "--json", timeout=0.1 + 0.15 * attempt)
        except subprocess.TimeoutExpired:
            continue
        break
    assert attempt > 0
    report = json.loads(done.stdout)
    assert report["failed"] == []
    cbir("doctor")
    with EmbeddedEngine(tmp_path / "data" / "collections").open("default") as collection:
        held = [record.id for record in collection.page(0, 10 * PICTURES)]
    assert len(held) == PICTURES
    assert set(held) == ids
