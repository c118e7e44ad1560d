"""Images as they are named to clients: below the folder that was indexed, and by address."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from urllib.parse import quote

from cbir.api.resource import PREFIX
from cbir.api.schemas.images import FileLocation, Image
from cbir.jobs.showing import path_below
from cbir.records import ImageRecord, Location, shown_path

UPLOADS = "uploads"
"""How the folder of a collection's uploaded copies is called."""


def image_address(collection: str, image_id: str, part: str = "") -> str:
    """The address of an image, or of one of its pictures (`thumbnail`, `display`, `original`)."""
    end = f"/{part}" if part else ""
    return f"{PREFIX}/collections/{quote(collection, safe='')}/images/{image_id}{end}"


def below_folder(location: Location) -> str:
    """The path of a file below the folder that was indexed, never an absolute one."""
    return path_below(location.path, location.root)


def folder_name(root: str, uploads: str) -> str:
    """How the folder that was indexed is called; a file that was named itself has the name of its folder."""
    return UPLOADS if root == uploads else shown_path(os.path.basename(root.rstrip(os.sep)))


def shown_image(collection: str, record: ImageRecord, uploads: str) -> Image:
    """An image as it is answered; ``uploads`` is the folder of the collection's uploaded copies."""
    return Image(
        id=record.id,
        path=below_folder(record.locations[0]) if record.locations else "",
        width=record.width,
        height=record.height,
        format=record.format,
        labels=list(record.labels),
        keywords=list(record.keywords),
        caption=record.caption,
        added_at=record.added_at,
        locations=[_shown_location(location, uploads) for location in record.locations],
        thumbnail=image_address(collection, record.id, "thumbnail"),
        display=image_address(collection, record.id, "display"),
        original=image_address(collection, record.id, "original"),
    )


def _shown_location(location: Location, uploads: str) -> FileLocation:
    return FileLocation(
        folder=folder_name(location.root, uploads),
        path=below_folder(location),
        size=location.size,
        modified_at=_time(location.mtime_ns),
        uploaded=os.path.dirname(location.path) == uploads,
    )


def _time(mtime_ns: int) -> datetime | None:
    """When a file was changed; None for a time that no calendar has, as broken disks write it."""
    try:
        return datetime.fromtimestamp(mtime_ns / 1e9, UTC)
    except (OverflowError, ValueError, OSError):
        return None
