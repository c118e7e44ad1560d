"""One form of log lines for all processes of a server, on stderr: time, level, process, who, what."""

from __future__ import annotations

import logging
import time

LINE = "%(asctime)s %(levelname)s [%(process)d] %(name)s: %(message)s"


def configure(level: int = logging.INFO) -> None:
    """Write the records of this process to stderr, in place of whatever was set up before."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)


def formatter() -> logging.Formatter:
    """What makes a line of a record; times are UTC, as ISO 8601 writes them."""
    made = logging.Formatter(LINE, "%Y-%m-%dT%H:%M:%S")
    made.default_msec_format = "%s.%03dZ"
    made.converter = time.gmtime
    return made
