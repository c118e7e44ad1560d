"""The names by which the server may be addressed.

A page can bind its own name to the address of this machine and then call the server as its own origin (DNS
rebinding). Its requests bear that name in `Host`, so a name that nobody gave this server is refused: 421, as RFC 9110
has it for a server that does not speak for what it was asked. An address in figures cannot be bound to anything and
is accepted where the server listens on all of its machine's addresses.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Flask, request

from cbir.api.problems import ProblemError
from cbir.api.security.base import Site, is_loopback, parts

_FOREIGN = frozenset("/\\@?#")
"""Signs that end a host in an address, and that no host has in it."""


def install(app: Flask, site: Site) -> None:
    """Refuse every other name."""
    names = {_named(name) for name in (site.address, *parts(site.settings.server_hosts))}
    everywhere = any(_is_unspecified(name) for name in names)

    @app.before_request
    def check_host() -> None:
        name = host_name(request.headers.get("Host", ""))
        if not (name in names or _is_own(name) or (everywhere and _is_address(name))):
            raise ProblemError(
                "misdirected",
                f"This server is not called {name[:100]!a}.",
                "Use its address, or name it in the setting server_hosts (CBIR_SERVER_HOSTS).",
            )


def host_name(host: str) -> str:
    """The name in a `Host` header, without port, brackets and the root's dot; empty where there is none."""
    if _FOREIGN & set(host):
        return ""
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return ""
    return _canonical((name or "").rstrip("."))


def _named(name: str) -> str:
    """A name as a setting gives it: an IPv6 address may stand there without brackets."""
    return _canonical(name) if _is_address(name) else host_name(name)


def _canonical(name: str) -> str:
    return str(ip_address(name)) if _is_address(name) else name


def _is_own(name: str) -> bool:
    return name.endswith(".localhost") or is_loopback(name)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _is_unspecified(name: str) -> bool:
    return _is_address(name) and ip_address(name).is_unspecified
