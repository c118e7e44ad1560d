"""Bringing a collection up to date with files on disk.

Walk, skip what is there, decode ahead of the model, extract in batches, commit. Nothing is held that grows with
the number of images but the list of paths. An interruption loses at most the images since the last commit, and
the next run goes on from there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cbir.collection import Collection
from cbir.errors import ConflictError
from cbir.ingest.labels import Labels
from cbir.ingest.pipeline import WORKERS, batched, work_ahead
from cbir.ingest.reading import Read, read_image_file
from cbir.ingest.records import is_below, relabelled, united, without_locations
from cbir.ingest.removing import forget_locations
from cbir.ingest.report import Report
from cbir.ingest.shards import WHOLE, Shard
from cbir.ingest.walk import Failure, Walk, is_empty_folder, nearest_folder
from cbir.progress import Progress, Silent
from cbir.records import ImageEntry, ImageRecord, Location, shown_path

COMMIT_SECONDS = 2.0
"""Images are committed together for at most this long, so that an interruption costs no more."""
COMMIT_IMAGES = 256
DISPLACED = "displaced"
"""Key of the metadata under which ids stand of images that lost a file to another image in an unfinished run."""


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """What a person can choose for a run."""

    labels: Mapping[str, Labels] | None = None
    remove_missing: bool = False
    replace_changed: bool = False
    shard: Shard = WHOLE
    batch_size: int = 16


def index(
    collection: Collection,
    scan: Walk,
    options: IndexOptions | None = None,
    progress: Progress | None = None,
    on_failure: Callable[[Failure], None] | None = None,
) -> Report:
    """Bring a collection that is open for writing up to date with what a scan found.

    Each file that fails is told at once to ``on_failure``, by default as a line of ``progress``.

    Raises:
        ConflictError: all images of a folder are gone and they were to be removed; nothing was removed.
        StorageError: the engine could not write; what was committed before stays.
    """
    watcher = progress or Silent()
    tell = on_failure or (lambda failure: watcher.say(str(failure)))
    return _Run(collection, options or IndexOptions(), watcher, tell).run(scan)


class _Run:
    """One indexing run."""

    def __init__(
        self, collection: Collection, options: IndexOptions, progress: Progress, tell: Callable[[Failure], None]
    ) -> None:
        self.stored = collection.stored
        self.extraction = collection.extraction()
        self.options = options
        self.progress = progress
        self.tell = tell
        self.report = Report(collection.name)
        self.known: dict[str, tuple[Location, str]] = {}
        self.ids: set[str] = set()
        self.entries: list[ImageEntry] = []
        self.further: list[ImageRecord] = []
        self.displaced: set[str] = set(self.stored.metadata(DISPLACED) or ())
        self.committed_at = time.monotonic()

    def run(self, scan: Walk) -> Report:
        started = time.monotonic()
        self.report.passed_over = scan.passed_over
        self.report.failed += scan.failures
        for failure in scan.failures:
            self.tell(failure)
        self.known = {location.path: (location, image_id) for location, image_id in self.stored.locations()}
        self.ids = {image_id for _, image_id in self.known.values()}
        self._find_missing(scan)
        there, candidates = self._split(scan.found)
        self._add(candidates)
        self._delete_homeless()
        self._relabel(there)
        if self.options.remove_missing:
            self._forget_missing()
        self.report.seconds = time.monotonic() - started
        return self.report

    # -- what is there already ------------------------------------------------------------------------------

    def _split(self, found: Sequence[Location]) -> tuple[list[str], list[Location]]:
        """Ids of images whose file is as it was, and the files that must be read."""
        there: list[str] = []
        candidates: list[Location] = []
        for location in found:
            known, image_id = self.known.get(location.path, (None, ""))
            if known and (known.size, known.mtime_ns) == (location.size, location.mtime_ns):
                there.append(image_id)
                self.report.unchanged += 1
            else:
                candidates.append(location)
        return there, candidates

    def _find_missing(self, scan: Walk) -> None:
        """Note known files below the scanned roots that are gone, unless the scan could not look there."""
        found = {location.path for location in scan.found}
        for path in self.known:
            if path in found or not is_below(path, scan.roots) or is_below(path, scan.unread):
                continue
            if not os.path.lexists(path):
                self.report.missing.append(path)
        if self.options.remove_missing:
            self._require_plausible(scan)

    def _require_plausible(self, scan: Walk) -> None:
        """Refuse to empty a folder: an unmounted disk looks the same as a deleted collection."""
        for root in scan.roots:
            if any(is_below(path, [root]) for path in self.report.missing) and not any(
                is_below(location.path, [root]) for location in scan.found
            ):
                raise ConflictError(
                    f"All images that were indexed below {shown_path(root)} are gone. Nothing was removed.",
                    remedy="Check that the disk is mounted. To remove them all the same: "
                    f"cbir remove '{shown_path(root)}'",
                )

    def _forget_missing(self) -> None:
        """Forget the files that are gone, less those below a folder that is empty, as an unmounted disk leaves it."""
        folders = {path: nearest_folder(path) for path in self.report.missing}
        empty = dict.fromkeys(folder for folder in dict.fromkeys(folders.values()) if is_empty_folder(folder))
        for folder in empty:
            self.progress.say(
                f"{shown_path(folder)} is empty, as if its disk were not mounted: what was indexed below it stays. "
                f"To remove it all the same: cbir remove '{shown_path(folder)}'"
            )
        self.report.missing = [path for path, folder in folders.items() if folder in empty]
        self.report.forgotten = [path for path, folder in folders.items() if folder not in empty]
        forgotten = {path: self.known[path][1] for path in self.report.forgotten}
        self.report.removed = forget_locations(self.stored, forgotten)

    # -- new and changed files -------------------------------------------------------------------------------

    def _add(self, candidates: Sequence[Location]) -> None:
        self.progress.start("Indexing", len(candidates))
        if not candidates:
            return
        window = self.options.batch_size + 2 * WORKERS
        results = work_ahead(candidates, self._read, window=window)
        for batch in batched(self._fresh(results), self.options.batch_size):
            self._extract(batch)
            if (
                len(self.entries) + len(self.further) >= COMMIT_IMAGES
                or time.monotonic() - self.committed_at > COMMIT_SECONDS
            ):
                self._commit()
        self._commit()

    def _read(self, location: Location) -> Read | Failure:
        """On a decoding thread."""
        return read_image_file(location, self.extraction.prepare, self._need_not_decode)

    def _need_not_decode(self, image_id: str) -> bool:
        return image_id in self.ids or not self.options.shard.holds(image_id)

    def _fresh(self, results: Iterable[Read | Failure]) -> Iterator[Read]:
        """Deal with all that needs no extraction, and pass on the rest."""
        for result in results:
            if isinstance(result, Failure):
                self.report.failed.append(result)
                self.tell(result)
            elif self._is_new(result):
                self.ids.add(result.id)
                yield result
                continue
            self.progress.advance()

    def _is_new(self, read: Read) -> bool:
        """Whether a file's content must be described; if not, what has to be noted is noted."""
        _, before = self.known.get(read.location.path, (None, ""))
        if not self.options.shard.holds(read.id):
            self.report.other_shards += 1
            return False
        if before and before != read.id:
            if not self.options.replace_changed:
                self.report.changed.append(read.location.path)
                return False
            self.report.replaced += 1
        elif before:
            self.report.unchanged += 1
        elif read.id in self.ids:
            self.report.duplicates += 1
        else:
            self.report.added += 1
        if read.id not in self.ids:
            return True
        self.further.append(self._record(read))
        return False

    def _extract(self, batch: Sequence[Read]) -> None:
        descriptors = self.extraction.run([read.prepared for read in batch])
        for row, read in enumerate(batch):
            self.entries.append(ImageEntry(self._record(read), {name: m[row] for name, m in descriptors.items()}))
        self.progress.advance(len(batch))

    def _record(self, read: Read) -> ImageRecord:
        """What a file tells of its image: from its own metadata where it was decoded, and from the table."""
        own = read.metadata
        record = ImageRecord(
            id=read.id,
            width=read.width,
            height=read.height,
            format=read.format,
            locations=(read.location,),
            keywords=own.keywords if own else (),
            caption=own.caption if own else "",
            added_at=datetime.now(UTC),
        )
        return relabelled(record, self.options.labels) if self.options.labels else record

    def _commit(self) -> None:
        """Store what was gathered: new images as one batch, further files of stored ones as another."""
        records = [*(entry.record for entry in self.entries), *self.further]
        owners = {location.path: record.id for record in records for location in record.locations}
        self._note_displaced(owners)
        if self.entries:
            self.stored.upsert(self.entries)
        if self.further:
            by_id: dict[str, list[ImageRecord]] = {}
            for record in self.further:
                by_id.setdefault(record.id, []).append(record)
            stored = self.stored.get(list(by_id))
            self.stored.update([self._merged(record, by_id[record.id], owners) for record in stored if record])
        self.entries, self.further = [], []
        self.committed_at = time.monotonic()

    def _merged(self, record: ImageRecord, more: Sequence[ImageRecord], owners: Mapping[str, str]) -> ImageRecord:
        """A stored record with further files, less those that hold another image's content now."""
        moved = {path for path, image_id in owners.items() if image_id != record.id}
        merged = united([without_locations(record, moved), *more])
        return relabelled(merged, self.options.labels) if self.options.labels else merged

    def _note_displaced(self, owners: Mapping[str, str]) -> None:
        """Write down which images lose a file, before they do, so that a killed run leaves none behind."""
        before = {path: self.known[path][1] for path in owners if path in self.known}
        displaced = {image_id for path, image_id in before.items() if image_id != owners[path]}
        if not displaced <= self.displaced:
            self.displaced |= displaced
            self.stored.set_metadata(DISPLACED, sorted(self.displaced))

    def _delete_homeless(self) -> None:
        """Delete the images whose last file holds another image's content now. At the end of a run, not before:
        the file may turn up under another name.
        """
        if self.displaced:
            records = self.stored.get(sorted(self.displaced))
            self.stored.delete([record.id for record in records if record and not record.locations])
            self.stored.set_metadata(DISPLACED, [])

    # -- records of images that stay -------------------------------------------------------------------------

    def _relabel(self, there: Sequence[str]) -> None:
        """Bring labels, keywords and captions of files that were there up to date with the table."""
        table = self.options.labels
        if table is None:
            return
        for ids in batched(dict.fromkeys(there), COMMIT_IMAGES):
            records = [record for record in self.stored.get(ids) if record]
            fresh = [(record, relabelled(record, table)) for record in records]
            changed = [new for old, new in fresh if new != old]
            if changed:
                self.stored.update(changed)
                self.report.relabelled += len(changed)
