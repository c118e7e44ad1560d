"""A server that forks a process for each job, with the engine imported and the recorder preloaded once.

`python -m tests.faults.worker` reads a job a line and answers each with an outcome, both JSON. The parent ends it by
closing its input. A job is killed by its own doing (at a record of the log), or by this server after a time.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import select
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cbir.cli import main as program
from cbir.engines.embedded import compaction, segments
from cbir.engines.embedded.engine import EmbeddedEngine

from .plan import Runner, plan, states
from .recording import Recorder
from .verification import complete, verify

COLLECTIONS = Path("data", "collections")
"""Where the engine's folder is, below the recorded folder; the engine makes both parts."""
ROWS_PER_SEGMENT = 16
"""So that a plan fills and compacts many segments."""
ROWS_MOVED_AT_ONCE = 7


@dataclass(frozen=True, slots=True)
class Job:
    """What one process does.

    `run` goes through the plan from ``first`` on, recorded in ``log``, and reports each step that returned there;
    `verify` checks what a crash left and completes the plan; `cbir` runs a command of the program, recorded if
    there is a ``log``.
    """

    task: str
    folder: str
    seed: int = 0
    arguments: Sequence[str] = ()
    """`cbir`: the command."""
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
    status: int = 0
    """`cbir`: the exit code."""
    output: str = ""
    """`cbir`: what it printed."""


def run(job: Job) -> dict[str, Any]:
    """Do the steps of the plan."""
    recorder = _recorder(job)
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
    return {}


def check(job: Job) -> dict[str, Any]:
    """Check what is there, and that the plan can be completed."""
    steps = plan(job.seed)
    verify(EmbeddedEngine(Path(job.folder) / COLLECTIONS), steps, states(steps), job.first)
    return {}


def cbir(job: Job) -> dict[str, Any]:
    """Run a command of the program, with its data where the plan has them."""
    if job.log:
        _recorder(job)
    sys.stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    sys.stderr = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    status: Any = 0
    try:
        program.run(list(job.arguments), {"CBIR_DATA_DIR": str(Path(job.folder) / COLLECTIONS.parent)})
    except SystemExit as ending:
        status = ending.code or 0
    printed = [stream.buffer.getvalue().decode() for stream in (sys.stdout, sys.stderr)]
    return {"status": status, "output": printed[0] if status == 0 else "".join(printed)}


def _recorder(job: Job) -> Recorder:
    recorder = Recorder()
    recorder.start(Path(job.folder), Path(job.log), fatal=job.fatal, torn=job.torn)
    return recorder


TASKS = {"run": run, "verify": check, "cbir": cbir}


def serve() -> None:
    """Answer jobs until the input ends."""
    segments.ROWS_PER_SEGMENT = ROWS_PER_SEGMENT
    compaction.ROWS_AT_ONCE = ROWS_MOVED_AT_ONCE
    _load()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(asdict(_do(Job(**json.loads(line))))) + "\n")
        sys.stdout.flush()


def _load() -> None:
    """Have everything that a job uses imported and compiled before the first fork."""
    with tempfile.TemporaryDirectory() as folder:
        complete(EmbeddedEngine(Path(folder)), plan(0)[:3], states(plan(0)[:3]), 0)
    for module in ("cbir.ingest.indexing", "cbir.ingest.opening", "cbir.extractors.hsv", "cbir.doctor"):
        importlib.import_module(module)


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
    if not answer and not killed and status != 0:
        answer = {"error": f"it ended with {signal.Signals(-status).name if status < 0 else status}"}
    return Outcome(killed, time.monotonic() - started, **answer)


def _child(job: Job, writer: int) -> None:
    """Never returns: the parent's clean-up is not this process's business."""
    with contextlib.suppress(PermissionError):
        os.setsid()
    try:
        answer = TASKS[job.task](job)
    except BaseException:  # noqa: BLE001 - whatever it is, the parent is told
        answer = {"error": traceback.format_exc()}
    os.write(writer, json.dumps(answer).encode())
    os._exit(0)


if __name__ == "__main__":
    serve()
