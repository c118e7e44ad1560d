"""What an indexing run did, file by file where something is to be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cbir.ingest.walk import Failure


@dataclass(slots=True)
class Report:
    """The outcome of an indexing run. Every file that was met is counted once.

    ``added + unchanged + duplicates + replaced + len(changed) + other_shards + len(failed)`` candidates were met.
    """

    collection: str
    added: int = 0
    """New images."""
    unchanged: int = 0
    """Files that were there already."""
    duplicates: int = 0
    """New files with the bytes of an image that is there: a further location of it."""
    replaced: int = 0
    """Files whose content had changed, indexed anew (`--replace-changed`)."""
    other_shards: int = 0
    """Files that belong to another shard (`--shard`)."""
    passed_over: int = 0
    """Files whose name is not that of an image format."""
    relabelled: int = 0
    """Images that were there and got other labels, keywords or caption."""
    removed: int = 0
    """Images that were removed because their last file is gone (`--remove-missing`)."""
    forgotten: list[str] = field(default_factory=list)
    """Files that are gone and were taken out (`--remove-missing`)."""
    changed: list[str] = field(default_factory=list)
    """Files whose content changed since they were indexed, left as they were indexed."""
    missing: list[str] = field(default_factory=list)
    """Files that were indexed, are gone, and stay in the collection."""
    failed: list[Failure] = field(default_factory=list)
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """As `cbir index --json` prints it."""
        return {
            "collection": self.collection,
            "added": self.added,
            "unchanged": self.unchanged,
            "passed_over": self.passed_over,
            "failed": [failure.to_json() for failure in self.failed],
            "duplicates": self.duplicates,
            "replaced": self.replaced,
            "other_shards": self.other_shards,
            "relabelled": self.relabelled,
            "removed": self.removed,
            "changed": self.changed,
            "missing": self.missing,
            "forgotten": self.forgotten,
            "seconds": round(self.seconds, 3),
        }
