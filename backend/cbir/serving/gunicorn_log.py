"""gunicorn's own log lines in the form of all others."""

from __future__ import annotations

import sys
from typing import Any

from gunicorn.glogging import Logger

from cbir.logs import formatter_for


class Log(Logger):  # type: ignore[misc] # gunicorn has no types
    """gunicorn's logger, but for the form of its lines."""

    def setup(self, cfg: Any) -> None:
        """Called when the configuration is read."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(formatter_for(sys.stderr))

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """A client that has stalled (see `worker`) is not worth a traceback."""
        if isinstance(sys.exc_info()[1], BlockingIOError):
            self.info("a client stalled")
        else:
            super().exception(msg, *args, **kwargs)
