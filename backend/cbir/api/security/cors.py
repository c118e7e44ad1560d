"""Pages of other origins that may call the API, by the browser's own rules (CORS). Off unless some are named.

Such a page sends a key in a header. No credentials of the browser are allowed to it: the login cookie is for this
server's own pages.
"""

from __future__ import annotations

from flask import Flask, Response, request

from cbir.api.security.base import Site
from cbir.api.security.origins import allowed_origins

METHODS = "GET, HEAD, POST, DELETE"
SENT = "Authorization, Content-Type, X-API-Key, X-Request-Id, Last-Event-ID, Range"
SHOWN = "Content-Disposition, Content-Range, Location, Retry-After, Server-Timing, X-Request-Id"
REMEMBERED = "600"
"""Seconds for which a browser need not ask again."""


def install(app: Flask, site: Site) -> None:
    """Answer the browser's questions for the origins that are named, and no others."""
    allowed = allowed_origins(site)
    if not allowed:
        return

    @app.before_request
    def answer_preflight() -> Response | None:
        asked = "Access-Control-Request-Method" in request.headers
        if request.method != "OPTIONS" or not asked or not _is_allowed(allowed):
            return None
        headers = {
            "Access-Control-Allow-Methods": METHODS,
            "Access-Control-Allow-Headers": SENT,
            "Access-Control-Max-Age": REMEMBERED,
        }
        return Response(status=204, headers=headers)

    @app.after_request
    def allow(response: Response) -> Response:
        response.vary.add("Origin")
        if _is_allowed(allowed):
            response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
            response.headers["Access-Control-Expose-Headers"] = SHOWN
        return response


def _is_allowed(allowed: frozenset[str]) -> bool:
    return request.headers.get("Origin", "").lower() in allowed
