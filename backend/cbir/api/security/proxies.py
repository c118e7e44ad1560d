"""What a proxy says of the request it passes on; of anybody else it is hearsay and taken off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

from flask import Flask

from cbir.api.security.base import Site, parts
from cbir.errors import InvalidRequestError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Networks = Sequence[IPv4Network | IPv6Network]
_HEADERS = (
    *("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_PORT"),
    *("HTTP_X_FORWARDED_PREFIX", "HTTP_FORWARDED", "HTTP_X_REAL_IP"),
)


def install(app: Flask, site: Site) -> None:
    """Read the X-Forwarded headers of the proxies that are named."""
    app.wsgi_app = Forwarded(app.wsgi_app, trusted(site.settings.server_proxies))  # type: ignore[method-assign]  # flask's own way


class Forwarded:
    """WSGI middleware: puts the client's address, scheme and host in the place of the proxy's.

    Each proxy adds the address of who called it to the right of X-Forwarded-For, so the client is the right-most one
    that is no proxy of ours; what stands to its left is what the client claims.
    """

    def __init__(self, application: WSGIApplication, proxies: Networks) -> None:
        self._application = application
        self._proxies = proxies

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the request on."""
        said = {name: environ.pop(name) for name in _HEADERS if name in environ}
        if self._is_ours(environ.get("REMOTE_ADDR", "")):
            self._believe(environ, said)
        return self._application(environ, start_response)

    def _believe(self, environ: WSGIEnvironment, said: dict[str, str]) -> None:
        callers = parts(said.get("HTTP_X_FORWARDED_FOR", ""))
        for address in reversed(callers):
            if not _is_address(address):
                break
            environ["REMOTE_ADDR"] = address
            if not self._is_ours(address):
                break
        scheme = _last(said.get("HTTP_X_FORWARDED_PROTO", ""))
        if scheme in {"http", "https"}:
            environ["wsgi.url_scheme"] = scheme
        if host := _last(said.get("HTTP_X_FORWARDED_HOST", "")):
            environ["HTTP_HOST"] = host

    def _is_ours(self, address: str) -> bool:
        return _is_address(address) and any(ip_address(address) in network for network in self._proxies)


def trusted(setting: str) -> Networks:
    """The networks of the setting server_proxies.

    Raises:
        InvalidRequestError: one is no address.
    """
    try:
        return [ip_network(part, strict=False) for part in parts(setting)]
    except ValueError as error:
        raise InvalidRequestError(
            f"server_proxies: {error}.", remedy="Give addresses, or networks as in 10.0.0.0/8, split by commas."
        ) from None


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _last(text: str) -> str:
    return (parts(text) or ("",))[-1]
