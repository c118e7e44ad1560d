"""Folders of the server: which may be indexed."""

from __future__ import annotations

from flask import Response

from cbir.api.resource import reply, resource, responses
from cbir.api.roles import Role, require
from cbir.api.schemas.folders import Folder, FolderList, FolderParameters
from cbir.api.server_folders import ServerFolders, count_images
from cbir.api.services import services

api = resource("folders", "Folders of the server that may be indexed.")


@api.get("/folders", responses=responses({200: FolderList}))
@require(Role.WRITE)
def list_folders(query: FolderParameters) -> Response:
    """The folders in a folder, to choose one to index.

    Only what lies below the folders that the server was given is shown, and links are not followed. Whoever may
    index may look.
    """
    found, unlisted = allowed_folders().children(query.path)
    page = found[query.offset : query.offset + query.limit]
    counts = count_images([one.real for one in page])
    folders = [
        Folder(path=one.path, name=one.path.rpartition("/")[2], images=count.images, images_at_least=count.more)
        for one, count in zip(page, counts, strict=True)
    ]
    return reply(
        FolderList(
            path=query.path,
            folders=folders,
            unlisted=unlisted,
            total=len(found),
            offset=query.offset,
            limit=query.limit,
        )
    )


def allowed_folders() -> ServerFolders:
    """The folders that this server may index."""
    made = services()
    return ServerFolders(made.roots, made.settings.data_dir)
