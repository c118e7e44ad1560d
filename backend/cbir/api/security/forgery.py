"""Changes made with a login cookie, which a browser sends by itself.

`SameSite=Strict` keeps the cookie from other sites, but other ports of the same machine are the same site. So a
change made with it must say that it comes from a page of this server; every browser that is still kept up says so.
"""

from __future__ import annotations

from flask import Flask, request

from cbir.api.problems import ProblemError
from cbir.api.roles import SAFE_METHODS
from cbir.api.security.access import given_key
from cbir.api.security.base import Site
from cbir.api.security.logins import COOKIE
from cbir.api.security.origins import is_own_page


def install(app: Flask, site: Site) -> None:
    """Refuse a change that has a cookie, no key, and no proof of its page."""
    del site

    @app.before_request
    def check_page() -> None:
        if request.method in SAFE_METHODS or COOKIE not in request.cookies:
            return
        if given_key():
            return
        origin = request.headers.get("Origin")
        own = is_own_page(origin) if origin else request.headers.get("Sec-Fetch-Site") == "same-origin"
        if not own:
            raise ProblemError(
                "cross-site",
                "A change made with the login cookie has to say which page it comes from.",
                "A browser says so by itself; a program sends a key in a header instead of the cookie.",
            )
