"""Every failure as a problem document (RFC 9457): one table from kinds to statuses, one from errors to kinds."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, cast

from flask import Flask, Response, current_app, g, json
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from cbir import errors
from cbir.api.scrubbing import Scrubber

MEDIA_TYPE = "application/problem+json"
URN = "urn:cbir:problem:"
BUSY_SECONDS = 5
"""When to ask again where a server is away for a while."""
_SCHEMA = "What may be given stands in /api/v1/openapi.json."


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem."""

    status: HTTPStatus
    title: str
    detail: str = ""
    """What is said where nobody says more."""
    remedy: str = ""
    retry_after: int | None = None
    """Seconds."""


KINDS: dict[str, Kind] = {
    "bad-request": Kind(HTTPStatus.BAD_REQUEST, "The request cannot be read", "The request cannot be read.", _SCHEMA),
    "malformed-json": Kind(HTTPStatus.BAD_REQUEST, "The body is not valid JSON"),
    "unauthorized": Kind(HTTPStatus.UNAUTHORIZED, "A key is needed"),
    "forbidden": Kind(HTTPStatus.FORBIDDEN, "Not allowed"),
    "cross-site": Kind(HTTPStatus.FORBIDDEN, "A page of another site asked for it"),
    "not-found": Kind(
        HTTPStatus.NOT_FOUND, "Not found", "There is nothing at this address.", "See /api/v1/docs/ for what there is."
    ),
    "method-not-allowed": Kind(
        HTTPStatus.METHOD_NOT_ALLOWED, "Not this method", "This address does not answer this method.", _SCHEMA
    ),
    "not-acceptable": Kind(HTTPStatus.NOT_ACCEPTABLE, "Not in this form"),
    "conflict": Kind(HTTPStatus.CONFLICT, "What is there and what is asked do not fit"),
    "busy": Kind(HTTPStatus.CONFLICT, "Somebody else is writing", retry_after=BUSY_SECONDS),
    "too-large": Kind(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "Too large",
        "The request is larger than this server takes.",
        "Send less at a time, or raise server_upload_mb.",
    ),
    "unsupported-media-type": Kind(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Not this content type", "The body is of another type.", _SCHEMA
    ),
    "range-not-satisfiable": Kind(
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
        "No such part",
        "The picture does not have the part that `Range` asks for.",
        "Leave Range out, or ask for one part: bytes=0-1023. Content-Range says how many bytes there are.",
    ),
    "misdirected": Kind(HTTPStatus.MISDIRECTED_REQUEST, "Not this server's name"),
    "invalid": Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "The request has no meaning"),
    "unknown-name": Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "Nothing is called so"),
    "metric-not-applicable": Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "The metric does not suit the descriptor"),
    "unreadable-image": Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "The picture cannot be read"),
    "too-many-requests": Kind(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests"),
    "internal": Kind(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "A fault of the server",
        "Something went wrong that should not.",
        "Report it with the request_id, under which the server's log has more.",
    ),
    "weights-missing": Kind(HTTPStatus.SERVICE_UNAVAILABLE, "Weights are missing"),
    "plugin": Kind(HTTPStatus.SERVICE_UNAVAILABLE, "An extension cannot be loaded"),
    "storage": Kind(HTTPStatus.SERVICE_UNAVAILABLE, "The data cannot be read or written"),
    "unavailable": Kind(HTTPStatus.SERVICE_UNAVAILABLE, "Away for the moment", retry_after=BUSY_SECONDS),
}
"""By name, which is the last part of a document's `type`."""

ERRORS: dict[type[errors.CbirError], str] = {
    errors.CbirError: "internal",
    errors.InvalidRequestError: "invalid",
    errors.UnknownNameError: "unknown-name",
    errors.MetricNotApplicableError: "metric-not-applicable",
    errors.NotFoundError: "not-found",
    errors.ConflictError: "conflict",
    errors.ImageError: "unreadable-image",
    errors.DownloadError: "unavailable",
    errors.WeightsError: "weights-missing",
    errors.PluginError: "plugin",
    errors.StorageError: "storage",
    errors.WriterBusyError: "busy",
    errors.UnavailableError: "unavailable",
    errors.DescriptorError: "invalid",
}
"""The kind of an error, or of the nearest class above it."""

_BY_STATUS = {
    kind.status: name
    for name, kind in reversed(KINDS.items())
    if name not in {"malformed-json", "cross-site", "busy", "plugin", "storage", "weights-missing"}
}


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field of a request."""

    field: str
    """Its path: `positive.0`, `crop`."""
    message: str


@dataclass(eq=False)
class ProblemError(Exception):
    """A failure that only the API knows."""

    kind: str
    detail: str = ""
    remedy: str = ""
    fields: Sequence[FieldProblem] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def invalid(field: str, message: str, remedy: str = "") -> ProblemError:
    """A 422 about one field, for what a model cannot say."""
    return ProblemError("invalid", f"{field}: {message}", remedy or _SCHEMA, (FieldProblem(field, message),))


def of_validation(error: ValidationError) -> ProblemError:
    """A 422 with the path of each field and what may be given there."""
    fields = [
        FieldProblem(".".join(map(str, one["loc"])) or "body", one["msg"])
        for one in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    detail = "; ".join(f"{one.field}: {one.message}" for one in fields)
    return ProblemError("invalid", detail, _SCHEMA, fields)


def refuse(error: ValidationError) -> Response:
    """What flask-openapi3 calls for a request that its model refuses. Never returns."""
    raise of_validation(error) from None


def of_error(error: errors.CbirError) -> ProblemError:
    """The problem that an error of the program is."""
    kind = next(ERRORS[one] for one in type(error).__mro__ if one in ERRORS)
    return ProblemError(kind, error.message, error.remedy)


def response(problem: ProblemError) -> Response:
    """The answer to a request that failed."""
    kind = KINDS[problem.kind]
    scrub: Scrubber = current_app.extensions["cbir.scrubber"]
    document: dict[str, Any] = {
        "type": URN + problem.kind,
        "title": kind.title,
        "status": kind.status.value,
        "detail": scrub(problem.detail or kind.detail or kind.title + "."),
        "remedy": scrub(problem.remedy or kind.remedy),
        "request_id": g.get("request_id", ""),
    }
    if problem.fields:
        document["fields"] = [{"field": one.field, "message": scrub(one.message)} for one in problem.fields]
    answer = Response(json.dumps(document), kind.status, content_type=MEDIA_TYPE)
    if kind.retry_after is not None:
        answer.headers["Retry-After"] = str(kind.retry_after)
    answer.headers.update(problem.headers)
    return answer


def from_http(error: HTTPException) -> Response:
    """404 of an unknown address, 405, 413, …; what flask-openapi3 answered itself stays as it is."""
    if error.response is not None or error.code is None:
        return cast("Response", error.get_response())
    status = HTTPStatus(error.code)
    headers = {
        name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After", "Content-Range"}
    }
    default = "bad-request" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "internal"
    return response(ProblemError(_BY_STATUS.get(status, default), headers=headers))


def _from_fault(error: Exception) -> Response:
    logging.getLogger(__name__).error("A request failed: %s", type(error).__name__, exc_info=error)
    return response(ProblemError("internal"))


def init_app(app: Flask, scrubber: Scrubber) -> None:
    """Answer every failure with a problem document."""
    app.extensions["cbir.scrubber"] = scrubber
    app.register_error_handler(ProblemError, response)
    app.register_error_handler(errors.CbirError, lambda error: response(of_error(error)))
    app.register_error_handler(HTTPException, from_http)
    app.register_error_handler(Exception, _from_fault)
