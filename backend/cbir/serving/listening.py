"""The address that the server listens on, taken before anything is started, so that what is wrong is said at once."""

from __future__ import annotations

import errno
import ipaddress
import socket
from typing import Any

from cbir.errors import CbirError, ConflictError, InvalidRequestError

_THIS_MACHINE = "Give one: 127.0.0.1 is for this machine alone, 0.0.0.0 for everybody who reaches it."
BACKLOG = 2048
"""Connections that wait to be accepted, also while the web server is started again."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there.

    Raises:
        InvalidRequestError: the host has no address, or none of this machine; a port that needs more rights.
        ConflictError: another program listens there.
    """
    family, place = _resolved(host, port)
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise _refusal(error, host, port) from None
    return listening


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens there; a name other than `localhost` does not count."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def address(listening: socket.socket) -> str:
    """Its address for a browser on this machine, as `http://127.0.0.1:8000`."""
    host, port = listening.getsockname()[:2]
    place = ipaddress.ip_address(host.split("%")[0])
    if place.is_unspecified:
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _resolved(host: str, port: int) -> tuple[socket.AddressFamily, tuple[Any, ...]]:
    """The host's first address, IPv4 ones before others: `localhost` is often both."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise InvalidRequestError(
            f"'{host}' is no address, and no name that has one.",
            remedy=_THIS_MACHINE,
        ) from None
    except OverflowError:
        raise InvalidRequestError(f"{port} is no port.", remedy="Ports go from 1 to 65535.") from None
    family, _, _, _, place = min(found, key=lambda one: one[0] != socket.AF_INET)
    return family, place


def _refusal(error: OSError, host: str, port: int) -> CbirError:
    kind, message, remedy = _REFUSALS.get(error.errno or 0, _OTHER)
    return kind(
        message.format(host=host, port=port, reason=error.strerror or error), remedy=remedy.format(next=port + 1)
    )


_REFUSALS: dict[int, tuple[type[CbirError], str, str]] = {
    errno.EADDRINUSE: (
        ConflictError,
        "Another program listens on port {port} of {host} already.",
        "Stop it, or take another port: --port {next}",
    ),
    errno.EADDRNOTAVAIL: (
        InvalidRequestError,
        "{host} is no address of this machine.",
        _THIS_MACHINE,
    ),
    errno.EACCES: (
        InvalidRequestError,
        "You may not listen on port {port}.",
        "Ports below 1024 are for administrators: take a higher one (--port 8000), with a proxy before it.",
    ),
}
_OTHER = (
    InvalidRequestError,
    "It is not possible to listen on port {port} of {host}: {reason}.",
    "Try another address.",
)
