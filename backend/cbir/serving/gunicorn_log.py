"""gunicorn's own log lines in the form of all others."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger

from cbir.serving.logs import JsonFormatter


class Log(Logger):  # type: ignore[misc] # gunicorn has no types
    """gunicorn's logger, but for the form of its lines."""

    def setup(self, cfg: Any) -> None:
        """Called when the configuration is read."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonFormatter())
