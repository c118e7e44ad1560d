"""The job runner: begins jobs in order, one at a time on a collection, each in a process of its own."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from cbir.errors import NotFoundError, StorageError
from cbir.jobs.base import Job, JobState
from cbir.jobs.child import EXIT_STOPPED
from cbir.jobs.locks import at_work, only_runner
from cbir.jobs.store import FILE, JobStore

SLOTS = 2
"""Jobs at the same time, each on another collection."""
POLL_S = 0.2
GRACE_S = 10.0
"""So long jobs may take to stop by themselves when the runner stops."""
CLEANING_S = 3600.0
STOPPED = {EXIT_STOPPED, -signal.SIGTERM}
"""How the process of a job ends that was asked to, perhaps before it could listen."""
RESUME = "Resume the job; it goes on where it stopped."

log = logging.getLogger(__name__)


class Runner:
    """The runner of one data folder. Whoever else wants to be is refused."""

    def __init__(self, data_dir: Path, environment: Mapping[str, str]) -> None:
        """Prepare it.

        Args:
            data_dir: whose jobs it runs.
            environment: of the processes of jobs, which read their settings from it.
        """
        self.stopping = threading.Event()
        self._data_dir = data_dir
        self._environment = dict(environment)
        self._store = JobStore(data_dir / FILE)
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._cleaned_at = -CLEANING_S

    def run(self) -> None:
        """Run jobs until `stopping` is set; then stop those that run and put them back into the queue.

        Raises:
            WriterBusyError: another runner is at work on this data folder.
            StorageError: the data folder cannot be used.
        """
        with only_runner(self._data_dir), at_work(self._data_dir, self.stopping) as lock:
            if lock is None:
                return
            self._put_back_left_running()
            try:
                while not self.stopping.wait(POLL_S):
                    self._turn(lock)
            finally:
                self._stop_children()
                self._store.close()

    def _turn(self, lock: int) -> None:
        """One look at what ended and what waits. A full disk or the like is no reason to end."""
        try:
            self._settle_ended()
            while len(self._children) < SLOTS and (job := self._store.claim()):
                self._begin(job, lock)
            if time.monotonic() - self._cleaned_at > CLEANING_S:
                self._cleaned_at = time.monotonic()
                self._store.remove_ended()
        except (StorageError, OSError):
            log.exception("The jobs cannot go on for now")
            self.stopping.wait(1.0)

    def _put_back_left_running(self) -> None:
        """Queue again what a runner that died left running: none of its processes is alive."""
        while left := self._store.list(JobState.RUNNING):
            for job in left:
                log.info("job %s was interrupted and is queued again", job.id)
                self._store.put_back(job.id)

    def _begin(self, job: Job, lock: int) -> None:
        log.info("job %s (%s on '%s') begins", job.id, job.kind, job.collection)
        try:
            self._children[job.id] = subprocess.Popen(  # noqa: S603 — this program itself
                [sys.executable, "-m", "cbir.jobs", "--run", job.id],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                env=self._environment,
                pass_fds=(lock,),
                start_new_session=True,
            )
        except OSError:
            self._store.put_back(job.id)
            raise

    def _settle_ended(self) -> None:
        for job_id, child in list(self._children.items()):
            if child.poll() is not None:
                self._settle(job_id, child.returncode)
                del self._children[job_id]
                if child.stdin:
                    child.stdin.close()

    def _settle(self, job_id: str, status: int) -> None:
        """Note what became of a job whose process has ended."""
        with suppress(NotFoundError):
            job = self._store.get(job_id)
            if job.state is JobState.RUNNING:
                if self.stopping.is_set() or status in STOPPED or job.cancel_requested:
                    self._store.put_back(job_id)
                else:
                    self._store.fail(job_id, *_what_happened(status))
            log.info("job %s ended: %s", job_id, self._store.get(job_id).state.value)

    def _stop_children(self) -> None:
        """Ask the processes of jobs to stop, and end those that do not."""
        self.stopping.set()
        for child in self._children.values():
            if child.stdin:
                child.stdin.close()
        deadline = time.monotonic() + GRACE_S
        for child in self._children.values():
            try:
                child.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._settle_ended()


def _what_happened(status: int) -> tuple[str, str]:
    """Message and remedy for a process that ended before its job did."""
    if status == -signal.SIGKILL:
        remedy = "If memory ran out, free some or set a lower CBIR_BATCH_SIZE."
        return "The job's process was killed (SIGKILL).", f"{remedy} {RESUME}"
    how = f"by {signal.Signals(-status).name}" if status < 0 else f"with exit status {status}"
    return f"The job's process ended unexpectedly {how}.", f"The server's log says more. {RESUME}"
