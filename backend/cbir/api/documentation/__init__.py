"""The page that shows the schema and tries it out; everything on it comes from this server."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from flask import Blueprint, Response, current_app, json
from werkzeug.exceptions import NotFound

from cbir.api.resource import PREFIX
from cbir.api.roles import Role, require
from cbir.api.security.rates import uncounted

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Scripts come from files of this server alone; the page's library sets the style of single elements."""
LASTING = "public, max-age=3600"
ASSETS = {"css/swagger-ui.css", "js/swagger-ui-bundle.js", "images/swagger.svg"}
_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}

pages = Blueprint("documentation", __name__, url_prefix=PREFIX)


@pages.get("/openapi.json")
@require(Role.ANYONE)
def schema() -> Response:
    """The schema."""
    return Response(json.dumps(current_app.api_doc), content_type="application/json")  # type: ignore[attr-defined]  # it is an `Api`


@pages.get("/docs/")
@require(Role.ANYONE)
def page() -> Response:
    """The page."""
    headers = {"Content-Security-Policy": POLICY}
    return Response(_own("page.html"), content_type="text/html; charset=utf-8", headers=headers)


@pages.get("/docs/start.js")
@require(Role.ANYONE)
def start() -> Response:
    """What the page begins with."""
    return _asset(_own("start.js"), "js")


@pages.get("/docs/assets/<path:file>")
@uncounted
@require(Role.ANYONE)
def asset(file: str) -> Response:
    """A file of the library that draws the page."""
    if file not in ASSETS:
        raise NotFound
    return _asset(_library(file), file.rpartition(".")[2])


def _asset(content: bytes, kind: str) -> Response:
    headers = {"Cache-Control": LASTING}
    return Response(content, content_type=_TYPES[kind], headers=headers)


@cache
def _own(name: str) -> bytes:
    return files(__name__).joinpath(name).read_bytes()


@cache
def _library(file: str) -> bytes:
    return files("flask_openapi3_swagger").joinpath("templates", "swagger", file).read_bytes()
