"""Pictures from outside to search with."""

from __future__ import annotations

from io import BytesIO

from flask import Response
from PIL import Image

from cbir.api import query_pictures
from cbir.api.fields import about
from cbir.api.resource import either, read_either, reply, resource, responses
from cbir.api.roles import Role, require
from cbir.api.schemas.queries import (
    ENCODING,
    PictureByAddress,
    PictureForm,
    PictureToSearchWith,
    QueryPath,
    QueryThumbnailSize,
)
from cbir.api.security.rates import uncounted
from cbir.api.services import services
from cbir.images.decode import decode_reduced, file_id
from cbir.images.thumbnails import thumbnail
from cbir.images.turns import examine, turn

FINE = 2
"""A picture is decoded at no less than this many times the wanted size."""

api = resource("queries", "Pictures to search with, kept in memory for a while and never on disk.")


@api.post(
    "/queries",
    summary="Give a picture to search with",
    openapi_extensions=either(api, PictureByAddress, PictureForm, ENCODING),
    responses=responses({201: PictureToSearchWith}, 413, 415),
)
@require(Role.READ)
def keep_picture() -> Response:
    """A file as a form, or where the server's owner allows it an address on the web; its token searches later."""
    served = services()
    body = read_either(PictureByAddress, PictureForm)
    if isinstance(body, PictureByAddress):
        field, data = "url", query_pictures.fetched(body.url, served.settings)
    else:
        field, data = "image", query_pictures.uploaded(body.image, served.settings)
    with about(field):
        picture = examine(data)
    kept = query_pictures.keep(data, served)
    answer = PictureToSearchWith(
        query=kept.token,
        id=file_id(data),
        width=picture.width,
        height=picture.height,
        expires_at=kept.expires_at,
    )
    return reply(answer, 201)


@api.get(
    "/queries/<query>/thumbnail",
    summary="Show a picture that was searched with",
    responses=responses({200: "image/jpeg"}),
)
@uncounted
def query_thumbnail(path: QueryPath, query: QueryThumbnailSize) -> Response:
    """The picture, made small, as long as the server remembers it; browsers are told to keep no copy."""
    data = services().queries.data(path.query)
    with turn(data):
        small = thumbnail(decode_reduced(data, FINE * query.size).pixels, query.size)
    file = BytesIO()
    Image.fromarray(small).save(file, "JPEG", quality=85)
    return Response(file.getvalue(), content_type="image/jpeg", headers={"Cache-Control": "private, no-store"})
