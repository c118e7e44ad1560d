"""A web site on the loopback address that answers each path as a test wants."""

import gzip
import socket
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Site:
    """`pages`: path -> what answers it, given the request's handler; `requests`: (path, headers) of each request."""

    def __init__(self):
        self.pages = {}
        self.requests = []
        self.port = 0
        self.released = threading.Event()

    def url(self, path, host="photos.example"):
        return f"http://{host}:{self.port}{path}"


def file(data, **headers):
    """A page: an ordinary file."""

    def answer(handler):
        handler.send_response(200)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(data)

    return answer


def redirect(location, status=302):
    """A page: somewhere else."""

    def answer(handler):
        handler.send_response(status)
        handler.send_header("Location", location)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def status(code):
    """A page: an error."""

    def answer(handler):
        handler.send_response(code)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def raw(site, *blocks, then=b"", every=0.02):
    """A page: these bytes as they are, then ``then`` again and again until the test ends."""

    def answer(handler):
        handler.close_connection = True
        with suppress(OSError):
            for block in blocks:
                handler.wfile.write(block)
            while then and not site.released.wait(every):
                handler.wfile.write(then)

    return answer


def gzip_bomb(size):
    """A page: zeros, a thousand times smaller on the way."""
    return file(gzip.compress(bytes(size)), Content_Encoding="gzip")


@contextmanager
def serving(site, tls=None, host="127.0.0.1", port=0):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            site.requests.append((self.path, dict(self.headers)))
            site.pages[self.path](self)

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request, client_address):
            """Clients that hang up are what is tested."""

    server = Server((host, port), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    site.port = server.server_port
    try:
        yield site
    finally:
        site.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


def free_port():
    """A loopback port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
