"""The form of log lines of all processes of the server: one JSON object a line, or words where a person looks on."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import IO, Any

EXTRA = "cbir"
"""The attribute of a log record with further fields."""
QUIET = ("elastic_transport",)
"""Libraries that tell of every request, and of each attempt while a server is away: only their errors are kept."""


class JsonFormatter(logging.Formatter):
    """A record as a JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter.format`."""
        fields: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        fields |= self.more() | getattr(record, EXTRA, {})
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields, default=str)

    def more(self) -> dict[str, Any]:
        """Fields of what the process is doing at the moment."""
        return {}


class TerminalFormatter(logging.Formatter):
    """A record as a person reads it: the time, what was, and how long it took."""

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter.format`."""
        more = getattr(record, EXTRA, {})
        level = "" if record.levelno == logging.INFO else f"{record.levelname.capitalize()}: "
        took = f" in {more['ms']:g} ms" if "ms" in more else ""
        text = f"{datetime.fromtimestamp(record.created).astimezone():%H:%M:%S}  {level}{record.getMessage()}{took}"
        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text


def formatter_for(stream: IO[str]) -> logging.Formatter:
    """Words for a terminal, JSON for whatever collects logs."""
    return TerminalFormatter() if stream.isatty() else JsonFormatter()


def write_to(stream: IO[str], formatter: logging.Formatter | None = None, level: int = logging.INFO) -> None:
    """Let everything that this process logs go to ``stream`` alone, from ``level`` on."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter or formatter_for(stream))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
