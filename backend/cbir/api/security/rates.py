"""So many requests a minute from one key or address.

Each web process counts for itself, in memory, and allows its share: the setting divided by the number of processes. A
caller whose connections all come to the same process is held to that share.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Any, TypeVar

from flask import Flask, current_app, request

from cbir.api.problems import ProblemError
from cbir.api.security.access import caller
from cbir.api.security.base import Site

WINDOW_S = 60.0
NETWORK_BITS = 64
"""Of an IPv6 address, that tell one caller from another."""
REMEMBERED = 10_000
"""Callers; the one that has been silent longest is forgotten first."""
_MARK = "cbir_uncounted"

View = TypeVar("View", bound=Callable[..., Any])


def uncounted(view: View) -> View:
    """Mark an operation that may be called at will: the questions of a monitor, small pictures of a page."""
    setattr(view, _MARK, True)
    return view


def install(app: Flask, site: Site) -> None:
    """Refuse (429) what goes beyond it."""
    allowed = math.ceil(site.settings.server_rate / site.settings.server_workers)
    window = SlidingWindow(allowed)

    @app.before_request
    def check_rate() -> None:
        if hasattr(current_app.view_functions.get(request.endpoint or ""), _MARK):
            return
        who = caller()
        wait = window.count(f"key {who.key}" if who.known else f"address {_place(request.remote_addr or '')}")
        if wait:
            raise ProblemError(
                "too-many-requests",
                f"One key or address may send {site.settings.server_rate} requests a minute.",
                "Wait as long as Retry-After says, or raise server_rate (CBIR_SERVER_RATE).",
                headers={"Retry-After": str(math.ceil(wait))},
            )


def _place(address: str) -> str:
    """Whose address it is: with IPv6 one caller has 2^64 of them, a network of 64 bits."""
    try:
        place = ip_address(address)
    except ValueError:
        return address
    if isinstance(place, IPv4Address) or place.ipv4_mapped:
        return str(place)
    return str(IPv6Network((int(place), NETWORK_BITS), strict=False))


class SlidingWindow:
    """Counts in two numbers a caller: this minute's, and the last one's, which fades as this one passes."""

    def __init__(self, allowed: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._allowed = allowed
        self._clock = clock
        self._counts: OrderedDict[str, tuple[int, int, int]] = OrderedDict()
        self._lock = threading.Lock()

    def count(self, name: str) -> float:
        """Count a request: 0 where it is allowed, else the seconds to wait (it is not counted then)."""
        minute, passed = divmod(self._clock() / WINDOW_S, 1)
        with self._lock:
            then, before, now = self._counts.pop(name, (int(minute), 0, 0))
            before, now = {0: (before, now), 1: (now, 0)}.get(int(minute) - then, (0, 0))
            wait = self._wait(before, now, passed)
            self._counts[name] = (int(minute), before, now + (wait == 0))
            if len(self._counts) > REMEMBERED:
                self._counts.popitem(last=False)
        return wait

    def _wait(self, before: int, now: int, passed: float) -> float:
        """Seconds until ``before * (1 - passed) + now + 1`` is no more than what is allowed."""
        if before * (1 - passed) + now + 1 <= self._allowed:
            return 0
        room = self._allowed - now - 1
        if before and room >= 0:
            return WINDOW_S * (1 - room / before - passed)
        return WINDOW_S * (1 - passed + max(0.0, 1 - (self._allowed - 1) / max(now, 1)))
