"""What a client needs to reach a server, and a small client for the harness itself."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from .errors import RefusedError


@dataclass(frozen=True, slots=True)
class Server:
    """How to connect to a running cluster."""

    urls: tuple[str, ...]
    """One a node."""
    ca: str | None = None
    """Path of the PEM certificate that signed those of the nodes; None without TLS."""
    fingerprint: str | None = None
    """SHA-256 of that certificate in hexadecimal digits, as clients want it."""
    user: str | None = None
    """A superuser; None without security."""
    password: str | None = None
    api_key: str | None = None
    """In the encoded form that clients want."""
    snapshots: str | None = None
    """A folder that all nodes may write snapshots to: the location of a repository of type fs."""

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        fields = json.loads(text)
        return cls(**fields | {"urls": tuple(fields["urls"])})

    def environment(self) -> dict[str, str]:
        """The variables with which `cbir` uses this server."""
        values = {"URL": ",".join(self.urls), "API_KEY": self.api_key, "CA": self.ca}
        named = {f"CBIR_ELASTICSEARCH_{name}": value for name, value in values.items() if value}
        return {"CBIR_ENGINE": "elasticsearch", **named}

    def request(self, method: str, path: str, body: Any = None, *, timeout: float = 60, check: bool = True) -> Any:
        """The JSON answer to a request with a JSON body, from the first node that can be reached.

        Within ``timeout`` seconds; ``check``: refuse a certificate that is not in order.

        Raises:
            RefusedError: the answer's status is 400 or above.
            OSError: no node can be reached, its certificate is refused, or it does not answer in time.
        """
        content = None if body is None else json.dumps(body)
        problem: OSError = OSError("no address")
        for url in self.urls:
            try:
                with closing(self._connection(url, timeout=timeout, check=check)) as connection:
                    return self._exchange(connection, method, path, content)
            except ConnectionError as error:
                problem = error
        raise problem

    def _exchange(self, connection: http.client.HTTPConnection, method: str, path: str, content: str | None) -> Any:
        connection.request(method, path, content, {"Content-Type": "application/json", **self._authorization()})
        answer = connection.getresponse()
        text = answer.read().decode()
        if answer.status >= http.HTTPStatus.BAD_REQUEST:
            raise RefusedError(answer.status, text)
        return json.loads(text) if text else None

    def _connection(self, url: str, *, timeout: float, check: bool) -> http.client.HTTPConnection:
        parts = urlsplit(url)
        assert parts.hostname
        if parts.scheme == "http":
            return http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
        context = ssl.create_default_context(cafile=self.ca)
        if not check:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=timeout, context=context)

    def _authorization(self) -> dict[str, str]:
        if self.user is None:
            return {}
        credentials = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return {"Authorization": f"Basic {credentials}"}
