"""Pictures tried in processes of their own, bounded in memory and watched: a crash or a hang ends only the worker."""

import faulthandler
import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator, MutableSequence, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path

from cbir.images.decode import Limits
from tests.fuzz.trial import CRASH, FINDINGS, HANG, MEMORY, Outcome, attempt

Source = Callable[[int], bytes]
"""The picture of a number; carried to the worker, so it has to be picklable."""

POLL_S = 0.25
RLIMIT_BYTES = 6 << 30
"""Address space that a worker may have beyond what it starts with."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one picture may cost."""

    limits: Limits
    seconds: float = 5.0
    """Processor time that a step may take, which other programs on the machine do not change."""
    patience: float = 30.0
    """Time by the clock that it may take, for one that waits without computing."""
    memory: int = 1536 << 20
    """Bytes of resident memory, beyond the process's own."""


@dataclass(slots=True)
class _Worker:
    """One process and the share of the numbers that it still has to try."""

    todo: Sequence[int]
    process: multiprocessing.process.BaseProcess
    results: Connection
    now: Sequence[float]
    """Shared: the position in ``todo``, and the processor's and the clock's time when the step was begun."""
    done: int = 0
    ended: bool = field(default=False)


@dataclass(frozen=True, slots=True)
class Task:
    """What workers are to do."""

    source: Source
    """Makes a picture's bytes from its number, the same ones each time."""
    bounds: Bounds
    """More than these is a finding."""
    folder: Path
    """Where workers write what they print and, when they crash, where they were."""
    trial: Callable[[bytes, Limits, Callable[[], None]], Outcome] = attempt


def try_all(task: Task, numbers: Sequence[int], *, processes: int = 2) -> Iterator[tuple[int, Outcome]]:
    """The outcome of every number's picture, as they come in from so many workers side by side."""
    shares = [numbers[part::processes] for part in range(processes)]
    workers = [_start(task, share) for share in shares if share]
    try:
        while workers:
            wait([worker.results for worker in workers], timeout=POLL_S)
            following = []
            for worker in workers:
                yield from _received(worker, task.bounds)
                ended = _ended(worker, task)
                if ended is None:
                    following.append(worker)
                    continue
                yield from ended
                rest = worker.todo[worker.done + len(ended) :]
                if rest:
                    following.append(_start(task, rest))
            workers = following
    finally:
        for worker in workers:
            worker.process.kill()
            worker.process.join()


def try_one(data: bytes, bounds: Bounds, folder: Path) -> Outcome:
    """The outcome of one picture, in a process of its own."""
    ((_, outcome),) = try_all(Task(_Same(data), bounds, folder), [0], processes=1)
    return outcome


@dataclass(frozen=True, slots=True)
class _Same:
    data: bytes

    def __call__(self, number: int) -> bytes:
        return self.data


def _start(task: Task, todo: Sequence[int]) -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    now = context.RawArray("d", [-1, 0, 0])
    process = context.Process(target=_work, args=(task, todo, theirs, now), daemon=True)
    process.start()
    theirs.close()
    return _Worker(todo, process, ours, now)


def _received(worker: _Worker, bounds: Bounds) -> Iterator[tuple[int, Outcome]]:
    """What the worker has sent since; a picture over the bound of memory is a finding."""
    while True:
        try:
            if not worker.results.poll():
                return
            outcome = worker.results.recv()
        except EOFError:
            worker.ended = True
            return
        number = worker.todo[worker.done]
        worker.done += 1
        if outcome.peak > bounds.memory and outcome.kind not in FINDINGS:
            outcome = replace(outcome, kind=MEMORY, detail=f"{outcome.peak >> 20} MiB")
        if outcome.seconds > bounds.seconds and outcome.kind not in FINDINGS:
            outcome = replace(outcome, kind=HANG, detail=f"{outcome.seconds:.1f} s")
        yield number, outcome


def _ended(worker: _Worker, task: Task) -> list[tuple[int, Outcome]] | None:
    """None while the worker works; the finding, if it is one, where it has ended or had to be ended."""
    if worker.ended:
        worker.process.join()
        if worker.done == len(worker.todo):
            return []
        code = worker.process.exitcode or 0
        name = signal.Signals(-code).name if code < 0 else f"exit status {code}"
        where = (task.folder / f"{worker.process.pid}.trace").read_text() if code < 0 else ""
        return [(worker.todo[worker.done], Outcome(CRASH, f"{name}\n{where}"))]
    took = _too_long(worker, task.bounds)
    if took and not worker.results.poll():
        worker.process.kill()
        worker.process.join()
        return [(worker.todo[worker.done], Outcome(HANG, took, task.bounds.seconds))]
    return None


def _too_long(worker: _Worker, bounds: Bounds) -> str:
    """How long the step has been taking, where that is beyond the bounds; else empty."""
    position, used, begun = worker.now
    if position != worker.done:
        return ""
    waited, computed = time.monotonic() - begun, _processor_time(worker.process.pid) - used
    over = computed > bounds.seconds or waited > bounds.patience
    return f"over {computed:.1f} s of processor time, {waited:.1f} s by the clock" if over else ""


def _processor_time(pid: int | None) -> float:
    """Seconds that a process has computed (proc(5): user and system time, in ticks); 0 where it has ended."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _work(task: Task, todo: Sequence[int], results: Connection, now: MutableSequence[float]) -> None:
    """A worker's life."""
    own = f"{task.folder}/{os.getpid()}"
    printed = os.open(f"{own}.printed", os.O_CREAT | os.O_WRONLY)
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    resource.setrlimit(resource.RLIMIT_AS, (_address_space() + RLIMIT_BYTES,) * 2)
    with open(f"{own}.trace", "w") as trace:
        faulthandler.enable(trace)
        for position, number in enumerate(todo):
            data = task.source(number)

            def begin(position: int = position) -> None:
                now[:] = [position, time.process_time(), time.monotonic()]

            begin()
            results.send(task.trial(data, task.bounds.limits, begin))
    results.close()


def _address_space() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * resource.getpagesize()
