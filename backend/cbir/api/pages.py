"""The web application: files that were built from `frontend/`, delivered with the API they use.

Where they were not built there is the API alone. Addresses of pages all answer the same document; what stands at an
address is drawn in the browser.
"""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, send_from_directory
from werkzeug.exceptions import NotFound

import cbir
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
LASTING = 365 * 24 * 3600
"""Seconds: names of assets change with their content."""

pages = Blueprint("pages", __name__)


@require(Role.ANYONE)
def page(rest: str = "") -> Response:
    """The document of every page."""
    del rest
    if not (FOLDER / DOCUMENT).is_file():
        raise NotFound
    answer = send_from_directory(FOLDER, DOCUMENT)
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Cache-Control"] = "no-cache"
    return answer


for address in ADDRESSES:
    pages.add_url_rule(address, view_func=page)


@pages.get("/assets/<path:name>")
@uncounted
@require(Role.ANYONE)
def asset(name: str) -> Response:
    """A script, a style, a picture of the pages."""
    answer = send_from_directory(FOLDER / "assets", name, max_age=LASTING)
    answer.cache_control.immutable = True
    return answer


@pages.get("/icon.svg")
@uncounted
@require(Role.ANYONE)
def icon() -> Response:
    """The pages' sign."""
    return send_from_directory(FOLDER, "icon.svg", max_age=3600)
