"""Pictures to search with."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from cbir.api.schemas.base import Body, Form, Output, PathParameters, QueryParameters
from cbir.api.schemas.images import PictureFile
from cbir.api.schemas.search import FORM_ENCODING, Token, WebAddress

ENCODING = {"image": FORM_ENCODING["image"]}
"""How the form's fields are sent."""


class PictureByAddress(Body):
    """A picture on the web."""

    model_config = ConfigDict(strict=True)

    url: WebAddress


class PictureForm(Form):
    """A picture's file."""

    image: PictureFile


class QueryPath(PathParameters):
    """Which picture."""

    query: Token


class QueryThumbnailSize(QueryParameters):
    """How large."""

    size: Annotated[
        Literal[160, 320, 640], BeforeValidator(lambda size: int(size) if str(size).isdigit() else size)
    ] = Field(320, description="Pixels of the longer side.")


class PictureToSearchWith(Output):
    """A picture that the server keeps in memory for a while."""

    query: str = Field(description="The token by which POST /search and /compare take it.")
    id: str = Field(description="SHA-256 of its file, the id that it has where it is indexed.")
    width: int
    height: int
    expires_at: datetime = Field(description="When it is forgotten if nobody searches with it.")
