"""What descriptors see in pictures."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from flask import Response, current_app, request
from flask.blueprints import BlueprintSetupState

from cbir.api import query_pictures
from cbir.api.feature_maps import FeatureMaps
from cbir.api.fields import about
from cbir.api.figures_shown import shown_figure
from cbir.api.picture_links import image_address
from cbir.api.problems import invalid
from cbir.api.query_pictures import Kept
from cbir.api.resource import either, read_either, reply, resource, responses
from cbir.api.resources.images import record_of
from cbir.api.roles import Role, require
from cbir.api.schemas.addresses import OneVector
from cbir.api.schemas.figures import ENCODING, DescriptorFigure, FigureBody, FigureForm, MapParameters, OneMap
from cbir.api.services import EXTENSION, Services, services
from cbir.errors import NotFoundError, UnknownNameError
from cbir.explain.maps import chosen_channels
from cbir.explain.readers import reader_for
from cbir.extractors import EXTRACTORS
from cbir.extractors.base import Extractor
from cbir.images.decode import decode
from cbir.images.turns import turn
from cbir.records import Identity, Vector
from cbir.searching.crops import Crop
from cbir.searching.examples import descriptor_key

MAPS = "cbir.feature-maps"
"""The key of the application's extension that makes feature maps."""
FIRST = 64
"""Channels that are shown where none are named."""
CACHING = "private, max-age=86400"
"""Maps change with the weights alone."""

api = resource("figures", "What descriptors see in pictures.")


@api.record
def _install(state: BlueprintSetupState) -> None:
    state.app.extensions[MAPS] = FeatureMaps(state.app.extensions[EXTENSION].settings)


@api.get(
    "/collections/<collection>/images/<id>/figures/<extractor>",
    summary="Show what a descriptor sees in an image",
    responses=responses({200: DescriptorFigure}),
)
def show_figure(path: OneVector) -> Response:
    """The stored descriptor as the figure that its kind of values makes.

    `hist-basic`: 81 colours in five regions. `cnn-hist`: the histograms of 1,472 channels in five layers. Any other
    descriptor: its values in a grid, 64 x 64 for 4,096 of them.
    """
    with services().collection(path.collection) as opened:
        record_of(opened, path.id)
        try:
            identity = opened.identity(path.extractor)
        except UnknownNameError as error:
            raise NotFoundError(error.message, remedy=error.remedy) from None
        (vector,) = opened.stored.vectors(path.extractor, [path.id])
    figure = reader_for(identity).figure(vector)
    return reply(
        DescriptorFigure(
            extractor=path.extractor,
            dims=len(vector),
            id=path.id,
            query=None,
            query_expires_at=None,
            figure=shown_figure(figure, lambda layer: image_address(path.collection, path.id, f"maps/{layer}")),
        )
    )


@api.post(
    "/figures",
    summary="Show what a descriptor sees in a picture from outside",
    openapi_extensions=either(api, FigureBody, FigureForm, ENCODING),
    responses=responses({200: DescriptorFigure}, 413, 415),
)
@require(Role.READ)
def show_picture_figure() -> Response:
    """The same for a picture that was searched with, or a file; it is described by the installed extractor."""
    served = services()
    body = read_either(FigureBody, FigureForm)
    with about("extractor"):
        extractor = EXTRACTORS.get(body.extractor)
    with about("crop"):
        crop = Crop.parse(body.crop) if body.crop else None
    if isinstance(body, FigureBody):
        picture = Picture(query_pictures.kept(body.query), "query", crop)
    else:
        data = query_pictures.uploaded(body.image, served.settings)
        picture = Picture(query_pictures.keep(data, served), "image", crop)
    identity = extractor.identity(served.library.weights)
    figure = reader_for(identity).figure(_described(picture, extractor, identity, served))
    return reply(
        DescriptorFigure(
            extractor=identity.name,
            dims=identity.dims,
            id=None,
            query=picture.kept.token,
            query_expires_at=picture.kept.expires_at,
            figure=shown_figure(figure, lambda _layer: None),
        )
    )


@api.get(
    "/collections/<collection>/images/<id>/maps/<layer>",
    summary="Show feature maps of an image",
    responses=responses({200: "image/png", 304: None}),
)
def show_maps(path: OneMap, query: MapParameters) -> Response:
    """Where the channels of a layer of VGG16 answer, as one greyscale PNG.

    Channel after channel, row by row, ⌈√N⌉ in a row, one grey pixel between two maps; each map is scaled so that its
    own maximum is white and 0 is black. 503: VGG16's weights are not there.
    """
    if query.channels is not None and query.first is not None:
        raise invalid("first", "Only one of channels and first can be given.")
    named = [int(one) for one in (query.channels or "").split(",") if one]
    with about("channels"):
        channels = chosen_channels(path.layer, named, query.first or FIRST)
    served = services()
    with served.collection(path.collection) as opened:
        record = record_of(opened, path.id)
    maps = cast("FeatureMaps", current_app.extensions[MAPS])
    answer = Response(maps.montage(record, path.layer, channels, served.library), content_type="image/png")
    answer.headers["Cache-Control"] = CACHING
    answer.add_etag()
    answer.make_conditional(request)
    return answer


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture from outside."""

    kept: Kept
    field: str
    """Of the request, that gives it."""
    crop: Crop | None


def _described(picture: Picture, extractor: Extractor, identity: Identity, served: Services) -> Vector:
    """A picture's descriptor (D,), the one that searches with it use too."""
    token, key = picture.kept.token, descriptor_key(identity, picture.crop)
    with about(picture.field):
        known = served.queries.descriptor(token, key)
        if known is not None:
            return known
        data = served.queries.data(token)
        its_turn = turn(data)
    with its_turn:
        with about(picture.field):
            pixels = decode(data).pixels
        if picture.crop:
            with about("crop"):
                pixels = picture.crop.of(pixels)
        found = served.library.describer.describe(pixels, extractor)
    # what expired in this very moment is answered all the same
    with suppress(NotFoundError):
        served.queries.keep(token, key, found)
    return found
