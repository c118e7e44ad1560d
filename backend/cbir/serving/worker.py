"""The web server's worker: gunicorn's threads, tied to the supervisor, whose refusals are problem documents."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
import socket
import struct
from http import HTTPStatus
from typing import Any

from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

from cbir.serving.environment import LIFELINE
from cbir.serving.lifeline import end_group, is_cut

LOG = logging.getLogger("cbir.serving")
STALLED_S = 30
"""Seconds after which a client that neither sends nor takes a byte loses its connection, and its thread is free."""
_OURS = (errors.InvalidResponseHeader, errors.InvalidResponseHeaderName)
"""What gunicorn takes for a wrong request, but the application did."""
_STATUSES: dict[type[Exception], HTTPStatus] = {
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    errors.UnsupportedTransferCoding: HTTPStatus.BAD_REQUEST,
}
_REMEDIES = {
    HTTPStatus.BAD_REQUEST: "Send HTTP/1.1 as RFC 9112 describes it.",
    HTTPStatus.REQUEST_URI_TOO_LONG: "Send a search as JSON in the body of a POST.",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "Send fewer or shorter header fields.",
    HTTPStatus.EXPECTATION_FAILED: "Leave the header field Expect out.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Report it with the request_id, under which the server's log has more.",
}


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """gunicorn's `gthread`, and what it lacks here."""

    def notify(self) -> None:
        """Called each second by the main thread; ends the web server when the supervisor has gone."""
        super().notify()
        lifeline = os.environ.get(LIFELINE)
        if lifeline and self.alive and is_cut(int(lifeline)):
            LOG.warning("the supervisor has gone; the web server stops")
            end_group()

    def handle(self, conn: Any) -> Any:
        """Serve a connection in a thread, but not one that has stalled."""
        limit = struct.pack("@ll", STALLED_S, 0)  # a `timeval`: the system's own limit, as gunicorn has none
        with contextlib.suppress(OSError):  # it may be closed already
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        return super().handle(conn)

    def _keepalive_after(self, conn: Any, keepalive: bool) -> bool:  # noqa: FBT001 — gunicorn's signature
        """Whether another request may come on the connection: not after a body that is no HTTP."""
        try:
            return bool(super()._keepalive_after(conn, keepalive))
        except errors.ParseException:
            return False

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:  # noqa: ARG002 — gunicorn's
        """Answer what is no HTTP, or breaks a limit, with a problem document in place of gunicorn's HTML."""
        status = status_of(exc)
        request_id = secrets.token_hex(8)
        if status is HTTPStatus.INTERNAL_SERVER_ERROR:
            LOG.error("a request failed (request_id %s)", request_id, exc_info=exc)
        else:
            LOG.info("a request was refused with %d: %s", status, type(exc).__name__)
        with contextlib.suppress(OSError):
            client.sendall(refusal(status, request_id))


def status_of(error: Exception) -> HTTPStatus:
    """The status that says what is wrong with a request."""
    if not isinstance(error, errors.ParseException) or isinstance(error, _OURS):
        return HTTPStatus.INTERNAL_SERVER_ERROR
    return next((status for kind, status in _STATUSES.items() if isinstance(error, kind)), HTTPStatus.BAD_REQUEST)


def refusal(status: HTTPStatus, request_id: str) -> bytes:
    """A whole answer, after which the connection is closed; nothing of the request stands in it."""
    document = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status,
        "detail": status.description or f"{status.phrase}.",
        "remedy": _REMEDIES[status],
        "request_id": request_id,
    }
    body = json.dumps(document).encode()
    head = (
        f"HTTP/1.1 {status} {status.phrase}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n"
        f"X-Content-Type-Options: nosniff\r\nX-Request-Id: {request_id}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body
