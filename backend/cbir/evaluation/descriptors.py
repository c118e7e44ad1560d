"""A dataset's descriptors: from the cache where they are known, else computed once and kept there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from cbir.errors import ImageError, InvalidRequestError
from cbir.evaluation.cache import DescriptorCache
from cbir.evaluation.dataset import Dataset, Query
from cbir.extractors.base import Extraction, Extractor
from cbir.ingest.pipeline import WORKERS, batched, work_ahead
from cbir.ingest.reading import Read, read_image_file
from cbir.ingest.walk import Failure
from cbir.progress import Progress
from cbir.records import RGB, Identity, Location, Matrix
from cbir.weights.base import Weights

KEPT_TOGETHER = 256
"""Images that go into one file of the cache; an interruption costs no more."""


@dataclass(frozen=True, slots=True)
class Described:
    """A dataset less what could not be decoded, and its descriptors."""

    dataset: Dataset
    extractors: tuple[Extractor, ...]
    descriptors: Mapping[str, Matrix]
    """By extractor: (N, D), a row an image of the gallery, in its order."""
    identities: Mapping[str, Identity]
    """By extractor: what its descriptors were computed with."""
    asked: tuple[Query, ...] = ()
    """The queries that are no whole images of the gallery."""
    asked_descriptors: Mapping[str, Matrix] = field(default_factory=dict)
    """By extractor: (len(asked), D)."""

    def of_queries(self, extractor: str, queries: Sequence[Query]) -> Matrix:
        """An extractor's descriptors (Q, D) of queries of this dataset."""
        gallery, asked = self.descriptors[extractor], self.asked_descriptors.get(extractor)
        rows = {image.id: gallery[row] for row, image in enumerate(self.dataset.images)}
        if asked is not None:
            rows.update((_key(query), asked[row]) for row, query in enumerate(self.asked))
        return np.stack([rows[_key(query)] for query in queries])


class Describer:
    """Computes what a dataset lacks."""

    def __init__(self, weights: Weights, cache: DescriptorCache, *, batch_size: int = 16) -> None:
        self.weights = weights
        self.cache = cache
        self.batch_size = batch_size

    def describe(self, dataset: Dataset, extractors: Sequence[Extractor], progress: Progress) -> Described:
        """The dataset with the descriptors of all these extractors. Images are decoded once for all of them.

        Raises:
            WeightsError: weights that an extractor needs are not there.
            ImageError: no image of the gallery can be decoded, or none of the queries.
        """
        gallery = [Query(image.id, image) for image in dataset.images]
        whole = {image.id for image in dataset.images}
        asked = list({_key(query): query for query in dataset.queries if _key(query) not in whole}.values())
        work = _Work(self, [*gallery, *asked], extractors, progress)
        failures = work.complete()
        kept = [position for position in range(len(gallery)) if position not in failures]
        answered = [position for position in range(len(gallery), len(work.subjects)) if position not in failures]
        lost = {_key(work.subjects[position]) for position in failures}
        queries = tuple(query for query in dataset.queries if _key(query) not in lost)
        if not kept or (dataset.queries and not queries):
            raise _nothing_left(list(failures.values()))
        described = replace(
            dataset,
            images=tuple(dataset.images[position] for position in kept),
            queries=queries,
            failures=(*dataset.failures, *{failure.path: failure for failure in failures.values()}.values()),
        )
        return Described(
            described,
            tuple(extractors),
            {name: matrix[kept] if failures else matrix[: len(gallery)] for name, matrix in work.matrices.items()},
            work.identities,
            tuple(work.subjects[position] for position in answered),
            {name: matrix[answered] for name, matrix in work.matrices.items()},
        )


def _key(query: Query) -> str:
    """What a descriptor is kept by: the file's hash, and the part of the picture if it is one."""
    return f"{query.image.id}@{query.crop}" if query.crop else query.image.id


def _nothing_left(failures: Sequence[Failure]) -> ImageError:
    first = failures[0]
    return ImageError(
        f"None of the {len(failures)} images can be decoded; the first: {first.reason}", remedy=first.remedy
    )


class _Work:
    """One dataset being described."""

    def __init__(
        self,
        describer: Describer,
        subjects: Sequence[Query],
        extractors: Sequence[Extractor],
        progress: Progress,
    ) -> None:
        self.subjects = subjects
        self.progress = progress
        self.cache, self.batch_size, self.weights = describer.cache, describer.batch_size, describer.weights
        self.extractors = {extractor.name: extractor for extractor in extractors}
        self.identities = {extractor.name: extractor.identity(self.weights) for extractor in extractors}
        self.matrices: dict[str, Matrix] = {}
        self.cache_works = True

    def complete(self) -> dict[int, Failure]:
        """Fill ``matrices``; the images that could not be decoded, by position."""
        ids = [_key(subject) for subject in self.subjects]
        lacking: dict[int, list[str]] = {}
        for name, identity in self.identities.items():
            self.matrices[name], known = self.cache.read(identity, ids)
            for position in np.flatnonzero(~known).tolist():
                lacking.setdefault(position, []).append(name)
        # images that lack the same descriptors share their passes
        groups: dict[tuple[str, ...], list[int]] = {}
        for position in sorted(lacking):
            groups.setdefault(tuple(lacking[position]), []).append(position)
        self.progress.start("Extracting", len(lacking))
        failures: dict[int, Failure] = {}
        for names, positions in groups.items():
            for part in batched(self._extracted(names, positions, failures), KEPT_TOGETHER):
                self._keep(names, part)
        return failures

    def _extracted(
        self, names: Sequence[str], positions: Sequence[int], failures: dict[int, Failure]
    ) -> Iterator[int]:
        """Compute descriptors into ``matrices``; yields the positions that have them, as they get them."""
        extraction = Extraction([self.extractors[name] for name in names], self.weights)

        def read(position: int) -> Read | Failure:
            return _read(self.subjects[position], extraction)

        def readable() -> Iterator[tuple[int, Read]]:
            results = work_ahead(positions, read, window=self.batch_size + 2 * WORKERS)
            for position, result in zip(positions, results, strict=True):
                if isinstance(result, Read):
                    yield position, result
                else:
                    failures[position] = result
                    self.progress.advance()

        for batch in batched(readable(), self.batch_size):
            found = extraction.run([read.prepared for _, read in batch])
            rows = [position for position, _ in batch]
            for name in names:
                self.matrices[name][rows] = found[name]
            self.progress.advance(len(batch))
            yield from rows

    def _keep(self, names: Sequence[str], positions: Sequence[int]) -> None:
        """Write to the cache; where that cannot be done, the evaluation goes on without."""
        ids = [_key(self.subjects[position]) for position in positions]
        for name in names:
            if not self.cache_works:
                return
            try:
                self.cache.write(self.identities[name], ids, self.matrices[name][positions])
            except OSError as error:
                self.cache_works = False
                self.progress.say(f"Descriptors cannot be kept for next time ({error.strerror}): {self.cache.folder}")


def _read(subject: Query, extraction: Extraction) -> Read | Failure:
    image, crop = subject.image, subject.crop

    def prepare(pixels: RGB) -> tuple[Any, ...]:
        return extraction.prepare(crop.of(pixels) if crop else pixels)

    try:
        result = read_image_file(Location(image.path, 0, 0), prepare, lambda found: found != image.id)
    except InvalidRequestError as error:  # a crop that reaches beyond its picture
        return Failure(image.path, error.message, error.remedy)
    if isinstance(result, Read) and result.id != image.id:
        return Failure(image.path, "It changed while the dataset was read.", "Run the evaluation again.")
    return result
