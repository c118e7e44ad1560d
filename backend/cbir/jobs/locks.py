"""Locks of the job runner, which the system drops with those who hold them."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from cbir.disk import errors
from cbir.disk.lock import FileLock

RUN = "run"
RUNNER_LOCK = "jobs.lock"
WORK_LOCK = "jobs-at-work.lock"
WAIT_S = 0.2
log = logging.getLogger(__name__)
_REMEDIES = errors.Remedies(
    "Free some space.", "Make the folder writable, or choose another with CBIR_DATA_DIR.", "Check the folder."
)


def run_folder(data_dir: Path) -> Path:
    """The folder of what lives as long as the server, which only its owner may enter; made where it is missing."""
    folder = data_dir / RUN
    with errors.writing(folder, _REMEDIES):
        data_dir.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


@contextlib.contextmanager
def only_runner(data_dir: Path) -> Iterator[None]:
    """Be the only runner of a data folder.

    Raises:
        WriterBusyError: there is one already.
    """
    lock = FileLock(run_folder(data_dir) / RUNNER_LOCK, f"the jobs of {data_dir}", _REMEDIES)
    try:
        yield
    finally:
        lock.close()


@contextlib.contextmanager
def at_work(data_dir: Path, stopping: threading.Event) -> Iterator[int | None]:
    """The descriptor of a lock that the processes of jobs inherit, so that it is held while one of them lives.

    Waits until no process of an earlier runner is left; None where it was stopped before that.
    """
    path = run_folder(data_dir) / WORK_LOCK
    with errors.writing(path, _REMEDIES):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor if _locked(descriptor, stopping) else None
    finally:
        os.close(descriptor)


def _locked(descriptor: int, stopping: threading.Event) -> bool:
    told = False
    while not stopping.is_set():
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not told:
                log.info("waiting for a job that an earlier runner began")
            told = True
            stopping.wait(WAIT_S)
        else:
            return True
    return False
