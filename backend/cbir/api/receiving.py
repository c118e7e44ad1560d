"""Pictures that are sent to a collection: decoded, kept, and handed to a job that indexes them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Literal

from flask_openapi3.models.file import FileStorage

from cbir.api.job_answers import scrubbed, shown_job
from cbir.api.problems import FieldProblem, ProblemError
from cbir.api.schemas.images import UploadAnswer, UploadedFile
from cbir.api.services import Services
from cbir.collection import Collection
from cbir.errors import ImageError
from cbir.images.files import Limits, file_id, require_size
from cbir.jobs import arguments
from cbir.uploads import Stored
from cbir.uploads.names import shown_name


def receive(made: Services, name: str, files: Sequence[FileStorage], labels: Sequence[str]) -> UploadAnswer:
    """Take in what can be read as a picture and is not in the collection already.

    Args:
        made: the services.
        name: the collection.
        files: as they were sent; they are read one after the other.
        labels: what all of them are labelled with.

    Raises:
        NotFoundError: there is no such collection.
        InvalidRequestError: a label that cannot be one; nothing is kept.
        ProblemError: none of the files can be read as a picture (422); each is a field of the problem.
        StorageError: one cannot be kept. What was kept before it is taken up when it is sent again.
    """
    wanted = arguments.labels("labels", labels)
    with made.collection(name) as collection:
        results = list(_each(made, collection, files))
    answered = [file for file, _ in results]
    if all(file.state == "refused" for file in answered):
        raise _all_refused(answered)
    stored = [one for _, one in results if one]
    if not stored:
        return UploadAnswer(job=None, files=answered)
    uploads = [{"path": one.path, "name": one.name} for one in stored]
    job = made.jobs.add("upload", name, {"uploads": uploads, "labels": wanted})
    return UploadAnswer(job=shown_job(job), files=answered)


def _each(
    made: Services, collection: Collection, files: Sequence[FileStorage]
) -> Iterator[tuple[UploadedFile, Stored | None]]:
    """What becomes of each file, and what was stored of it."""
    seen: set[str] = set()
    for file in files:
        name = shown_name(file.filename or "")
        try:
            image_id, stored = _take(made, collection, file, seen)
        except ImageError as error:
            reason, remedy = scrubbed(error.message), scrubbed(error.remedy)
            yield UploadedFile(name=name, state="refused", id="", reason=reason, remedy=remedy), None
        else:
            reason = "" if stored else "The collection has this picture already."
            state: Literal["stored", "duplicate"] = "stored" if stored else "duplicate"
            yield UploadedFile(name=name, state=state, id=image_id, reason=reason, remedy=""), stored


def _take(made: Services, collection: Collection, file: FileStorage, seen: set[str]) -> tuple[str, Stored | None]:
    """A picture's id, and what was stored: nothing where it is there, or came (``seen``) in the same request.

    Raises:
        ImageError: it is no picture, or too large, in which case nothing of it is read.
    """
    require_size(file.seek(0, os.SEEK_END), Limits(bytes=made.settings.server_upload_mb << 20))
    file.seek(0)
    data: bytes = file.read()
    image_id = file_id(data)
    if image_id in seen or _is_there(collection, image_id):
        return image_id, None
    stored = made.uploads.store(collection.name, file.filename or "", data)
    seen.add(image_id)
    return image_id, stored


def _is_there(collection: Collection, image_id: str) -> bool:
    """Whether the collection has an image, with a file: one whose files are gone is taken in again."""
    (record,) = collection.stored.get([image_id])
    return record is not None and any(os.path.exists(location.path) for location in record.locations)


def _all_refused(files: Sequence[UploadedFile]) -> ProblemError:
    fields = [FieldProblem(f"images.{number}", file.reason) for number, file in enumerate(files)]
    first = files[0]
    others = f" (and {len(files) - 1:,} more)" if len(files) > 1 else ""
    return ProblemError(
        "unreadable-image",
        f"{first.name or 'The file'}{others}: {first.reason}",
        first.remedy,
        fields,
    )
