"""Collections: what there is, and changes to a whole collection."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

from flask import Response

from cbir.api.collection_answers import opened_summary, summary
from cbir.api.job_answers import shown_job
from cbir.api.picture_links import folder_name
from cbir.api.resource import PREFIX, reply, resource, responses
from cbir.api.resources.folders import allowed_folders
from cbir.api.schemas.addresses import MAX_LIMIT, OneCollection, OneExtractor, Paging
from cbir.api.schemas.collections import (
    AddedExtractor,
    Collection,
    CollectionList,
    CollectionParameters,
    CollectionSummary,
    DeletedCollection,
    FolderToIndex,
    IndexedFolder,
    LabelCount,
    LabelList,
    NewCollection,
)
from cbir.api.schemas.images import LabelParameters
from cbir.api.schemas.jobs import Job
from cbir.api.services import services
from cbir.api.trash_answers import shown_entry
from cbir.errors import ConflictError, NotFoundError
from cbir.ingest.opening import default_extractors
from cbir.jobs.base import JobState
from cbir.progress import Silent

api = resource("collections", "Collections: named sets of images that can be searched.")


class _Notes(Silent):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


@api.get("/collections", responses=responses({200: CollectionList}))
def list_collections(query: Paging) -> Response:
    """The collections, by name. One that is damaged says so, and the others are listed all the same."""
    made = services()
    names = made.library.engine.collections()
    page = names[query.offset : query.offset + query.limit]
    return reply(
        CollectionList(
            engine=made.library.engine.name,
            collections=list(_summaries(page)),
            total=len(names),
            offset=query.offset,
            limit=query.limit,
        )
    )


@api.post("/collections", responses=responses({201: Collection}, 409, 413, 415))
def create_collection(body: NewCollection) -> Response:
    """Make an empty collection.

    Without `extractors` it gets the default ones whose weights are there or can be fetched now; `notes` say which
    were left out.
    """
    made = services()
    notes = _Notes()
    made.library.create(body.name, body.extractors or default_extractors(made.library, notes))
    headers = {"Location": f"{PREFIX}/collections/{body.name}"}
    return reply(_described(body.name, notes.lines), 201, headers)


@api.get("/collections/<collection>", responses=responses({200: Collection}))
def show_collection(path: OneCollection, query: CollectionParameters) -> Response:
    """A collection: its images, labels and extractors, and which of them can be used now; its folders if asked."""
    answer = _described(path.collection, [])
    return reply(answer.model_copy(update={"folders": _folders(path.collection)}) if query.folders else answer)


@api.delete("/collections/<collection>", responses=responses({200: DeletedCollection}, 409))
def delete_collection(path: OneCollection) -> Response:
    """Delete a collection, a damaged one too.

    Copies that were uploaded to it go to the trash. The person's own files are never touched.
    """
    made = services()
    name = path.collection
    _require_there(name)
    _clear_the_way(name)
    images = summary(made, name).images
    made.library.engine.drop(name)
    entry = made.uploads.throw_away(name, made.uploads.paths(name))
    remedy = "Make a collection of this name and index its folders again"
    remedy += "; then restore the uploaded copies from the trash." if entry.files else "."
    return reply(DeletedCollection(name=name, images=images, trash=shown_entry(entry), remedy=remedy))


@api.post("/collections/<collection>/extractors", responses=responses({202: Job}, 409, 413, 415))
def add_extractor(path: OneCollection, body: AddedExtractor) -> Response:
    """Add an extractor: a job describes every image with it; it can be searched when every image has it."""
    return _job("add-extractor", path.collection, {"extractor": body.extractor})


@api.delete("/collections/<collection>/extractors/<extractor>", responses=responses({200: Collection}, 409))
def drop_extractor(path: OneExtractor) -> Response:
    """Take an extractor out of a collection, with its descriptors."""
    made = services()
    with made.writing(path.collection, repair=True) as opened:
        if path.extractor not in opened.extractors():
            raise NotFoundError(
                f"The collection '{opened.name}' has no extractor '{path.extractor}'.",
                remedy=f"It has: {', '.join(opened.extractors())}.",
            )
        if opened.extractors() == [path.extractor]:
            raise ConflictError(
                f"'{path.extractor}' is the only extractor of '{opened.name}'.",
                remedy="Add another one first, or delete the collection.",
            )
        opened.stored.drop_extractor(path.extractor)
    return reply(_described(path.collection, []))


@api.post("/collections/<collection>/compact", responses=responses({202: Job}, 409))
def compact(path: OneCollection) -> Response:
    """Give back the disk space of images that were removed. Searches go on meanwhile."""
    return _job("compact", path.collection, {})


@api.post("/collections/<collection>/check", responses=responses({202: Job}, 409))
def check(path: OneCollection) -> Response:
    """Read all that is stored and say what is wrong with it."""
    return _job("check", path.collection, {})


@api.post("/collections/<collection>/folders", responses=responses({202: Job}, 409, 413, 415))
def index_folder(path: OneCollection, body: FolderToIndex) -> Response:
    """Index a folder of the server: what is new in it is added.

    Images whose files have vanished or changed are reported, and removed or replaced only when asked.
    """
    real = allowed_folders().resolve(body.path)
    arguments = {
        "paths": [os.fspath(real)],
        "remove_missing": body.remove_missing,
        "replace_changed": body.replace_changed,
    }
    return _job("index", path.collection, arguments)


@api.get("/collections/<collection>/labels", responses=responses({200: LabelList}))
def list_labels(path: OneCollection, query: LabelParameters) -> Response:
    """The labels of a collection with the number of their images, by name."""
    with services().collection(path.collection) as opened:
        labels = sorted(opened.stored.labels().items())
    page = labels[query.offset : query.offset + query.limit]
    return reply(
        LabelList(
            labels=[LabelCount(label=label, images=images) for label, images in page],
            total=len(labels),
            offset=query.offset,
            limit=query.limit,
        )
    )


def _summaries(names: list[str]) -> Iterator[CollectionSummary]:
    for name in names:
        # one that was deleted meanwhile is left out
        with suppress(NotFoundError):
            yield summary(services(), name)


def _described(name: str, notes: list[str]) -> Collection:
    made = services()
    with made.collection(name) as opened:
        return Collection(
            **opened_summary(opened).model_dump(),
            engine=made.library.engine.name,
            folders=None,
            labels=len(opened.stored.labels()),
            notes=notes,
        )


def _folders(name: str) -> list[IndexedFolder]:
    """The folders that were indexed, by name; every file's place is read."""
    made = services()
    uploads = str(made.uploads.folder(name))
    with made.collection(name) as opened:
        files = Counter(location.root for location, _ in opened.stored.locations())
    named: Counter[str] = Counter()
    for root, count in files.items():
        named[folder_name(root, uploads)] += count
    return [IndexedFolder(name=folder, files=count) for folder, count in sorted(named.items())]


def _job(kind: str, name: str, arguments: dict[str, object]) -> Response:
    """Hand work on a collection that is there, damaged or not, to a process of its own."""
    _require_there(name)
    job = services().jobs.add(kind, name, arguments)
    return reply(shown_job(job), 202, {"Location": f"{PREFIX}/jobs/{job.id}"})


def _require_there(name: str) -> None:
    if name not in services().library.engine.collections():
        raise NotFoundError(f"No collection is called '{name}'.", remedy="GET /collections lists what there is.")


def _clear_the_way(name: str) -> None:
    """Take jobs on a collection out of the queue: they would make it anew. None is taken out where one is at work, so
    that what is refused changes nothing.
    """
    _require_no_work(name)
    jobs = services().jobs
    for job in jobs.list(JobState.QUEUED, 0, MAX_LIMIT, name):
        with suppress(ConflictError):
            jobs.cancel(job.id)
    _require_no_work(name)


def _require_no_work(name: str) -> None:
    if running := services().jobs.list(JobState.RUNNING, 0, 1, name):
        raise ConflictError(
            f"A job ({running[0].kind}) is working on '{name}'.",
            remedy=f"Cancel the job {running[0].id}, or wait until it has ended.",
        )
