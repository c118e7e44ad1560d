"""A node on the loopback address that answers as it is told, as an Elasticsearch would or otherwise."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.elasticsearch_server.certificates import Certificates

PRODUCT = {"X-elastic-product": "Elasticsearch"}
JSON = "application/vnd.elasticsearch+json;compatible-with=9"


def information(number: str) -> dict[str, Any]:
    """What a node says of itself, as 9.4.3 does."""
    return {
        "name": "n1",
        "cluster_name": "fake",
        "cluster_uuid": "rbBUTbTDT-q_QENbh44XZQ",
        "version": {
            "number": number,
            "build_flavor": "default",
            "build_type": "tar",
            "build_hash": "45f6a06b1b441b41fe711059b8720013173e7c89",
            "build_date": "2026-06-25T14:04:34.316306228Z",
            "build_snapshot": False,
            "lucene_version": "10.4.0",
            "minimum_wire_compatibility_version": "8.19.0",
            "minimum_index_compatibility_version": "8.0.0",
        },
        "tagline": "You Know, for Search",
    }


@dataclass(frozen=True)
class Answer:
    """One answer of a node; a body that is no text is sent as JSON."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: PRODUCT)
    media_type: str = JSON


WELL = Answer(information("9.4.3"))
LOST = Answer("", status=0)
"""The connection ends without an answer."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    body: Any
    headers: Mapping[str, str]


@dataclass
class FakeNode:
    """What the node does; may be changed while it runs."""

    first: list[Answer] = field(default_factory=list)
    """Answers to the next requests, whatever they ask."""
    otherwise: Callable[[Request], Answer] = lambda _: WELL
    """Answers to those after."""
    silent: bool = False
    """Take requests, answer none."""
    requests: list[Request] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)
    port: int = 0
    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        return self.first.pop(0) if self.first else self.otherwise(request)


@contextmanager
def listening(
    node: FakeNode, certificates: Certificates | None = None, host: str = "127.0.0.1"
) -> Iterator[FakeNode]:
    """Let it answer, with TLS where it has certificates."""
    server = _Server((host, 0), _handler(node))
    if certificates:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.certificate, certificates.key)
        # The handshake belongs to the thread of the request, or one client that does not finish it blocks all.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        node.scheme = "https"
    node.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield node
    finally:
        node.release.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that goes away, or speaks something else, is what tests are about."""


def _read(sent: bytes, headers: Mapping[str, str]) -> Any:
    """A body; of lines, each an object, a list."""
    if "ndjson" in headers.get("Content-Type", ""):
        return [json.loads(line) for line in sent.splitlines()]
    return json.loads(sent) if sent else None


def _handler(node: FakeNode) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            sent = self.rfile.read(length)
            request = Request(self.command, self.path, _read(sent, self.headers), dict(self.headers))
            answer = node.answer(request)
            if answer is LOST:
                self.close_connection = True
                return
            if node.silent:
                node.release.wait()
                self.close_connection = True
                return
            text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
            content = text.encode()
            self.send_response_only(answer.status)
            for name, value in {**answer.headers, "Content-Type": answer.media_type}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815 — the names that the base class looks for

        def log_message(self, *_: object) -> None:
            pass

    return Handler
