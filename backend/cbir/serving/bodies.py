"""A request's body whose faults are the client's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from gunicorn.http.errors import ParseException
from werkzeug.exceptions import ClientDisconnected

Application = Callable[[dict[str, Any], Any], Any]


class Body:
    """`wsgi.input` of gunicorn: where a chunk is malformed or does not come, the request is bad, not the server."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """See `io.RawIOBase.read`."""
        return self._asked(self._stream.read, size)

    def readline(self, size: int = -1) -> bytes:
        """See `io.IOBase.readline`."""
        return self._asked(self._stream.readline, size)

    def readlines(self, hint: int = -1) -> list[bytes]:  # noqa: ARG002 — a hint, which WSGI lets us ignore
        """See `io.IOBase.readlines`."""
        return list(self)

    def __iter__(self) -> Iterator[bytes]:
        while line := self.readline():
            yield line

    @staticmethod
    def _asked(read: Callable[[int], bytes], size: int) -> bytes:
        try:
            return read(size)
        except (ParseException, OSError) as error:
            raise ClientDisconnected(str(error)) from error


def careful(application: Application) -> Application:
    """An application that reads bodies in this way."""

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        environ["wsgi.input"] = Body(environ["wsgi.input"])
        return application(environ, start_response)

    return answer
