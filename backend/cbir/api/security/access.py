"""Who asks, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Flask, current_app, g, request

from cbir.api.problems import ProblemError
from cbir.api.roles import Role, needed
from cbir.api.security.base import Site
from cbir.api.security.logins import COOKIE

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="cbir"'}
_HOW = (
    "Send `Authorization: Bearer KEY` or `X-API-Key: KEY`, or log in (POST /api/v1/session). "
    "`cbir keys create NAME` makes a key."
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent the current request."""

    role: Role
    key: str = ""
    """The name of the key that was given; empty without one."""
    expires: datetime | None = None
    """When the login ends, for one who came with a cookie."""
    refused: bool = False
    """A key was given that nobody knows."""

    @property
    def known(self) -> bool:
        """Whether a key tells who it is."""
        return bool(self.key)


def caller() -> Caller:
    """Who sent the current request; found out once.

    Raises:
        StorageError: the file of keys cannot be read.
    """
    if "caller" not in g:
        g.caller = _identified(current_app.extensions["cbir.site"])
    found: Caller = g.caller
    return found


def install_keys(app: Flask, site: Site) -> None:
    """Refuse (401) what needs a key and has none that is known."""
    del site

    @app.before_request
    def check_key() -> None:
        if needed(current_app, request.endpoint, request.method) == Role.ANYONE:
            return
        who = caller()
        if who.refused:
            raise ProblemError("unauthorized", "This server does not know the key.", _HOW, headers=_CHALLENGE)
        if who.role < needed(current_app, request.endpoint, request.method) and not who.known:
            raise ProblemError("unauthorized", "This needs a key.", _HOW, headers=_CHALLENGE)


def install_roles(app: Flask, site: Site) -> None:
    """Refuse (403) what a key is not for."""
    del site

    @app.before_request
    def check_role() -> None:
        if needed(current_app, request.endpoint, request.method) == Role.ANYONE:
            return
        who = caller()
        if who.known and who.role < needed(current_app, request.endpoint, request.method):
            raise ProblemError(
                "forbidden",
                f"The key '{who.key}' may read and not write.",
                "Use a key made with `cbir keys create NAME --role write`.",
            )


def _identified(site: Site) -> Caller:
    secret = given_key()
    if secret:
        key = site.keys.find(secret)
        return Caller(key.allows, key.name) if key else Caller(Role.ANYONE, refused=True)
    if cookie := request.cookies.get(COOKIE):
        login = site.logins.login(cookie)
        if login:
            return Caller(login.key.allows, login.key.name, login.expires)
    if site.is_open():
        return Caller(Role.WRITE)
    return Caller(Role.READ if site.settings.server_public else Role.ANYONE)


def given_key() -> str:
    """The key in the current request's headers; empty where there is none."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return secret.strip()
    return request.headers.get("X-API-Key", "").strip()
