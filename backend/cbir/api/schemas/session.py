"""Logging in."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from cbir.api.schemas.base import Body, Output


class Credentials(Body):
    """A key, given once."""

    key: str = Field(min_length=1, max_length=1000, description="An API key, as `cbir keys create` printed it.")


class Session(Output):
    """Who the server takes the caller for."""

    role: Literal["none", "read", "write"] = Field(description="What the caller may do.")
    key: str | None = Field(description="The name of the key that was given, by header or by cookie.")
    expires_at: datetime | None = Field(description="When the login ends; null without a cookie.")
    open: bool = Field(description="Nobody needs a key: the server is on loopback and no key was made.")
