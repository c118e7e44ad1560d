"""Headers that tell browsers to guess nothing, load nothing and show an answer in no frame of another page."""

from __future__ import annotations

from flask import Flask, Response

from cbir.api.security.base import Site

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
"""The content security policy of data: even where it is shown as a page, nothing in it runs."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": NOTHING,
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
"""An answer that sets one of them itself keeps its own: pages their policy, pictures their lifetime."""


def install(app: Flask, site: Site) -> None:
    """Set them on every answer."""
    del site

    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response
