"""Requests read strictly: what cannot be read is said, not taken for an empty body."""

from __future__ import annotations

from functools import cached_property
from typing import IO, Any, NoReturn

import orjson
from flask import Request

from cbir.api.problems import ProblemError


class ApiRequest(Request):
    """A request whose body is what it says to be."""

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:  # noqa: ARG002, FBT001, FBT002 — flask's signature
        """The JSON value of the body, never silently none.

        Raises:
            ProblemError: another content type (415), or text that is not JSON (400).
        """
        if not self.is_json:
            raise ProblemError(
                "unsupported-media-type",
                f"The body is {self.mimetype or 'of no stated type'}.",
                remedy="Send it as application/json.",
            )
        try:
            return orjson.loads(self.get_data(cache=cache))
        except orjson.JSONDecodeError as error:
            raise ProblemError(
                "malformed-json",
                f"The body is not JSON: {error.msg} in line {error.lineno}, column {error.colno}.",
                remedy="Send one JSON object.",
            ) from None

    def _load_form_data(self) -> None:
        try:
            super()._load_form_data()
        except ValueError:
            self._forget_files()
            _unreadable_form()
        except BaseException:
            self._forget_files()
            raise

    def _get_file_stream(self, *arguments: Any, **options: Any) -> IO[bytes]:
        stream = super()._get_file_stream(*arguments, **options)
        self._streams.append(stream)
        return stream

    @cached_property
    def _streams(self) -> list[IO[bytes]]:
        return []

    def _forget_files(self) -> None:
        """Close what came of a form before it was refused; only a form that was read whole closes its files."""
        for stream in self._streams:
            stream.close()

    def make_form_data_parser(self) -> Any:
        """A parser that does not hide a body it cannot read."""
        parser = super().make_form_data_parser()
        parser.silent = False
        return parser


def _unreadable_form() -> NoReturn:
    raise ProblemError(
        "bad-request",
        "The body is not the multipart form that its content type says.",
        remedy="Let the client's library make the body and its boundary.",
    )
