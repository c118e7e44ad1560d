"""The process of one job: all that it takes in memory goes back to the system when it ends."""

from __future__ import annotations

import os
import signal
import threading
import time

from cbir.collection import Library
from cbir.errors import CbirError, ConflictError, WriterBusyError
from cbir.jobs.base import Job, JobState
from cbir.jobs.kinds import JOB_KINDS, Work
from cbir.jobs.progress import Cancelled, JobProgress, Stopped
from cbir.jobs.store import FILE, JobStore
from cbir.settings import Settings
from cbir.uploads import Uploads

EXIT_STOPPED = 75
"""The job was interrupted and is to go on at another time (`EX_TEMPFAIL`)."""
PATIENCE_S = 60.0
"""So long a job waits for another process that is writing to its collection."""
RETRY_S = 0.5
ALONE_S = 20.0
"""So long a step may go on when the runner has ended; what is cut off then was not committed, and is done again."""


def run(job_id: str, settings: Settings) -> int:
    """Do a job that the runner has begun; the process's exit status.

    It stops when its standard input ends, which it does with the runner, and on SIGTERM.

    Raises:
        ConflictError: the job is not running.
        NotFoundError: there is no such job.
    """
    store = JobStore(settings.data_dir / FILE)
    job = store.get(job_id)
    if job.state is not JobState.RUNNING:
        raise ConflictError(f"The job {job_id} is {job.state.value}.", remedy="The job runner begins jobs.")
    stopping = _stop_signal()
    progress = JobProgress(store, job.id, stopping)
    progress.hide(str(folder) for folder in (settings.data_dir, settings.cache_dir, settings.weights_dir))
    try:
        result = _done(job, settings, progress)
        progress.go_on()
        progress.flush()
        store.finish(job.id, result)
    except Cancelled:
        store.cancelled(job.id)
    except Stopped:
        return EXIT_STOPPED
    except CbirError as error:
        progress.flush()
        store.fail(job.id, progress.shown(error.message), progress.shown(error.remedy))
    except OSError as error:
        progress.flush()
        where = f" ({os.fsdecode(error.filename)})" if error.filename else ""
        store.fail(job.id, progress.shown(f"{error.strerror or error}{where}."), "Check the disk, then resume it.")
    except MemoryError:
        store.fail(
            job.id, "There is not enough memory.", "Free some, or set a lower CBIR_BATCH_SIZE; then resume it."
        )
    return 0


def _done(job: Job, settings: Settings, progress: JobProgress) -> object:
    """The job's result; another process that is writing to the collection is waited for."""
    kind = JOB_KINDS.get(job.kind)
    library = Library(settings, announce=progress.say)
    work = Work(library, Uploads(settings), job.collection, kind.check(job.arguments), progress)
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return kind.run(work)
        except WriterBusyError:
            message = f"Another process is writing to the collection '{job.collection}'."
            if time.monotonic() > deadline:
                raise WriterBusyError(message, remedy="Wait until it has ended, then resume the job.") from None
            progress.wait(message)
            time.sleep(RETRY_S)


def _stop_signal() -> threading.Event:
    """Set when standard input ends, and on SIGTERM."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stopping.set())

    def watch() -> None:
        # a buffered read would hold a lock that the interpreter wants when it ends
        while os.read(0, 1):
            pass
        stopping.set()
        # a runner that lives ends us by itself; without one nobody else does
        time.sleep(ALONE_S)
        os._exit(EXIT_STOPPED)

    threading.Thread(target=watch, name="runner", daemon=True).start()
    return stopping
