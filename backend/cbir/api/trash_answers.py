"""Entries of the trash as they are answered."""

from __future__ import annotations

from cbir.api.schemas.trash import Entry
from cbir.uploads import TrashEntry


def shown_entry(entry: TrashEntry) -> Entry | None:
    """An entry for a client; None where nothing was thrown away."""
    if not entry.files:
        return None
    return Entry(
        id=entry.id,
        collection=entry.collection,
        thrown_at=entry.thrown_at,
        files=len(entry.files),
        size=entry.size,
    )
