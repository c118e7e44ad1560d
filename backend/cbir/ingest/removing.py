"""Taking images out of a collection. The person's own files are never touched."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cbir.engines.base import StoredCollection
from cbir.errors import InvalidRequestError, NotFoundError
from cbir.ingest.records import is_below, without_locations
from cbir.records import shown_path

ID_PREFIX = "id:"


@dataclass(frozen=True, slots=True)
class Removal:
    """What a removal did."""

    images: int
    locations: int


def remove(stored: StoredCollection, targets: Sequence[str]) -> Removal:
    """Remove images by id (`id:HEX`), or all that were found at or below a path.

    An image that was found at other places too stays, without the locations that were named.

    Raises:
        NotFoundError: a target names nothing in the collection; nothing was removed.
        InvalidRequestError: a target is empty.
    """
    if "" in targets:
        raise InvalidRequestError("A target is empty. Nothing was removed.", remedy="Name a path, or id:HEX.")
    known = {location.path: image_id for location, image_id in stored.locations()}
    by_id = [target.removeprefix(ID_PREFIX) for target in targets if target.startswith(ID_PREFIX)]
    for image_id, record in zip(by_id, stored.get(by_id), strict=True):
        if record is None:
            raise _not_there(stored.name, f"{ID_PREFIX}{image_id}")
    paths: dict[str, str] = {}
    for target in targets:
        if target.startswith(ID_PREFIX):
            continue
        root = os.path.abspath(target)
        below = {path: image_id for path, image_id in known.items() if is_below(path, [root])}
        if not below:
            raise _not_there(stored.name, shown_path(root))
        paths |= below
    removed = forget_locations(stored, paths)
    results = stored.delete(by_id) if by_id else []
    return Removal(images=removed + sum(result.done for result in results), locations=len(paths))


def forget_locations(stored: StoredCollection, paths: Mapping[str, str]) -> int:
    """Forget files (path to image id); the number of images that were deleted because no file of theirs is left."""
    ids = sorted(set(paths.values()))
    left = [without_locations(record, paths.keys()) for record in stored.get(ids) if record]
    stay = [record for record in left if record.locations]
    gone = [record.id for record in left if not record.locations]
    if stay:
        stored.update(stay)
    if gone:
        stored.delete(gone)
    return len(gone)


def _not_there(collection: str, target: str) -> NotFoundError:
    return NotFoundError(
        f"The collection '{collection}' knows nothing of {target}. Nothing was removed.",
        remedy="`cbir collections show` prints the folders that were indexed.",
    )
