"""Runs many trials of crash and recovery on a few worker servers."""

from __future__ import annotations

import copy
import json
import os
import queue
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from .plan import Step, plan
from .power_loss import Disk, Tree, write_tree
from .recording import Operation, Record, marks, read_log
from .worker import Job, Outcome

REPOSITORY = Path(__file__).parents[2]
SERVERS = 1 if "PYTEST_XDIST_WORKER" in os.environ else 2
WARNINGS = "error,ignore::DeprecationWarning:__main__"
"""Errors, but for a fork beside threads of a library, of which later Pythons warn."""


class Server:
    """A worker process that is asked one thing at a time."""

    def __init__(self, library: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.worker"],
            cwd=REPOSITORY,
            env=os.environ | {"LD_PRELOAD": str(library), "OPENBLAS_NUM_THREADS": "1", "PYTHONWARNINGS": WARNINGS},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def do(self, job: Job) -> Outcome:
        """Have a job done."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(asdict(job)) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the worker server has ended"
        return Outcome(**json.loads(answer))

    def close(self) -> None:
        self._process.communicate()


@dataclass(frozen=True, slots=True)
class Recording:
    """A whole run of a plan, uninterrupted."""

    seed: int
    steps: list[Step]
    records: list[Record]
    seconds: float

    def numbers(self, *kinds: str) -> list[int]:
        """Numbers (from 1) of the records made by steps of these kinds, their report included."""
        found, step = [], 0
        for number, record in enumerate(self.records[1:], start=2):
            if step < len(self.steps) and self.steps[step].kind in kinds:
                found.append(number)
            step += record.operation is Operation.MARK
        return found

    def reports(self, *kinds: str) -> list[int]:
        """Numbers of the records that report a step of these kinds as done."""
        return [number for number in self.numbers(*kinds) if self.records[number - 1].operation is Operation.MARK]

    def points(self, *kinds: str, count: int) -> list[int]:
        """``count`` numbers spread over these steps: half over all records, half over those that are no writes to
        the index, which is most of them.
        """
        numbers = self.numbers(*kinds)
        rare = [number for number in numbers if self.records[number - 1].operation is not Operation.WRITE]
        return sorted({*_spread(numbers, (count + 1) // 2), *_spread(rare, count // 2)})

    def before_syncs(self, count: int) -> list[int]:
        """``count`` numbers of records that are followed by a sync, half of them while the collection is created."""
        syncs = (Operation.SYNC, Operation.SYNC_FOLDER)
        found = [n for n, record in enumerate(self.records) if record.operation in syncs and n > 1]
        created = [n for n in found if n < self.reports("create")[0]]
        return sorted({*_spread(created, count // 2), *_spread(found, count // 2)})

    def spread(self, count: int) -> list[int]:
        """``count`` numbers spread over the whole run, after the first report."""
        return _spread(range(self.reports("create")[0], len(self.records)), count)


def _spread(numbers: Sequence[int], count: int) -> list[int]:
    return [numbers[(2 * i + 1) * len(numbers) // (2 * count)] for i in range(count)] if numbers else []


class Harness:
    """Trials, run side by side, each in a folder of its own."""

    def __init__(self, library: Path, folder: Path) -> None:
        self._folder = folder
        self._servers: queue.Queue[Server] = queue.Queue()
        for _ in range(SERVERS):
            self._servers.put(Server(library))
        self._names = iter(range(10**9))

    def close(self) -> None:
        for _ in range(SERVERS):
            self._servers.get().close()

    def do(self, job: Job) -> Outcome:
        """Have a job done by the next server that is free."""
        server = self._servers.get()
        try:
            return server.do(job)
        finally:
            self._servers.put(server)

    def record(self, seed: int) -> Recording:
        """Run a plan from its beginning to its end."""
        trial = Trial(self, seed, "recording")
        outcome = trial.run()
        assert not outcome.error, outcome.error
        records = trial.records
        assert marks(records)[-1] == str(len(plan(seed)) - 1)
        trial.discard()
        return Recording(seed, plan(seed), records, outcome.seconds)

    def new_folder(self) -> Path:
        folder = self._folder / str(next(self._names))
        folder.mkdir()
        return folder

    def all(self, trials: Iterable[Callable[[], list[str]]]) -> list[str]:
        """Run trials; all that was found wrong."""
        with ThreadPoolExecutor(SERVERS) as pool:
            futures = [pool.submit(trial) for trial in trials]
            return [problem for future in futures for problem in future.result()]

    def none(self, trials: Iterable[Callable[[], list[str]]]) -> None:
        """Run trials, in which nothing may be found wrong."""
        problems = self.all(trials)
        assert not problems, "\n".join(problems)


class Trial:
    """One plan in one folder, until it is killed, and what comes after.

    ``before`` is what the folder holds at first, left by a trial in which ``done`` steps were reported.
    """

    def __init__(self, harness: Harness, seed: int, name: str, *, before: Tree | None = None, done: int = 0) -> None:
        self.harness = harness
        self.seed = seed
        self.name = name
        self._done = done
        self._all = harness.new_folder()
        self.folder = self._all / "disk"
        self._log = self._all / "log"
        write_tree(before or {}, self.folder)
        self._disk = Disk(os.stat(self.folder).st_ino).load(self.folder)

    def run(self, **ending: float) -> Outcome:
        """Run the plan from the first step that was not reported; ``ending``: how `Job` says that it is killed."""
        job = Job("run", str(self.folder), self.seed, first=self.reported, log=str(self._log), **ending)
        return self.harness.do(job)

    @property
    def records(self) -> list[Record]:
        return read_log(self._log) if self._log.exists() else []

    @property
    def reported(self) -> int:
        """How many steps were reported as done."""
        return reported(self.records) or self._done

    def verify(self) -> list[str]:
        """What is wrong with what the kill left in the folder."""
        return self._verify(self.folder, self.reported, "")

    def disk(self) -> Disk:
        """The disk on which the folder is, as the log tells it."""
        return copy.deepcopy(self._disk).replay(self.records)

    def verify_tree(self, tree: Tree, steps: int, name: str) -> list[str]:
        """What is wrong with a state of the disk after so many reported steps."""
        folder = self.harness.new_folder()
        write_tree(tree, folder)
        problems = self._verify(folder, steps, name)
        shutil.rmtree(folder)
        return problems

    def discard(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self._all)

    def _verify(self, folder: Path, steps: int, name: str) -> list[str]:
        error = self.harness.do(Job("verify", str(folder), self.seed, first=steps)).error
        whole = plan(self.seed)
        kind = whole[steps].kind if steps < len(whole) else "end"
        return [f"plan {self.seed}, {self.name}{name}, during step {steps} ({kind}): {error}"] if error else []


def reported(records: list[Record]) -> int:
    """How many steps a log reports as done."""
    done = marks(records)
    return int(done[-1]) + 1 if done else 0
