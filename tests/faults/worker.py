"""A server that forks a process for each job, with the engine imported and the recorder preloaded once.

`python -m tests.faults.worker` reads a job a line and answers each with an outcome, both JSON. The parent ends it by
closing its input. A job is killed by its own doing (at a record of the log), or by this server after a time.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import tempfile
import time
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path

from cbir.engines.embedded.engine import EmbeddedEngine

from .plan import Runner, plan, states
from .recording import Recorder
from .verification import complete, verify

COLLECTIONS = Path("data", "collections")
"""Where the engine's folder is, below the recorded folder; the engine makes both parts."""


@dataclass(frozen=True, slots=True)
class Job:
    """What one process does.

    `run` goes through the plan from ``first`` on, recorded in ``log``, and reports each step that returned there;
    `verify` checks what a crash left and completes the plan.
    """

    task: str
    folder: str
    seed: int
    first: int = 0
    """Steps that were reported before."""
    log: str = ""
    fatal: int = 0
    """Number of the record at which the process is killed; 0: none."""
    torn: bool = False
    kill_after: float = 0.0
    """Seconds after which the process is killed; 0: never."""
    reports: int = 0
    """How many reports it makes before it is killed; 0: all."""
    hasty: bool = False
    """Report each step before it is done: a fault, for the harness to find."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended."""

    killed: bool
    seconds: float
    error: str = ""
    took_effect: int = 0
    """`verify`: whether the step in flight had its effect."""


def run(job: Job) -> int:
    """Do the steps of the plan."""
    recorder = Recorder()
    recorder.start(Path(job.folder), Path(job.log), fatal=job.fatal, torn=job.torn)
    runner = Runner(EmbeddedEngine(Path(job.folder) / COLLECTIONS))
    for number, step in enumerate(plan(job.seed)[job.first :], start=job.first):
        if job.hasty:
            recorder.mark(str(number))
        runner.run(step)
        if not job.hasty:
            recorder.mark(str(number))
        if number + 1 == job.first + job.reports:
            os.kill(os.getpid(), signal.SIGKILL)
    runner.close()
    return 0


def check(job: Job) -> int:
    """Check what is there, and that the plan can be completed."""
    steps = plan(job.seed)
    return verify(EmbeddedEngine(Path(job.folder) / COLLECTIONS), steps, states(steps), job.first)


TASKS = {"run": run, "verify": check}


def serve() -> None:
    """Answer jobs until the input ends."""
    _load()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(asdict(_do(Job(**json.loads(line))))) + "\n")
        sys.stdout.flush()


def _load() -> None:
    """Have everything that a job uses imported and compiled before the first fork."""
    with tempfile.TemporaryDirectory() as folder:
        complete(EmbeddedEngine(Path(folder)), plan(0)[:3], states(plan(0)[:3]), 0)


def _do(job: Job) -> Outcome:
    reader, writer = os.pipe()
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _child(job, writer)
    os.close(writer)
    process = os.pidfd_open(child)
    try:
        if job.kill_after and not select.select([process], [], [], job.kill_after)[0]:
            signal.pidfd_send_signal(process, signal.SIGKILL)
        with os.fdopen(reader, "rb") as answers:
            answer = json.loads(answers.read() or "{}")
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    finally:
        os.close(process)
    killed = status == -signal.SIGKILL
    error = answer.get("error", "")
    if not error and not killed and status != 0:
        error = f"it ended with {signal.Signals(-status).name if status < 0 else status}"
    return Outcome(killed, time.monotonic() - started, error, answer.get("took_effect", 0))


def _child(job: Job, writer: int) -> None:
    """Never returns: the parent's clean-up is not this process's business."""
    with contextlib.suppress(PermissionError):
        os.setsid()
    try:
        answer = {"took_effect": TASKS[job.task](job)}
    except BaseException:  # noqa: BLE001 - whatever it is, the parent is told
        answer = {"error": traceback.format_exc()}
    os.write(writer, json.dumps(answer).encode())
    os._exit(0)


if __name__ == "__main__":
    serve()
