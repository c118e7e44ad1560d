"""The trash: uploaded copies of images and collections that were deleted."""

from __future__ import annotations

import os

from flask import Response

from cbir.api.job_answers import shown_job
from cbir.api.resource import reply, resource, responses
from cbir.api.roles import Role, require
from cbir.api.schemas.addresses import Paging
from cbir.api.schemas.trash import Emptied, EntryList, OneEntry, Restored
from cbir.api.services import services
from cbir.api.trash_answers import shown_entry
from cbir.errors import ConflictError

api = resource("trash", "Uploaded copies that were thrown away.")


@api.get("/trash", responses=responses({200: EntryList}))
@require(Role.WRITE)
def list_trash(query: Paging) -> Response:
    """What was thrown away, latest first."""
    entries = [entry for one in services().uploads.trash() if (entry := shown_entry(one))]
    page = entries[query.offset : query.offset + query.limit]
    return reply(EntryList(entries=page, total=len(entries), offset=query.offset, limit=query.limit))


@api.delete("/trash", responses=responses({200: Emptied}))
def empty_trash() -> Response:
    """Delete all of it for good."""
    return reply(Emptied(bytes=services().uploads.empty()))


@api.post("/trash/<entry>/restore", responses=responses({202: Restored}, 409))
def restore(path: OneEntry) -> Response:
    """Put copies back into their collection; a job makes them searchable again. Labels are not kept in the trash."""
    made = services()
    entry = made.uploads.entry(path.entry)
    if entry.collection not in made.library.engine.collections():
        raise ConflictError(
            f"The collection '{entry.collection}' is not there any more.",
            remedy="Make a collection of this name (POST /collections), then restore again.",
        )
    paths = made.uploads.restore(entry)
    uploads = [{"path": one, "name": os.path.basename(one)} for one in paths]
    job = made.jobs.add("upload", entry.collection, {"uploads": uploads, "labels": []})
    return reply(Restored(collection=entry.collection, files=len(paths), job=shown_job(job)), 202)
