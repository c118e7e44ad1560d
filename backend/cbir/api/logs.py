"""What the server writes: one JSON object a line, and in each line of a request its id."""

from __future__ import annotations

import logging
import re
import secrets
import time
from typing import IO, Any

from flask import Flask, Response, g, has_request_context, request

from cbir import logs
from cbir.errors import CbirError

ACCESS = logging.getLogger("cbir.access")
HEADER = "X-Request-Id"
_GIVEN = re.compile(r"[A-Za-z0-9_-]{8,64}")
"""Ids that are taken over from a caller: nothing that could stand for something else in a log."""


class JsonFormatter(logs.JsonFormatter):
    """A record as a JSON object on one line, with the id of the request that is answered."""

    def more(self) -> dict[str, Any]:
        """See `cbir.logs.JsonFormatter.more`."""
        return {"request_id": g.request_id} if has_request_context() and "request_id" in g else {}


def write_to(stream: IO[str], level: int = logging.INFO) -> None:
    """Let everything that this process logs go to ``stream``, from ``level`` on."""
    logs.write_to(stream, None if stream.isatty() else JsonFormatter(), level)


def init_app(app: Flask) -> None:
    """Number the requests, and write a line about each when it is answered. Comes before everything else."""
    app.before_request(_begin)
    app.after_request(_end)


def seconds() -> float:
    """Since the current request came."""
    return time.perf_counter() - float(g.started)


def route() -> str:
    """The pattern of the current request's address. The address itself can hold a query's token, which is secret."""
    return request.url_rule.rule if request.url_rule else "unknown"


def _begin() -> None:
    given = request.headers.get(HEADER, "")
    g.request_id = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
    g.started = time.perf_counter()


def _end(response: Response) -> Response:
    response.headers[HEADER] = g.request_id
    ACCESS.info(
        "%s %s %d",
        request.method,
        route(),
        response.status_code,
        extra={
            logs.EXTRA: {
                "method": request.method,
                "route": route(),
                "status": response.status_code,
                "ms": round(1000 * seconds(), 1),
                "bytes": response.content_length,
                "address": request.remote_addr,
                "caller": _caller(),
                "steps_ms": {name: round(ms, 1) for name, ms in g.get("steps", {}).items()},
            }
        },
    )
    return response


def _caller() -> str:
    """The name of the key, where one was asked for."""
    from cbir.api.security.access import caller

    try:
        return caller().key
    except CbirError:
        return ""
