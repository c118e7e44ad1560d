"""A dataset's descriptors: from the cache where they are known, else computed once and kept there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cbir.errors import ImageError
from cbir.evaluation.cache import DescriptorCache
from cbir.evaluation.datasets.base import Dataset, LabelledImage
from cbir.extractors.base import Extraction, Extractor
from cbir.ingest.pipeline import WORKERS, batched, work_ahead
from cbir.ingest.reading import Read, read_image_file
from cbir.ingest.walk import Failure
from cbir.progress import Progress
from cbir.records import Location, Matrix
from cbir.weights.base import Weights

KEPT_TOGETHER = 256
"""Images that go into one file of the cache; an interruption costs no more."""


@dataclass(frozen=True, slots=True)
class Described:
    """A dataset less the images that could not be decoded, and its descriptors."""

    dataset: Dataset
    extractors: tuple[Extractor, ...]
    descriptors: Mapping[str, Matrix]
    """By extractor: (N, D), a row an image of the dataset, in its order."""


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
            ImageError: no image can be decoded.
        """
        work = _Work(self, dataset.images, extractors, progress)
        failures = work.complete()
        kept = [position for position in range(len(dataset.images)) if position not in failures]
        if not kept:
            first = next(iter(failures.values()))
            raise ImageError(
                f"None of the {len(failures)} images can be decoded; the first: {first.reason}", remedy=first.remedy
            )
        described = replace(
            dataset,
            images=tuple(dataset.images[position] for position in kept),
            failures=(*dataset.failures, *failures.values()),
        )
        matrices = {name: matrix[kept] if failures else matrix for name, matrix in work.matrices.items()}
        return Described(described, tuple(extractors), matrices)


class _Work:
    """One dataset being described."""

    def __init__(
        self,
        describer: Describer,
        images: Sequence[LabelledImage],
        extractors: Sequence[Extractor],
        progress: Progress,
    ) -> None:
        self.images = images
        self.progress = progress
        self.cache, self.batch_size, self.weights = describer.cache, describer.batch_size, describer.weights
        self.extractors = {extractor.name: extractor for extractor in extractors}
        self.identities = {extractor.name: extractor.identity(self.weights) for extractor in extractors}
        self.matrices: dict[str, Matrix] = {}
        self.cache_works = True

    def complete(self) -> dict[int, Failure]:
        """Fill ``matrices``; the images that could not be decoded, by position."""
        ids = [image.id for image in self.images]
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
            return _read(self.images[position], extraction)

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
        ids = [self.images[position].id for position in positions]
        for name in names:
            if not self.cache_works:
                return
            try:
                self.cache.write(self.identities[name], ids, self.matrices[name][positions])
            except OSError as error:
                self.cache_works = False
                self.progress.say(f"Descriptors cannot be kept for next time ({error.strerror}): {self.cache.folder}")


def _read(image: LabelledImage, extraction: Extraction) -> Read | Failure:
    result = read_image_file(Location(image.path, 0, 0), extraction.prepare, lambda found: found != image.id)
    if isinstance(result, Read) and result.id != image.id:
        return Failure(image.path, "It changed while the dataset was read.", "Run the evaluation again.")
    return result
