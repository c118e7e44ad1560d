"""Which web addresses a server may open for a stranger: those of the public internet, written plainly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import quote, urlsplit

from cbir.errors import InvalidRequestError
from cbir.records import shown_text

Address = IPv4Address | IPv6Address

DEFAULT_PORTS = {"http": 80, "https": 443}
"""The schemes that may be opened."""
PORTS = frozenset({80, 443, 8080, 8443})
"""The ports that may be opened: those on which pictures are served, and no database or mail server listens."""
MAX_LENGTH = 2048
"""Characters of an address."""

_REFUSED = tuple(
    map(
        ip_network,
        (
            # IANA's special-purpose registries (RFC 6890), whatever this version of Python says of them
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
            *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
            # 2001::/23 holds Teredo, 2002::/16 is 6to4: both tunnel to an IPv4 address of the sender's choice
            *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
        ),
    )
)
_GLOBAL_UNICAST = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_PLAIN = "Give an http or https address as a browser shows it, without a user name."


@dataclass(frozen=True, slots=True)
class WebAddress:
    """A web address in its parts."""

    scheme: str
    host: str
    """Lower case, IDN encoded, IPv6 without brackets."""
    port: int
    target: str
    """Path and query, as they stand in a request's first line."""

    @property
    def host_header(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def parse(url: str, ports: frozenset[int] = PORTS) -> WebAddress:
    """An address that a stranger gave, in its parts.

    Raises:
        InvalidRequestError: not http(s), with a user name, another port than ``ports``, or written so that two
            programs could read it differently (an IPv4 address as one number, blanks, backslashes).
    """
    if len(url) > MAX_LENGTH or _UNSAFE.search(url):
        raise InvalidRequestError("The web address is too long, or has blanks or backslashes.", remedy=_PLAIN)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidRequestError("The web address cannot be read.", remedy=_PLAIN) from None
    if parts.scheme not in DEFAULT_PORTS:
        raise InvalidRequestError("Only http and https addresses are opened.", remedy=_PLAIN)
    if "@" in parts.netloc:
        raise InvalidRequestError("The web address has a user name in it.", remedy=_PLAIN)
    port = DEFAULT_PORTS[parts.scheme] if port is None else port
    if port not in ports:
        allowed = ", ".join(map(str, sorted(ports)))
        raise InvalidRequestError(f"Port {port} is not opened.", remedy=f"Ports that are: {allowed}.")
    query = f"?{parts.query}" if parts.query else ""
    target = quote((parts.path or "/") + query, safe="!#$%&'()*+,/:;=?@[]~")
    return WebAddress(parts.scheme, _host(parts.hostname or ""), port, target)


def _host(host: str) -> str:
    """A host as it is looked up. Raises InvalidRequestError."""
    if ":" in host:
        if "%" in host:  # a zone names one of the server's own network cards
            raise _unreadable(host)
        try:
            return str(IPv6Address(host))
        except ValueError:
            raise _unreadable(host) from None
    try:
        encoded = host.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        raise _unreadable(host) from None
    if not _HOST.fullmatch(encoded):
        raise _unreadable(host)
    if _NUMBER.fullmatch(encoded.rpartition(".")[2]):
        return _plain_ipv4(encoded)
    return encoded


def _plain_ipv4(host: str) -> str:
    """Four decimal numbers; `inet_aton` would also take one number, octal or hexadecimal ones."""
    try:
        return str(IPv4Address(host))
    except ValueError:
        raise _unreadable(host) from None


def _unreadable(host: str) -> InvalidRequestError:
    return InvalidRequestError(f"'{shown_text(host)}' is no host that can be looked up.", remedy=_PLAIN)


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet: not private, loopback, link-local (where clouds keep their
    metadata), carrier-grade NAT, multicast, reserved, or a form of IPv6 that leads to such.
    """
    if isinstance(address, IPv6Address):
        embedded = _embedded(address)
        if embedded is not None:
            return is_public(embedded)
        if address not in _GLOBAL_UNICAST:
            return False
    return address.is_global and not any(address in network for network in _REFUSED)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a mapped or a NAT64 one stands for."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped


def numeric(text: str) -> Address:
    """An address as a look-up gives it, with a zone (`fe80::1%eth0`) where it has one."""
    return ip_address(text)
