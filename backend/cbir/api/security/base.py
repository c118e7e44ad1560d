"""What a rule is, and what rules know of the server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address

from flask import Flask

from cbir.api.keys import Keys
from cbir.api.security.logins import Logins
from cbir.settings import Settings


@dataclass(frozen=True, slots=True)
class Site:
    """The server that is to be kept safe."""

    settings: Settings
    address: str
    """Where it listens."""
    port: int
    keys: Keys
    logins: Logins

    @property
    def own_machine(self) -> bool:
        """Whether only programs of this machine can reach it."""
        return is_loopback(self.address)

    def is_open(self) -> bool:
        """Whether nobody needs a key: a person's own machine, before the first key is made. Not behind a proxy, by
        which others reach it.
        """
        return self.own_machine and not self.settings.server_proxies and not self.keys.all()


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that keeps the server safe; it works by itself."""

    name: str
    summary: str
    install: Callable[[Flask, Site], None]


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost" or address.startswith("unix:")


def parts(text: str) -> tuple[str, ...]:
    """The values of a setting that lists several."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
