"""Pictures from outside: taken in within limits, kept in memory under a token, never written to disk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from flask import current_app, request
from werkzeug.datastructures import FileStorage

from cbir.api.fetching import Fetcher, FetchLimits
from cbir.api.fields import about
from cbir.api.problems import FieldProblem, ProblemError
from cbir.api.services import Services
from cbir.describing.local import LIFETIME_S
from cbir.images.decode import Limits, open_image
from cbir.settings import Settings

FETCHER = "cbir.fetcher"
"""The key of the application's extension that fetches pictures from the web."""
UNKNOWN_TYPE = "application/octet-stream"
_SVG = "image/svg"
_MIB = 1 << 20
_FORMATS = "Send a JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC or AVIF file."


@dataclass(frozen=True, slots=True)
class Kept:
    """A picture that is remembered for a while."""

    token: str
    expires_at: datetime
    """If nobody searches with it before."""


def uploaded(file: object, settings: Settings) -> bytes:
    """The picture in the field `image` of a form, its header checked.

    Raises:
        ProblemError: text in place of a file, or several (422), declared as something else than a picture (415), too
            large (413), or no picture that can be read (422).
    """
    if not isinstance(file, FileStorage):
        raise _refused("invalid", "image", "It is text in place of a file.")
    if len(request.files.getlist("image")) > 1:
        raise _refused("invalid", "image", "There are several.")
    kind = file.mimetype or UNKNOWN_TYPE
    if kind != UNKNOWN_TYPE and (not kind.startswith("image/") or kind.startswith(_SVG)):
        raise _refused(
            "unsupported-media-type", "image", f"It is declared as {kind}, which is no picture that is read."
        )
    return _checked(file.stream.read(settings.server_upload_mb * _MIB + 1), "image", settings)


def may_fetch(settings: Settings) -> bool:
    """Whether pictures may be fetched from addresses."""
    return settings.server_url_queries and not settings.offline


def fetched(url: str, settings: Settings) -> bytes:
    """The picture at the address in the field `url`, its header checked.

    Raises:
        ProblemError: switched off (403), an address that may not be opened, or no picture there (422).
    """
    if not may_fetch(settings):
        raise ProblemError(
            "forbidden",
            "This server does not fetch pictures from the web.",
            "Save the picture and upload it; the server's owner can switch this on (CBIR_SERVER_URL_QUERIES).",
            [FieldProblem("url", "This is switched off.")],
        )
    with about("url"):
        data = _fetcher(settings).fetch(url)
    return _checked(data, "url", settings)


def keep(data: bytes, served: Services) -> Kept:
    """Remember a picture."""
    return kept(served.queries.put(data))


def kept(token: str) -> Kept:
    """A remembered picture that is used now."""
    return Kept(token, (datetime.now(UTC) + timedelta(seconds=LIFETIME_S)).replace(microsecond=0))


def _checked(data: bytes, field: str, settings: Settings) -> bytes:
    limits = Limits(bytes=settings.server_upload_mb * _MIB)
    if len(data) > limits.bytes:
        raise _refused("too-large", field, f"The picture is larger than {settings.server_upload_mb} MiB.")
    with about(field), open_image(data, limits):
        return data


def _refused(kind: str, field: str, message: str) -> ProblemError:
    return ProblemError(kind, f"{field}: {message}", _FORMATS, [FieldProblem(field, message)])


def _fetcher(settings: Settings) -> Fetcher:
    extensions = current_app.extensions
    if FETCHER not in extensions:
        extensions[FETCHER] = Fetcher(FetchLimits(bytes=settings.server_upload_mb * _MIB))
    return cast("Fetcher", extensions[FETCHER])
