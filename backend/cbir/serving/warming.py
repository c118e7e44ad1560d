"""`python -m cbir.serving.warming`: compile what searches need before somebody waits for it.

Where the server was set up with `make setup` that is done already, and takes a second. In a new container it takes
some, and its cache is kept in a volume.
"""

from __future__ import annotations

import logging
import os
import time

from cbir import kernels

LOG = logging.getLogger("cbir.serving")
NICENESS = 10
"""Those who search meanwhile come first."""


def main() -> None:
    """Do it, and end."""
    os.nice(NICENESS)
    started = time.perf_counter()
    kernels.warm()
    LOG.info("the metrics' kernels are ready after %.1f s", time.perf_counter() - started)


if __name__ == "__main__":
    main()
