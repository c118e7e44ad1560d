"""`python -m cbir.jobs`: the job runner of a data folder; with `--run ID` the process of one job.

Settings come from the environment (`CBIR_DATA_DIR`, …), as everywhere.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys

from cbir import logs
from cbir.errors import CbirError
from cbir.settings import Settings, read_settings


def main() -> int:
    """Run it; the exit status: 0, or 1 with a line that says why."""
    parser = argparse.ArgumentParser(prog="python -m cbir.jobs", description="Runs the jobs of a data folder.")
    parser.add_argument("--run", metavar="ID", help="do this one job, which the runner has begun")
    job_id = parser.parse_args().run
    logs.write_to(sys.stderr)
    try:
        settings = read_settings(environment=os.environ)
        return _run_all(settings) if job_id is None else _run_one(job_id, settings)
    except CbirError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1


def _run_one(job_id: str, settings: Settings) -> int:
    from cbir.jobs.child import run

    return run(job_id, settings)


def _run_all(settings: Settings) -> int:
    from cbir.jobs.runner import Runner

    runner = Runner(settings.data_dir, os.environ)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: runner.stopping.set())
    runner.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
