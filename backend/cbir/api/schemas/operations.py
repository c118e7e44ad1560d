"""What monitors are told."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cbir.api.schemas.base import Output


class Health(Output):
    """The web process answers."""

    status: Literal["ok"] = "ok"
    version: str


class Part(Output):
    """One part of the server."""

    name: str
    state: Literal["ok", "warning", "failed"]
    message: str = Field("", description="Told to callers who may read.")
    remedy: str = ""


class Ready(Output):
    """Whether searches can be answered, and how the parts are."""

    ready: bool
    parts: list[Part]
