"""What becomes of an image's record when the image comes again; the same in every engine."""

from __future__ import annotations

from dataclasses import replace

from cbir.records import ImageRecord, in_path_order


def merged(old: ImageRecord, new: ImageRecord) -> ImageRecord:
    """``new`` with the locations, labels and keywords of both, and what only ``old`` says."""
    return normal(
        replace(
            new,
            locations=(*old.locations, *new.locations),
            labels=(*old.labels, *new.labels),
            keywords=(*old.keywords, *new.keywords),
            caption=new.caption or old.caption,
            added_at=old.added_at or new.added_at,
        )
    )


def normal(record: ImageRecord) -> ImageRecord:
    """Locations in path order, the later of two with one path; labels sorted; nothing twice."""
    return replace(
        record,
        locations=in_path_order(record.locations),
        labels=tuple(sorted(set(record.labels))),
        keywords=tuple(dict.fromkeys(record.keywords)),
    )
