"""Copying a collection into another one, of any engine, without describing an image again.

A copy that has begun says so in its metadata until it is known to equal its source; `Library.open` refuses it until
then. Each page is compared with what is there, so an interrupted copy goes on where it ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, takewhile, zip_longest

from cbir.collection import UNFINISHED_COPY
from cbir.engines.base import Engine, StoredCollection
from cbir.errors import AlreadyExistsError, ConflictError, InvalidRequestError, NotFoundError
from cbir.progress import Progress
from cbir.records import Identity, ImageEntry, ImageRecord, Matrix

PAGE = 1024
"""Images held in memory at a time."""


def copy(source: StoredCollection, target_engine: Engine, name: str, progress: Progress, *, origin: str) -> int:
    """Copy a collection, or go on with a copy that was interrupted; the number of images.

    Records, descriptors (bit for bit), extractors in their order, also those that some images lack, and metadata are
    copied. What the source lost since an interrupted copy began is taken out of the copy.

    Args:
        source: what is copied, open for reading.
        target_engine: where the copy is to live.
        name: what the copy is called there.
        progress: told of each page.
        origin: the name of the source's engine, by which a person finds the source again.

    Raises:
        AlreadyExistsError: there is a collection of this name that is no copy of ``source``.
        InvalidRequestError: the engine cannot hold one of the descriptors.
        ConflictError: images of the source came, went or changed meanwhile; the copy stays, unfinished.
    """
    mark = {"engine": origin, "collection": source.name}
    _require_room(_identities(source), target_engine)
    if name not in target_engine.collections():
        target_engine.create(name, _first_complete(source))
    with target_engine.open(name, write=True) as target:
        work = _Copying(source, target, progress)
        if work.unfinished(mark):
            target.set_metadata(UNFINISHED_COPY, mark)
            work.copy_images()
            work.copy_later_extractors()
            work.copy_metadata()
            work.require_same()
            target.set_metadata(UNFINISHED_COPY, None)
        else:
            progress.say(f"'{name}' is there and equals '{source.name}' already, bit for bit.")
        return target.count()


def _identities(stored: StoredCollection) -> list[Identity]:
    return list(stored.identities())


def _first_complete(source: StoredCollection) -> list[Identity]:
    """The extractors before the first that images lack: an image comes with a descriptor of each that is declared.

    The others are added, in their order, once all images are there.
    """
    return [one.identity for one in takewhile(lambda one: one.complete, source.extractors())]


def _require_room(identities: Iterable[Identity], engine: Engine) -> None:
    most = engine.capabilities.max_dims
    for one in identities:
        if most is not None and one.dims > most:
            raise InvalidRequestError(
                f"'{one.name}' has {one.dims:,} dims; the {engine.name} engine holds at most {most:,}.",
                remedy="Copy the collection within its engine, drop the extractor there, and copy that.",
            )


@dataclass(frozen=True, slots=True)
class _Copying:
    """A source and what is to equal it."""

    source: StoredCollection
    target: StoredCollection
    progress: Progress

    def unfinished(self, mark: Mapping[str, str]) -> bool:
        """Whether the target is a copy to go on with; else it equals the source.

        Raises:
            AlreadyExistsError: it is something else.
        """
        found = self.target.metadata(UNFINISHED_COPY)
        there, wanted = _identities(self.target), _identities(self.source)
        if there == wanted[: len(there)] and (found == mark or (found is None and not self.target.count())):
            return True
        if found is None and there == wanted and self._equal():
            return False
        name = self.target.name
        what = f"an unfinished copy of '{found['collection']}'" if found else "something else"
        raise AlreadyExistsError(
            f"There is a collection '{name}' already, which is {what} and no copy of '{self.source.name}'.",
            remedy=f"Name the copy with --as NEWNAME, or delete the other one first: cbir collections delete {name}",
        )

    def copy_images(self) -> None:
        """Bring every image that is not there as it is in the source, and take out what the source has not."""
        self.progress.start(f"Copying {self.source.name}", self.source.count())
        lacking = self._lacking()
        for page in self.source.walk(PAGE):
            if outdated := self._outdated(page, lacking):
                self._store(outdated)
            self.progress.advance(len(page))
        if self.target.count() != self.source.count():
            self._take_out()

    def copy_later_extractors(self) -> None:
        """Add the extractors that are not there yet, and bring the descriptors that the source has of them."""
        for identity in _identities(self.source)[len(_identities(self.target)) :]:
            self.target.add_extractor(identity)
        for name in [one.identity.name for one in self.target.extractors() if not one.complete]:
            wanted = sorted(set(self.target.missing(name)) - set(self.source.missing(name)))
            self.progress.start(f"Copying {name}", len(wanted))
            for start in range(0, len(wanted), PAGE):
                ids = wanted[start : start + PAGE]
                self.target.fill(name, dict(zip(ids, self._vectors(name, ids), strict=True)))
                self.progress.advance(len(ids))

    def copy_metadata(self) -> None:
        """Bring what is kept by key."""
        for key in self.source.metadata_keys():
            self.target.set_metadata(key, self.source.metadata(key))

    def require_same(self) -> None:
        """Compare the records of both sides, and what they lack.

        Raises:
            ConflictError: they differ.
        """
        self.progress.start("Checking the copy", self.source.count())
        if not self._same_records():
            raise self._changed()

    def _equal(self) -> bool:
        """Whether the target holds what the source holds, descriptors included."""
        self.progress.start(f"Comparing with {self.target.name}", self.source.count())
        if not self._same_records():
            return False
        lacking = self._lacking()
        return not any(self._outdated(page, lacking) for page in self.source.walk(PAGE))

    def _same_records(self) -> bool:
        if self.source.extractors() != self.target.extractors():
            return False
        sides = (chain.from_iterable(side.walk(PAGE)) for side in (self.source, self.target))
        for original, copied in zip_longest(*sides):
            if original != copied:
                return False
            self.progress.advance()
        return True

    def _lacking(self) -> dict[str, set[str]]:
        """By extractor of the target the images that either side has no descriptor of."""
        names = [one.name for one in _identities(self.target)]
        return {name: {*self.source.missing(name), *self.target.missing(name)} for name in names}

    def _outdated(self, page: Sequence[ImageRecord], lacking: Mapping[str, set[str]]) -> list[ImageRecord]:
        """The images of a page that the target lacks, or has with another record or other descriptors."""
        found = self.target.get([record.id for record in page])
        known = [record.id for record, there in zip(page, found, strict=True) if there is not None]
        differing: set[str] = set()
        for name, without in lacking.items():
            ids = [image for image in known if image not in without]
            pairs = zip(ids, self._vectors(name, ids), self.target.vectors(name, ids), strict=True)
            differing |= {image for image, original, copied in pairs if original.tobytes() != copied.tobytes()}
        return [
            record for record, there in zip(page, found, strict=True) if there != record or record.id in differing
        ]

    def _store(self, records: Sequence[ImageRecord]) -> None:
        ids = [record.id for record in records]
        names = [one.name for one in _identities(self.target)]
        vectors = {name: self._vectors(name, ids) for name in names}
        known = [image for image, there in zip(ids, self.target.get(ids), strict=True) if there is not None]
        self.target.upsert(
            [ImageEntry(record, {name: vectors[name][row] for name in names}) for row, record in enumerate(records)]
        )
        # an image that was there has the labels and places of both now; the copy is to know what the source knows
        if known:
            self.target.update([record for record in records if record.id in known])

    def _take_out(self) -> None:
        """Remove the images that the source does not have any more."""
        for page in self.target.walk(PAGE):
            ids = [record.id for record in page]
            self.target.delete([image for image, kept in zip(ids, self.source.get(ids), strict=True) if kept is None])

    def _vectors(self, extractor: str, ids: Sequence[str]) -> Matrix:
        try:
            return self.source.vectors(extractor, ids)
        except NotFoundError:
            raise self._changed() from None

    def _changed(self) -> ConflictError:
        return ConflictError(
            f"Images of '{self.source.name}' came, went or changed while it was copied.",
            remedy="Copy it again: the same command goes on with the copy.",
        )
