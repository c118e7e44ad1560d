"""The login cookie, for browsers: pictures and event streams are asked for without headers."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Response, current_app, request

from cbir.api.problems import ProblemError
from cbir.api.resource import reply, resource, responses
from cbir.api.roles import Role, require
from cbir.api.schemas import session as schemas
from cbir.api.security.access import caller
from cbir.api.security.base import Site
from cbir.api.security.logins import COOKIE, LIFETIME
from cbir.api.services import services

api = resource("session", "Logging in with a key, for browsers.")


@api.get("/session", responses=responses({200: schemas.Session}))
@require(Role.ANYONE)
def show_session() -> Response:
    """Who the server takes the caller for."""
    who = caller()
    return reply(_session(who.role, who.key, who.expires))


@api.post("/session", responses=responses({200: schemas.Session}, 413, 415))
@require(Role.ANYONE)
def log_in(body: schemas.Credentials) -> Response:
    """Exchange a key for a cookie, which lasts 14 days or until the key is revoked."""
    key = services().keys.find(body.key)
    if key is None:
        raise ProblemError(
            "unauthorized", "This server does not know the key.", "`cbir keys create NAME` makes a key."
        )
    logins = _site().logins
    answer = reply(_session(key.allows, key.name, logins.expiry()))
    _set(answer, logins.cookie(key), LIFETIME)
    return answer


@api.delete("/session", responses=responses({204: None}))
@require(Role.ANYONE)
def log_out() -> Response:
    """Take the cookie away."""
    answer = Response(status=204)
    _set(answer, "", timedelta(0))
    return answer


def _session(role: Role, key: str, expires: datetime | None) -> schemas.Session:
    names = {Role.ANYONE: "none", Role.READ: "read", Role.WRITE: "write"}
    return schemas.Session.model_validate(
        {"role": names[role], "key": key or None, "expires_at": expires, "open": _site().is_open()}
    )


def _set(answer: Response, value: str, lifetime: timedelta) -> None:
    """No script reads the cookie, no other site sends it, and where it was given over TLS nothing else carries it."""
    secure = request.is_secure
    answer.set_cookie(COOKIE, value, max_age=lifetime, path="/", httponly=True, samesite="Strict", secure=secure)


def _site() -> Site:
    site: Site = current_app.extensions["cbir.site"]
    return site
