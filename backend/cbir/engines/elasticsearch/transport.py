"""The client's transport, with one bound for a call whatever its nodes do.

The client gives each attempt the whole time-out, so that a call which several nodes do not answer takes a multiple of
it. Here the attempts of a call share it.
"""

from __future__ import annotations

import logging
import math
import time
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import urllib3
from elastic_transport import ConnectionError as NodeError
from elastic_transport import ConnectionTimeout, HttpHeaders, Transport, TransportApiResponse, Urllib3HttpNode
from elastic_transport._node import NodeApiResponse
from elastic_transport.client_utils import DEFAULT, DefaultType
from urllib3.exceptions import ConnectTimeoutError

RETRIED = (502, 503, 504)
"""Statuses after which another attempt may help. Not 429, which full disks and searches out of time answer too."""
CONNECT_SECONDS = 5.0
"""A node whose machine does not answer at all is passed over after this time."""
CONNECT_SHARE = 4
"""And after this share of a call's time-out: a quarter."""

_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Call:
    """What the attempts of one call share."""

    end: float = math.inf
    """On the monotonic clock."""
    refusal: NodeApiResponse | None = None
    """The last answer that it cannot be done now."""


_call: ContextVar[_Call] = ContextVar("call")


class BoundedTransport(Transport):
    """A transport whose attempts end when the time-out of the call does.

    What a node answered says more than that another one, or the next attempt, did not answer: it is given back then.
    """

    def perform_request(
        self, *arguments: Any, request_timeout: DefaultType | float | None = DEFAULT, **options: Any
    ) -> TransportApiResponse:
        """See `Transport.perform_request`; ``request_timeout`` is that of all attempts together."""
        limit = request_timeout if isinstance(request_timeout, (int, float)) else math.inf
        call = _Call(time.monotonic() + limit)
        before = _call.set(call)
        try:
            return super().perform_request(*arguments, request_timeout=request_timeout, **options)
        except (NodeError, ConnectionTimeout):
            if call.refusal is None:
                raise
            meta, content = call.refusal
            return TransportApiResponse(meta, self.serializers.loads(content, meta.mimetype))
        finally:
            _call.reset(before)


class BoundedNode(Urllib3HttpNode):
    """A node that keeps to the end of the call, and whose machine may be away.

    Remarks that the server sends with an answer (deprecations, mostly) are logged, not raised as Python warnings.
    """

    def perform_request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: HttpHeaders | None = None,
        request_timeout: DefaultType | float | None = DEFAULT,
    ) -> NodeApiResponse:
        """See `Urllib3HttpNode.perform_request`.

        Raises:
            ConnectionError: no connection came about; nothing was sent, so another node may be asked.
            ConnectionTimeout: it was sent and not answered.
        """
        call = _call.get(_Call())
        left = call.end - time.monotonic()
        if left <= 0:
            raise ConnectionTimeout("No time was left for another attempt")
        timeout: Any = request_timeout
        if math.isfinite(left):
            timeout = urllib3.Timeout(connect=min(CONNECT_SECONDS, left / CONNECT_SHARE), read=left)
        try:
            response = super().perform_request(method, target, body, headers, timeout)
        except ConnectionTimeout as error:
            if isinstance(error.__cause__, ConnectTimeoutError):
                raise NodeError(str(error.__cause__), errors=error.errors) from error.__cause__
            raise
        if response.meta.status in RETRIED:
            call.refusal = response
        return _without_remarks(response)


def _without_remarks(response: NodeApiResponse) -> NodeApiResponse:
    if remarks := response.meta.headers.pop("warning", None):
        _logger.info("%s: %s", response.meta.node.host, remarks)
    return response
