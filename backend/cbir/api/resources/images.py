"""Images of a collection: added, listed, found by words, taken out."""

from __future__ import annotations

import secrets

import numpy as np
import orjson
from flask import Response, request

from cbir.api.picture_links import shown_image
from cbir.api.receiving import receive
from cbir.api.resource import PREFIX, reply, resource, responses
from cbir.api.schemas.addresses import OneCollection, OneImage, OneVector
from cbir.api.schemas.images import (
    MAX_SEED,
    DeletedImage,
    Descriptor,
    Image,
    ImageList,
    ImageParameters,
    KeywordImages,
    KeywordParameters,
    RandomImages,
    RandomParameters,
    UploadAnswer,
    UploadForm,
)
from cbir.api.services import services
from cbir.api.trash_answers import shown_entry
from cbir.collection import Collection
from cbir.engines.base import Filter
from cbir.errors import NotFoundError, UnknownNameError
from cbir.records import ImageRecord

JSON, BYTES = "application/json", "application/octet-stream"

api = resource("images", "Images of a collection.")


def record_of(collection: Collection, image_id: str) -> ImageRecord:
    """One image's record.

    Raises:
        NotFoundError: it is not in the collection.
    """
    (record,) = collection.stored.get([image_id])
    if record is None:
        raise NotFoundError(
            f"No image of '{collection.name}' has the id {image_id}.",
            remedy="It may have been removed; search or list the collection again.",
        )
    return record


@api.get("/collections/<collection>/images", responses=responses({200: ImageList}))
def list_images(path: OneCollection, query: ImageParameters) -> Response:
    """A page of a collection's images, in order of their ids."""
    wanted = Filter(tuple(query.labels), query.text)
    with services().collection(path.collection) as opened:
        answer = ImageList(
            images=_shown(opened, opened.stored.page(query.offset, query.limit, wanted)),
            total=opened.stored.count(wanted),
            offset=query.offset,
            limit=query.limit,
        )
    return reply(answer)


@api.post(
    "/collections/<collection>/images",
    responses=responses({200: UploadAnswer, 202: UploadAnswer}, 409, 413, 415),
)
def upload_images(path: OneCollection, form: UploadForm) -> Response:
    """Add pictures: each is decoded before it is stored, and a job indexes those that were stored.

    The answer tells what became of each file. 200: all of them were in the collection already. 422: none of them can
    be read as a picture. Labels are given to what is stored, not to what was there.
    """
    answer = receive(services(), path.collection, form.images, form.labels)
    if answer.job is None:
        return reply(answer)
    return reply(answer, 202, {"Location": f"{PREFIX}/jobs/{answer.job.id}"})


@api.get("/collections/<collection>/images/random", responses=responses({200: RandomImages}))
def random_images(path: OneCollection, query: RandomParameters) -> Response:
    """Different images by chance."""
    seed = secrets.randbelow(MAX_SEED) if query.seed is None else query.seed
    wanted = Filter(tuple(query.labels), query.text)
    with services().collection(path.collection) as opened:
        found = opened.stored.sample(query.size, seed, wanted)
        return reply(RandomImages(seed=seed, total=opened.stored.count(wanted), images=_shown(opened, found)))


@api.get("/collections/<collection>/keywords", responses=responses({200: KeywordImages}))
def search_keywords(path: OneCollection, query: KeywordParameters) -> Response:
    """Images whose file name, labels, keywords or caption hold every word, the most relevant first."""
    with services().collection(path.collection) as opened:
        ids = opened.stored.keyword_search(query.text, query.limit)
        found = [record for record in opened.stored.get(ids) if record]
        return reply(KeywordImages(images=_shown(opened, found)))


@api.get("/collections/<collection>/images/<id>", responses=responses({200: Image}))
def show_image(path: OneImage) -> Response:
    """What is known of an image."""
    with services().collection(path.collection) as opened:
        (image,) = _shown(opened, [record_of(opened, path.id)])
    return reply(image)


@api.delete("/collections/<collection>/images/<id>", responses=responses({200: DeletedImage}, 409))
def delete_image(path: OneImage) -> Response:
    """Take an image out of a collection.

    Copies that were uploaded go to the trash. The person's own files are never touched.
    """
    made = services()
    with made.writing(path.collection, repair=True) as opened:
        record = record_of(opened, path.id)
        opened.stored.delete([path.id])
    entry = made.uploads.throw_away(path.collection, [location.path for location in record.locations])
    own = len(record.locations) - len(entry.files)
    return reply(DeletedImage(id=path.id, trash=shown_entry(entry), files=own))


@api.get(
    "/collections/<collection>/images/<id>/vectors/<extractor>",
    responses=responses({200: Descriptor}),
)
def show_vector(path: OneVector) -> Response:
    """An image's descriptor, as JSON, or by `Accept: application/octet-stream` as little-endian 32-bit floats."""
    with services().collection(path.collection) as opened:
        record_of(opened, path.id)
        try:
            opened.identity(path.extractor)
        except UnknownNameError as error:
            raise NotFoundError(error.message, remedy=error.remedy) from None
        (vector,) = opened.stored.vectors(path.extractor, [path.id])
    headers = {"Vary": "Accept"}
    if request.accept_mimetypes.best_match([JSON, BYTES]) == BYTES:
        return Response(vector.astype("<f4").tobytes(), 200, headers, content_type=BYTES)
    answer = {
        "id": path.id,
        "extractor": path.extractor,
        "dims": len(vector),
        "vector": np.ascontiguousarray(vector, np.float32),
    }
    return Response(orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY), 200, headers, content_type=JSON)


def _shown(collection: Collection, records: list[ImageRecord]) -> list[Image]:
    uploads = str(services().uploads.folder(collection.name))
    return [shown_image(collection.name, record, uploads) for record in records]
