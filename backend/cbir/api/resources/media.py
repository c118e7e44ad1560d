"""Pictures of images: thumbnails, what every browser shows, and the originals. Always by id, never by path."""

from __future__ import annotations

import os
from typing import cast
from urllib.parse import quote

from flask import Response, current_app, redirect, request
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as WerkzeugResponse

from cbir.api.picture_links import image_address
from cbir.api.problems import ProblemError
from cbir.api.renditions import FORMS, Renditions, original
from cbir.api.resource import resource, responses
from cbir.api.resources.images import record_of
from cbir.api.roles import Role
from cbir.api.schemas.addresses import OneImage
from cbir.api.schemas.media import OriginalParameters, ThumbnailParameters
from cbir.api.security.access import caller
from cbir.api.security.rates import uncounted
from cbir.api.services import EXTENSION, services
from cbir.errors import ImageError
from cbir.images.formats import allowed_format
from cbir.images.stripping import strip
from cbir.records import ImageRecord, shown_path

MEDIA_TYPES = {
    "AVIF": "image/avif",
    "BMP": "image/bmp",
    "GIF": "image/gif",
    "HEIF": "image/heic",
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "TIFF": "image/tiff",
    "WEBP": "image/webp",
}
"""By Pillow's name of an allowed format. SVG is none of them."""
SHOWN_BY_BROWSERS = frozenset({"BMP", "GIF", "JPEG", "PNG", "WEBP"})
"""By every one; others get a rendition."""
RENDERED = ", ".join(form.media_type for form in FORMS.values())
CACHING = "private, max-age=604800, immutable"
"""An id is the hash of its picture, so that what is at an address never changes."""
STRIPPED = "stripped-1"
"""Part of a validator: another way of taking out metadata needs another."""
RENDITIONS = "cbir.renditions"
"""The key of the application's extension that makes renditions."""

api = resource("pictures", "Pictures of images.")


@api.record
def _install(state: BlueprintSetupState) -> None:
    state.app.extensions[RENDITIONS] = Renditions.of(state.app.extensions[EXTENSION].settings)


@api.get("/collections/<collection>/images/<id>/thumbnail", responses=responses({200: RENDERED, 304: None}))
@uncounted
def show_thumbnail(path: OneImage, query: ThumbnailParameters) -> Response:
    """A small picture, upright and without metadata, as WebP or JPEG by `Accept`."""
    return thumbnail_answer(_record(path), query.size)


@api.get("/collections/<collection>/images/<id>/display", responses=responses({200: RENDERED, 304: None, 307: None}))
def show_display(path: OneImage) -> WerkzeugResponse:
    """A picture that every browser shows: of HEIC, TIFF and AVIF files one of at most 2048 pixels a side, upright;
    others are shown as they are, by the address of the original.
    """
    record = _record(path)
    if record.format in SHOWN_BY_BROWSERS:
        return redirect(image_address(path.collection, path.id, "original"), 307)
    ending = _accepted()
    return _rendition(_renditions().display(record, ending), ending)


@api.get(
    "/collections/<collection>/images/<id>/original",
    responses=responses(
        {200: ", ".join(MEDIA_TYPES.values()), 206: ", ".join(MEDIA_TYPES.values()), 304: None}, 409, 416
    ),
)
def show_original(path: OneImage, query: OriginalParameters) -> Response:
    """The image's file, without what it says about a person unless asked; parts of it by `Range`.

    409: the metadata cannot be taken out of this file, as of every TIFF.
    """
    if query.metadata == "keep":
        _require_write()
    record = _record(path)
    data = original(record)
    media_type = MEDIA_TYPES[allowed_format(data) or record.format]
    shown = data if query.metadata == "keep" else _stripped(data)
    answer = Response(shown, content_type=media_type)
    answer.headers["Content-Disposition"] = _disposition(record, download=query.download)
    answer.set_etag(record.id if query.metadata == "keep" else f"{record.id}-{STRIPPED}")
    return _conditional(answer)


def thumbnail_answer(record: ImageRecord, side: int) -> Response:
    """An image with at most ``side`` pixels a side, in the form that the client likes. Raises as `Renditions`."""
    ending = _accepted()
    return _rendition(_renditions().thumbnail(record, side, ending), ending)


def _record(path: OneImage) -> ImageRecord:
    with services().collection(path.collection) as opened:
        return record_of(opened, path.id)


def _renditions() -> Renditions:
    return cast("Renditions", current_app.extensions[RENDITIONS])


def _accepted() -> str:
    """The ending of the form that the client likes best; the first for one that accepts neither."""
    endings = {form.media_type: ending for ending, form in FORMS.items()}
    best = request.accept_mimetypes.best_match(list(endings))
    return endings[best] if best else next(iter(FORMS))


def _rendition(data: bytes, ending: str) -> Response:
    answer = Response(data, content_type=FORMS[ending].media_type)
    answer.add_etag()
    answer.vary.add("Accept")
    return _conditional(answer)


def _conditional(answer: Response) -> Response:
    """304, or a part of it, where the request asks for that."""
    answer.headers["Cache-Control"] = CACHING
    answer.make_conditional(request, accept_ranges=True, complete_length=answer.content_length)
    return answer


def _require_write() -> None:
    if caller().role < Role.WRITE:
        kind = "forbidden" if caller().known else "unauthorized"
        raise ProblemError(
            kind,
            "Whoever may only read gets pictures without their metadata.",
            "Leave metadata=keep away, or use a key that may write.",
        )


def _stripped(data: bytes) -> bytes:
    try:
        return strip(data)
    except ImageError as error:
        raise ProblemError(
            "conflict",
            error.message,
            "Use its display rendition, or ask for metadata=keep with a key that may write.",
        ) from None


def _disposition(record: ImageRecord, *, download: bool) -> str:
    """RFC 6266; the name is percent-encoded whole, so that nothing in it can end the header."""
    name = quote(shown_path(os.path.basename(record.path)), safe="")
    return f"{'attachment' if download else 'inline'}; filename*=UTF-8''{name}"
