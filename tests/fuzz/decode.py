"""Fuzzing of the decode path: mutated pictures, each to become a picture or an ImageError.

    python -m tests.fuzz.decode --count 100000 --seed 1 --keep FOLDER

Picture I of seed N is the same on every run. What is found is kept as FOLDER/KIND-FORMAT-N-I.bin, with a small
reproduction beside it (`.min`) and what was seen (`.txt`). The exit status is 1 where anything was found.
"""

import argparse
import collections
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

import numpy as np

from cbir.images.decode import DEFAULT_LIMITS, Limits
from tests.fuzz.minimal import minimal
from tests.fuzz.mutations import mutated
from tests.fuzz.seeds import seeds
from tests.fuzz.trial import FINDINGS, Outcome
from tests.fuzz.workers import Bounds, Task, try_all, try_one

SERVER_LIMITS = Limits(bytes=50 << 20, pixels=DEFAULT_LIMITS.pixels)
"""What the server's settings have as their defaults."""


@dataclass(frozen=True)
class Corpus:
    """Pictures by number, reproducible from the seed."""

    seed: int
    originals: tuple[tuple[str, str, bytes], ...]
    """Name, format and bytes of each whole picture."""

    @classmethod
    def of(cls, seed: int, formats: Sequence[str] = ()) -> "Corpus":
        found = ((name, family, data) for name, (family, data) in seeds().items())
        return cls(seed, tuple(entry for entry in found if not formats or entry[1] in formats))

    def __call__(self, number: int) -> bytes:
        """The mutated picture of this number."""
        _, family, original = self.original(number)
        rng = np.random.default_rng([self.seed, number])
        return mutated(family, original, self._of_format[family], rng)

    def original(self, number: int) -> tuple[str, str, bytes]:
        """The picture that is mutated: formats take turns, and so do the layouts of each."""
        formats = list(self._of_format)
        entries = [entry for entry in self.originals if entry[1] == formats[number % len(formats)]]
        return entries[number // len(formats) % len(entries)]

    @cached_property
    def _of_format(self) -> dict[str, list[bytes]]:
        found = collections.defaultdict(list)
        for _, family, data in self.originals:
            found[family].append(data)
        return dict(found)


@dataclass(slots=True)
class Tally:
    """What a run has seen."""

    counts: collections.Counter = field(default_factory=collections.Counter)
    """(format, kind of outcome) → pictures."""
    slowest: tuple[float, int] = (0.0, -1)
    largest: tuple[int, int] = (0, -1)
    """Seconds or bytes, and the picture's number."""
    resident: int = 0
    findings: list[tuple[int, Outcome]] = field(default_factory=list)

    def add(self, format: str, number: int, outcome: Outcome) -> None:
        self.counts[format, outcome.kind] += 1
        self.slowest = max(self.slowest, (outcome.seconds, number))
        self.largest = max(self.largest, (outcome.peak, number))
        self.resident = max(self.resident, outcome.resident)
        if outcome.kind in FINDINGS:
            self.findings.append((number, outcome))

    @property
    def total(self) -> int:
        return self.counts.total()


def run(corpus: Corpus, numbers: Sequence[int], bounds: Bounds, folder: Path, *, processes: int = 2) -> Tally:
    """Try these pictures, workers' files in ``folder``."""
    tally = Tally()
    for number, outcome in try_all(Task(corpus, bounds, folder), numbers, processes=processes):
        tally.add(corpus.original(number)[1], number, outcome)
        if outcome.kind in FINDINGS:
            sys.stderr.write(f"picture {number}: {outcome.kind}\n{outcome.detail}\n")
        if tally.total % 5000 == 0:
            sys.stderr.write(f"{tally.total:,} pictures, {len(tally.findings)} findings\n")
    return tally


def report(tally: Tally, corpus: Corpus) -> str:
    """Counts by format and outcome, the slowest picture and the one that took most memory."""
    kinds = sorted({kind for _, kind in tally.counts})
    formats = sorted({family for family, _ in tally.counts})
    lines = [f"{'':6}" + "".join(f"{kind:>12}" for kind in kinds)]
    lines += [f"{name:6}" + "".join(f"{tally.counts[name, kind]:12,}" for kind in kinds) for name in formats]
    totals = [sum(tally.counts[name, kind] for name in formats) for kind in kinds]
    lines.append(f"{'all':6}" + "".join(f"{total:12,}" for total in totals))
    (seconds, slow), (size, large) = tally.slowest, tally.largest
    lines.append(f"slowest step: {seconds:.2f} s of processor time, picture {slow} ({corpus.original(slow)[0]})")
    lines.append(f"most memory: {size / 2**20:,.0f} MiB, picture {large} ({corpus.original(large)[0]})")
    lines.append(f"highest resident memory of a worker: {tally.resident / 2**20:,.0f} MiB")
    return "\n".join(lines)


def keep(tally: Tally, corpus: Corpus, bounds: Bounds, folder: Path, work: Path) -> None:
    """Write each finding; of findings that look alike, the first alone is made small."""
    folder.mkdir(parents=True, exist_ok=True)
    seen = set()
    for number, outcome in tally.findings:
        name, family, _ = corpus.original(number)
        path = folder / f"{outcome.kind}-{family}-{corpus.seed}-{number}"
        data = corpus(number)
        path.with_suffix(".bin").write_bytes(data)
        again = try_one(data, bounds, work)
        text = f"{name}\n{outcome.kind}, alone: {again.kind} in {again.seconds:.2f} s\n{outcome.detail}\n"
        path.with_suffix(".txt").write_text(text)
        alike = (outcome.kind, family, outcome.detail[-200:])
        if again.kind == outcome.kind and alike not in seen:
            seen.add(alike)
            shows = partial(_shows, outcome.kind, bounds, work)
            path.with_suffix(".min").write_bytes(minimal(data, shows))


def _shows(kind: str, bounds: Bounds, folder: Path, data: bytes) -> bool:
    return try_one(data, bounds, folder).kind == kind


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000, help="how many pictures")
    parser.add_argument("--first", type=int, default=0, help="the first one's number")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--formats", default="", help="of these formats alone: HEIF,AVIF")
    parser.add_argument("--seconds", type=float, default=5, help="processor time; a longer step is a hang")
    parser.add_argument("--memory", type=int, default=1536, help="MiB; more is a finding")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-findings"), help="folder for what is found")
    given = parser.parse_args()
    corpus = Corpus.of(given.seed, [name for name in given.formats.split(",") if name])
    bounds = Bounds(SERVER_LIMITS, given.seconds, given.memory << 20)
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        numbers = range(given.first, given.first + given.count)
        tally = run(corpus, numbers, bounds, Path(folder), processes=given.processes)
        lines = [report(tally, corpus), f"{tally.total:,} pictures in {time.monotonic() - start:,.0f} s"]
        printed = "".join(path.read_text(errors="replace") for path in Path(folder).glob("*.printed"))
        if printed:
            lines.append(
                f"{len(printed.splitlines()):,} lines printed by decoders, such as: {printed.splitlines()[0]}"
            )
        if tally.findings:
            keep(tally, corpus, bounds, given.keep, Path(folder))
            lines.append(f"{len(tally.findings)} findings, in {given.keep}")
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if tally.findings else 0


if __name__ == "__main__":
    sys.exit(main())
