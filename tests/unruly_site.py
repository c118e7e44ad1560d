"""A web server on the loopback address that misbehaves on command."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Site:
    """What the server has at each path and how it behaves; may be changed while it runs."""

    files: dict[str, bytes] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)
    """For the next requests, in order: close the connection after so many bytes of the body."""
    hangs: threading.Event = field(default_factory=threading.Event)
    """Set: send nothing more until `release`."""
    release: threading.Event = field(default_factory=threading.Event)
    announces_length: bool = True
    requests: list[tuple[str, str]] = field(default_factory=list)
    """(path, Range header) of each request."""
    base: str = ""

    def url(self, path: str, content: bytes | None = None) -> str:
        if content is not None:
            self.files[path] = content
        return self.base + path

    def owns(self, url: str) -> bool:
        return url.startswith(self.base)


@contextmanager
def serving(site: Site) -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _answer(site, self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    site.base = f"http://127.0.0.1:{server.server_port}"
    try:
        yield site
    finally:
        site.release.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(site: Site, request: BaseHTTPRequestHandler) -> None:
    asked = request.headers.get("Range", "")
    site.requests.append((request.path, asked))
    if request.path in site.redirects:
        request.send_response(302)
        request.send_header("Location", site.redirects[request.path])
        request.end_headers()
        return
    if request.path not in site.files:
        request.send_error(404)
        return
    content = site.files[request.path]
    mark = f'"{hashlib.sha256(content).hexdigest()[:8]}"'
    begin = int(asked[6:-1]) if asked and request.headers.get("If-Range") == mark else 0
    request.send_response(206 if begin else 200)
    request.send_header("ETag", mark)
    if site.announces_length:
        request.send_header("Content-Length", str(len(content) - begin))
    request.end_headers()
    end = begin + site.cuts.pop(0) if site.cuts else len(content)
    with suppress(ConnectionError):  # a client that had enough
        request.wfile.write(content[begin:end])
    if site.hangs.is_set():
        site.release.wait(30)
