"""The form of log lines of all processes of the server: one JSON object a line."""

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


def write_to(stream: IO[str], formatter: logging.Formatter | None = None, level: int = logging.INFO) -> None:
    """Let everything that this process logs go to ``stream`` alone, from ``level`` on."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter or JsonFormatter())
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
