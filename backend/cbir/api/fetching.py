"""Pictures by their web address, fetched so that nothing but the public internet can be reached.

Every address that a name resolves to is checked and the connection goes to a checked one, so a second look-up cannot
change it; each redirect is checked anew. Proxies and credentials of the environment are not used.
"""

from __future__ import annotations

import io
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from threading import BoundedSemaphore, Thread
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from cbir import __version__
from cbir.api.web_addresses import PORTS, Address, WebAddress, is_public, numeric, parse
from cbir.errors import InvalidRequestError, UnavailableError
from cbir.records import shown_text

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BLOCK = 1 << 16
_OK = 200
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SAVE_IT = "Save the picture and upload it."

Resolve = Callable[[str, int], Sequence[str]]
"""The numeric addresses of a host and port."""


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What one picture from the web may cost."""

    bytes: int = 50 << 20
    seconds: float = 15.0
    """From the look-up to the last byte, redirects included."""
    redirects: int = 3
    at_once: int = 2
    """Pictures that are fetched at the same time: a slow web site must not keep every thread of the server."""


class Fetcher:
    """Opens web addresses that strangers give.

    Args:
        limits: what one picture may cost.
        resolve: looks a host up.
        permitted: whether an address may be connected to.
        ports: those that may be.
        tls: how certificates are checked; by default as the system does.
    """

    def __init__(
        self,
        limits: FetchLimits | None = None,
        *,
        resolve: Resolve | None = None,
        permitted: Callable[[Address], bool] = is_public,
        ports: frozenset[int] = PORTS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.limits = limits or FetchLimits()
        self._resolve = resolve or look_up
        self._permitted = permitted
        self._ports = ports
        self._tls = tls
        self._slots = BoundedSemaphore(self.limits.at_once)

    def fetch(self, url: str) -> bytes:
        """What stands at a web address; nothing says yet that it is a picture.

        Raises:
            InvalidRequestError: an address that may not be opened, does not answer, or answers with something else
                than a file within the limits.
            UnavailableError: other pictures are being fetched.
        """
        if not self._slots.acquire(blocking=False):
            raise UnavailableError("Other pictures are being fetched.", remedy="Try again in a moment.")
        try:
            return self._follow(url, _Deadline(self.limits.seconds))
        except TimeoutError:
            raise _refused(f"did not send it within {self.limits.seconds:g} seconds") from None
        except ssl.SSLError as error:
            raise _refused(f"has a TLS certificate or connection that fails ({_tls_reason(error)})") from None
        except (HTTPException, OSError, ValueError):
            raise _refused("could not be reached, or broke the connection") from None
        finally:
            self._slots.release()

    def _follow(self, url: str, deadline: _Deadline) -> bytes:
        for _ in range(self.limits.redirects + 1):
            address = parse(url, self._ports)
            connection = self._connect(address, deadline)
            try:
                with _ask(connection, address) as response:
                    if response.status not in _REDIRECTS:
                        return self._body(response)
                    url = urljoin(url, response.headers.get("Location") or "")
            finally:
                connection.close()
        raise _refused(f"redirects more than {self.limits.redirects} times")

    def _connect(self, address: WebAddress, deadline: _Deadline) -> _PinnedConnection:
        found = _within(deadline, lambda: self._resolve(address.host, address.port))
        addresses = [numeric(one) for one in found]
        if not addresses:
            raise _refused("cannot be found")
        if not all(map(self._permitted, addresses)):
            raise InvalidRequestError(
                f"'{shown_text(address.host)}' is not on the public internet.",
                remedy="Only pictures that anybody can reach are fetched. " + _SAVE_IT,
            )
        tls = (self._tls or ssl.create_default_context()) if address.scheme == "https" else None
        return _PinnedConnection(address, addresses, deadline, tls)

    def _body(self, response: HTTPResponse) -> bytes:
        if response.status != _OK:
            raise _refused(f"answered {response.status}")
        # A compressed answer was not asked for, and could unfold into more than the limit.
        if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
            raise _refused("sends it compressed, which was not asked for")
        announced = response.length or 0
        data = bytearray()
        while announced <= self.limits.bytes and (block := response.read(_BLOCK)):
            data += block
            announced = max(announced, len(data))
        if announced > self.limits.bytes:
            raise _refused(f"sends more than {self.limits.bytes:,} bytes")
        if response.length:
            raise _refused("broke the connection before the end")
        return bytes(data)


def look_up(host: str, port: int) -> list[str]:
    """All numeric addresses of a host, as the system resolves it."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class _Deadline:
    """A point in time up to which everything has to be done."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left. Raises TimeoutError where there are none."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def _within(deadline: _Deadline, look: Callable[[], Sequence[str]]) -> Sequence[str]:
    """A look-up that ends with the deadline: the system's own has no time-out, so its thread may be left behind."""
    found: list[Sequence[str]] = []
    failed: list[Exception] = []

    def work() -> None:
        try:
            found.append(look())
        except (OSError, ValueError) as error:
            failed.append(error)

    thread = Thread(target=work, daemon=True)
    thread.start()
    thread.join(deadline.remaining())
    if failed:
        raise _refused("cannot be found")
    if not found:
        raise TimeoutError
    return found[0]


class _PinnedConnection(HTTPConnection):
    """A connection to addresses that were checked; the name is used for the certificate and the Host header only."""

    def __init__(
        self, address: WebAddress, checked: Sequence[Address], deadline: _Deadline, tls: ssl.SSLContext | None
    ) -> None:
        super().__init__(address.host, address.port)
        self._checked = checked
        self._deadline = deadline
        self._tls = tls

    def connect(self) -> None:
        """Connect to the first checked address that answers."""
        sock = self._open()
        if self._tls is not None:
            sock.settimeout(self._deadline.remaining())
            sock = self._tls.wrap_socket(sock, server_hostname=self.host)
        self.sock = _TimedSocket(sock, self._deadline)

    def _open(self) -> socket.socket:
        for address in self._checked[:-1]:
            try:
                return self._open_one(address, self._deadline.remaining() / 2)
            except OSError:
                continue
        return self._open_one(self._checked[-1], self._deadline.remaining())

    def _open_one(self, address: Address, seconds: float) -> socket.socket:
        return socket.create_connection((str(address), self.port), timeout=seconds)


class _TimedSocket:
    """What `HTTPConnection` needs of a socket, with one deadline for all reads together instead of one for each."""

    def __init__(self, sock: socket.socket, deadline: _Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        """As of a socket."""
        self._sock.settimeout(self._deadline.remaining())
        self._sock.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """As of a socket, which stays open until this is closed too."""
        return io.BufferedReader(_TimedReader(self._sock, self._deadline))

    def close(self) -> None:
        """As of a socket."""
        self._sock.close()


class _TimedReader(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: _Deadline) -> None:
        super().__init__()
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        self._sock.settimeout(self._deadline.remaining())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _ask(connection: HTTPConnection, address: WebAddress) -> HTTPResponse:
    headers = {
        "Host": address.host_header,
        "User-Agent": f"cbir/{__version__}",
        "Accept": "image/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    connection.request("GET", address.target, headers=headers)
    return connection.getresponse()


def _refused(what: str) -> InvalidRequestError:
    return InvalidRequestError(f"The picture's web site {what}.", remedy=f"Check the address. {_SAVE_IT}")


def _tls_reason(error: ssl.SSLError) -> str:
    return error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else error.reason or "TLS error"
