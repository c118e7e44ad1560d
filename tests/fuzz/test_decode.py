"""Mutated pictures become pictures or ImageErrors, and the harness that says so sees what it is there to see."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cbir.errors import ImageError
from cbir.images.decode import Limits
from tests.fuzz import trial
from tests.fuzz.decode import Corpus, run
from tests.fuzz.minimal import minimal
from tests.fuzz.seeds import MAKERS, seeds
from tests.fuzz.trial import CRASH, DECODED, EXCEPTION, FINDINGS, HANG, MEMORY, REFUSED, WRONG, Outcome, attempt
from tests.fuzz.workers import Bounds, Task, try_all

ROOT = Path(__file__).parents[2]
SMALL = Bounds(Limits(bytes=1 << 22, pixels=1 << 22), seconds=5, memory=256 << 20)


def test_three_thousand_mutated_pictures(tmp_path):
    """A deterministic sample of what `python -m tests.fuzz.decode` runs a hundred thousand of."""
    tally = run(Corpus.of(seed=5), range(3000), SMALL, tmp_path)
    assert [(number, outcome.kind, outcome.detail) for number, outcome in tally.findings] == []
    assert tally.total == 3000
    assert all(tally.counts[family, kind] > 10 for family in MAKERS for kind in (DECODED, REFUSED))


def test_every_whole_picture_decodes():
    kinds = {name: attempt(data, SMALL.limits) for name, (_, data) in seeds().items()}
    assert {name: outcome for name, outcome in kinds.items() if outcome.kind != DECODED} == {}


def test_the_same_number_is_the_same_picture_and_another_seed_another():
    ours, again, other = Corpus.of(1), Corpus.of(1), Corpus.of(2)
    assert [ours(number) for number in range(40)] == [again(number) for number in range(40)]
    assert sum(ours(number) != other(number) for number in range(40)) > 30


# The harness ----------------------------------------------------------------------------------------------------


def behave(data, limits, begin):
    """Stands in for decoding: does what the picture says."""
    match data:
        case b"crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case b"exit":
            os._exit(3)
        case b"hang":
            time.sleep(60)
        case b"spin":
            while True:
                pass
    return Outcome(DECODED, peak=1 << 30 if data == b"large" else 0)


class Scripted:
    """Pictures in this order."""

    def __init__(self, *pictures):
        self.pictures = pictures

    def __call__(self, number):
        return self.pictures[number]


def outcomes(tmp_path, *pictures, processes=1):
    bounds = Bounds(SMALL.limits, seconds=0.5, patience=5, memory=256 << 20)
    task = Task(Scripted(*pictures), bounds, tmp_path, behave)
    return dict(try_all(task, range(len(pictures)), processes=processes))


def test_crashes_hangs_and_memory_are_findings_and_the_pictures_behind_them_are_still_tried(tmp_path):
    found = outcomes(tmp_path, b"fine", b"crash", b"fine", b"hang", b"large", b"spin", b"exit", b"fine")
    known = [DECODED, CRASH, DECODED, HANG, MEMORY, HANG, CRASH, DECODED]
    assert [found[number].kind for number in range(8)] == known
    assert "SIGSEGV" in found[1].detail
    assert "behave" in found[1].detail
    assert "exit status 3" in found[6].detail


def test_a_finding_at_the_very_end_is_not_lost(tmp_path):
    found = outcomes(tmp_path, b"fine", b"fine", b"crash", b"hang", processes=2)
    assert [found[number].kind for number in range(4)] == [DECODED, DECODED, CRASH, HANG]


def test_another_exception_is_a_finding(monkeypatch):
    monkeypatch.setattr(trial, "decode", lambda data, limits: {}["no such key"])
    outcome = attempt(b"", SMALL.limits)
    assert outcome.kind == EXCEPTION
    assert "no such key" in outcome.detail


def test_a_refusal_without_a_remedy_is_a_finding(monkeypatch):
    def refuse(data, limits):
        raise ImageError("Something is wrong.")

    monkeypatch.setattr(trial, "decode", refuse)
    assert attempt(b"", SMALL.limits).kind == WRONG


def test_more_pixels_than_allowed_are_a_finding(monkeypatch):
    _, data = seeds()["png rgb"]
    decode = trial.decode
    monkeypatch.setattr(trial, "decode", lambda data, limits: decode(data))
    assert attempt(data, Limits(pixels=10)).kind == WRONG


def test_metadata_that_are_left_are_a_finding(monkeypatch):
    monkeypatch.setattr(trial, "strip", lambda data: data)
    _, data = seeds()["jpeg exif alone"]
    outcome = attempt(data, SMALL.limits)
    assert outcome.kind == WRONG
    assert "a boat" in outcome.detail


MEASURED = """
from tests.fuzz import trial
from cbir.errors import ImageError
from cbir.images.files import Limits

def refuse(data, limits):
    assert bytearray(64 << 20).count(1) == 0
    raise ImageError("No.", remedy="None.")

trial.decode = refuse
print(trial.attempt(b"", Limits()).peak)
"""


def test_memory_is_measured():
    """In a process of its own: one that has held more before may take it from there."""
    done = subprocess.run([sys.executable, "-c", MEASURED], capture_output=True, text=True, check=True, cwd=ROOT)
    assert int(done.stdout) >= 60 << 20


@pytest.mark.parametrize(("data", "core"), [(b"..AB...........", b"AB"), (bytes(100) + b"A", b"A")])
def test_a_reproduction_is_made_small(data, core):
    assert minimal(data, lambda part: core in part) == core


def test_every_finding_is_kept_apart_from_good_outcomes():
    assert not {DECODED, REFUSED} & set(FINDINGS)
