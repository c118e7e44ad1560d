"""Computing descriptors of images that a collection knows already, from their files: for an extractor that was
added later, and to check that what is stored is still what would be computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cbir.collection import Collection
from cbir.engines.base import StoredCollection
from cbir.extractors.base import Extraction
from cbir.ingest.pipeline import WORKERS, batched, work_ahead
from cbir.ingest.reading import Read, read_image_file
from cbir.ingest.walk import Failure
from cbir.progress import Progress
from cbir.records import ImageRecord, Matrix, Vector

COMMIT_IMAGES = 256
CHANGED_REMEDY = "Index its folder again with --replace-changed, or remove it: cbir remove PATH."


@dataclass(frozen=True, slots=True)
class Described:
    """Images of a batch with their descriptors, a row each, by extractor."""

    ids: list[str]
    descriptors: dict[str, Matrix]


def describe_records(
    records: Sequence[ImageRecord], extraction: Extraction, *, batch_size: int, failures: list[Failure]
) -> Iterator[Described]:
    """Descriptors of these images, computed from the first of their files that still has their content.

    Images without such a file are appended to ``failures``.
    """

    def read(record: ImageRecord) -> Read | Failure:
        failure = Failure(record.id, "It was imported without a file.", "Delete it, or index its file.")
        for location in record.locations:
            result = read_image_file(location, extraction.prepare, lambda found: found != record.id)
            if isinstance(result, Read) and result.prepared is not None:
                return result
            changed = Failure(location.path, "The file has changed.", CHANGED_REMEDY, location.root)
            failure = result if isinstance(result, Failure) else changed
        return failure

    def readable() -> Iterator[Read]:
        for result in work_ahead(records, read, window=batch_size + 2 * WORKERS):
            if isinstance(result, Failure):
                failures.append(result)
            else:
                yield result

    for batch in batched(readable(), batch_size):
        yield Described([one.id for one in batch], extraction.run([one.prepared for one in batch]))


def backfill(
    collection: Collection,
    extractor: str,
    *,
    batch_size: int,
    progress: Progress,
    on_failure: Callable[[Failure], None] = lambda _failure: None,
) -> list[Failure]:
    """Describe the images that lack a descriptor, and store what was computed batch by batch.

    An interruption loses at most the last few batches; calling it again goes on. The images that could not be
    described are returned, and told to ``on_failure`` after each batch: the extractor can be searched when there are
    none.
    """
    stored: StoredCollection = collection.stored
    extraction = collection.extraction([extractor])
    missing = stored.missing(extractor)
    progress.start(f"Adding {extractor}", len(missing))
    failures: list[Failure] = []
    for ids in batched(missing, COMMIT_IMAGES):
        records = [record for record in stored.get(ids) if record]
        done: dict[str, Vector] = {}
        before = len(failures)
        for part in describe_records(records, extraction, batch_size=batch_size, failures=failures):
            done |= dict(zip(part.ids, part.descriptors[extractor], strict=True))
            progress.advance(len(part.ids))
        if done:
            stored.fill(extractor, done)
        for failure in failures[before:]:
            on_failure(failure)
        progress.advance(len(failures) - before)
    return failures
