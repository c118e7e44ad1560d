"""The problem document (RFC 9457)."""

from __future__ import annotations

from pydantic import Field

from cbir.api.schemas.base import Output


class FieldMessage(Output):
    """What is wrong with one field."""

    field: str = Field(description="Its path: `positive.0`, `crop`.")
    message: str


class Problem(Output):
    """Why a request failed, and what to do about it."""

    type: str = Field(description="`urn:cbir:problem:` and a name that stays the same.")
    title: str
    status: int
    detail: str = Field(description="What is wrong, naming the thing.")
    remedy: str = Field(description="What to do about it; may be empty.")
    request_id: str = Field(description="Stands in the server's log too.")
    fields: list[FieldMessage] | None = Field(None, description="Of a 422: each field that cannot be.")
