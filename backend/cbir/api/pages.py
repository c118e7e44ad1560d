"""The web application: files that were built from `frontend/`, delivered with the API they use.

Where they were not built there is the API alone. Addresses of pages all answer the same document; what stands at an
address is drawn in the browser.
"""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

from flask import Blueprint, Response, request, send_from_directory
from werkzeug.exceptions import NotFound

import cbir
from cbir.api.problems import from_http
from cbir.api.roles import Role, require
from cbir.api.security.rates import uncounted

FOLDER = Path(cbir.__file__).parent / "pages"
DOCUMENT = "index.html"
ADDRESSES = (
    "/",
    "/start",
    "/compare",
    "/why",
    "/see/<path:rest>",
    "/collections",
    "/collections/<path:rest>",
    "/evaluations",
    "/evaluations/<path:rest>",
)
"""Those of `frontend/src/app/pages.tsx`; a test compares them."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Scripts come from files of this server alone; the component library sets the style of single elements."""
KINDS = ("application/problem+json", "application/json", "text/html")
"""What the answer to an unknown address may be; who does not say what they take gets the first."""
LASTING = 365 * 24 * 3600
"""Seconds: names of assets change with their content."""

pages = Blueprint("pages", __name__)


@require(Role.ANYONE)
def page(rest: str = "") -> Response:
    """The document of every page."""
    del rest
    if not (FOLDER / DOCUMENT).is_file():
        raise NotFound
    return _document()


def _document() -> Response:
    answer = _sent(FOLDER, DOCUMENT)
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def _sent(folder: Path, name: str, max_age: int | None = None) -> Response:
    """A file, compressed where the build left it so and the browser takes it."""
    if not request.accept_encodings["gzip"] or not (folder / f"{name}.gz").is_file():
        answer = send_from_directory(folder, name, max_age=max_age)
    else:
        plain = send_from_directory(folder, name, max_age=max_age)
        plain.close()
        answer = send_from_directory(folder, f"{name}.gz", max_age=max_age, mimetype=plain.mimetype)
        answer.content_encoding = "gzip"
    answer.vary.add("Accept-Encoding")
    return answer


for address in ADDRESSES:
    pages.add_url_rule(address, view_func=page)


@pages.get("/assets/<path:name>")
@uncounted
@require(Role.ANYONE)
def asset(name: str) -> Response:
    """A script, a style, a picture of the pages."""
    answer = _sent(FOLDER / "assets", name, LASTING)
    answer.cache_control.immutable = True
    return answer


@pages.get("/icon.svg")
@uncounted
@require(Role.ANYONE)
def icon() -> Response:
    """The pages' sign."""
    return send_from_directory(FOLDER, "icon.svg", max_age=3600)


@pages.app_errorhandler(NotFound)
def lost(error: NotFound) -> Response:
    """An address that is nobody's: a browser gets the page that says so, a program a problem document."""
    by_browser = request.method in {"GET", "HEAD"} and request.accept_mimetypes.best_match(KINDS) == KINDS[-1]
    if not by_browser or request.path.startswith(("/api/", "/assets/")) or not (FOLDER / DOCUMENT).is_file():
        return from_http(error)
    answer = _document()
    answer.status_code = HTTPStatus.NOT_FOUND
    return answer
