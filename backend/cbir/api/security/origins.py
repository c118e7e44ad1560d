"""Requests that a page of another site makes a browser send.

A page anywhere can make a browser post a form to this machine. Browsers say where a request comes from, in `Origin`
and `Sec-Fetch-Site`, and pages cannot change that; programs send neither. What changes something must come from the
server's own pages, from an origin that is named in the settings, or from no page at all.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, request

from cbir.api.problems import ProblemError
from cbir.api.roles import SAFE_METHODS
from cbir.api.security.base import Site, parts
from cbir.errors import InvalidRequestError

_OWN = frozenset({"same-origin", "none"})
"""Values of `Sec-Fetch-Site`: a page of the server itself, or the person's own doing."""


def install(app: Flask, site: Site) -> None:
    """Refuse them, whatever their content type."""
    allowed = allowed_origins(site)

    @app.before_request
    def check_origin() -> None:
        if request.method in SAFE_METHODS:
            return
        origin = request.headers.get("Origin")
        if origin is None:
            fine = request.headers.get("Sec-Fetch-Site", "none").lower() in _OWN
        else:
            fine = is_own_page(origin) or origin.lower() in allowed
        if not fine:
            raise ProblemError(
                "cross-site",
                "A page of another origin asked for a change.",
                "Name its origin in the setting server_origins (CBIR_SERVER_ORIGINS), if it is to be trusted.",
            )


def is_own_page(origin: str) -> bool:
    """Whether an origin is the one that the current request was sent to.

    The scheme may differ: behind a proxy that ends TLS the server does not always know it.
    """
    try:
        place = urlsplit(origin).netloc
    except ValueError:
        return False
    return bool(place) and place.lower() == request.headers.get("Host", "").lower()


def allowed_origins(site: Site) -> frozenset[str]:
    """The origins of other pages that may call the server.

    Raises:
        InvalidRequestError: one is no origin.
    """
    found = frozenset(origin.lower().rstrip("/") for origin in parts(site.settings.server_origins))
    for origin in found:
        place = urlsplit(origin)
        if place.scheme not in {"http", "https"} or not place.netloc or f"{place.scheme}://{place.netloc}" != origin:
            raise InvalidRequestError(
                f"'{origin}' in server_origins is no origin.", remedy="Give each as in https://example.org"
            )
    return found
