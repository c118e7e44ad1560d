"""The weights of one user: fetched or imported once, kept canonical, mapped into memory when they are used."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cbir.download import Downloader, Progress, checksums
from cbir.errors import NotFoundError, UnknownNameError, WeightsError
from cbir.records import shown_path
from cbir.registry import did_you_mean
from cbir.weights.base import Tensor
from cbir.weights.canonical import (
    StoredSet,
    digest_of,
    entries_of,
    map_tensors,
    read_header,
    tensor_sha256,
    write_set,
)
from cbir.weights.catalogue import CATALOGUE, Catalogue, WeightSet
from cbir.weights.keras_models import KerasSet, is_keras_name
from cbir.weights.locking import exclusive, reading, replacing, writing
from cbir.weights.status import WeightsStatus, status_of

_SUFFIX = ".safetensors"


class UnknownContentError(WeightsError):
    """A file holds a complete set, but not the published weights."""


@dataclass(frozen=True, slots=True)
class _Offer:
    """A file to take weights from."""

    path: Path
    origin: str
    """As it will stand in `WeightsStatus.source`."""
    vouched: bool = False
    """It came straight from the publisher; counts only for sets whose digest nobody knows."""
    allow_unknown: bool = False


class WeightStore:
    """Implements `cbir.weights.base.Weights` over a folder that all of a user's collections share.

    Safe to use from several processes: a set is one file that appears whole or not at all, and whoever fetches or
    imports a set holds its lock.
    """

    def __init__(
        self,
        folder: Path,
        *,
        offline: bool,
        announce: Callable[[str], None],
        catalogue: Catalogue = CATALOGUE,
        downloader: Downloader | None = None,
    ) -> None:
        """Remember where things are; nothing is read, written or made before it is asked for.

        Args:
            folder: made when the first set is stored.
            offline: never open a connection.
            announce: told in one sentence what is about to be fetched, and which source failed.
            catalogue: the sets with fixed names.
            downloader: how files are downloaded.
        """
        self.folder = folder
        self._offline = offline
        self._announce = announce
        self._catalogue = catalogue
        self._downloader = downloader or Downloader()

    def available(self, name: str) -> bool:
        """See `Weights.available`.

        Raises:
            UnknownNameError: no set has this name.
        """
        with reading(self.folder):
            return self._path(name).exists()

    def tensors(self, name: str) -> Mapping[str, Tensor]:
        """See `Weights.tensors`; read-only memory maps. For `keras:NAME` in the order of `model.get_weights()`."""
        return map_tensors(self._ready(name))

    def digest(self, name: str, tensors: Sequence[str] | None = None) -> str:
        """See `Weights.digest`."""
        return digest_of(self._ready(name).entries, tensors)

    def status(self) -> list[WeightsStatus]:
        """A row for each set of the catalogue, then one for each `keras:NAME` in the cache."""
        others = sorted(self.folder.glob(f"keras-*{_SUFFIX}"))
        return [self._row(name) for name in (*self._catalogue, *(_name(path) for path in others))]

    def verify(self, name: str) -> None:
        """Read all of a cached set and compare it with the hashes that were taken when it was stored.

        Raises:
            WeightsError: it is not there, or not what was stored.
        """
        stored = self._stored(name)
        if stored is None:
            raise WeightsError(f"{name} is not in the cache.", remedy=f"Run `cbir weights fetch {name}`.")
        for tensor_name, tensor in map_tensors(stored).items():
            if tensor_sha256(tensor) != stored.entries[tensor_name].sha256:
                raise _damaged(name, f"{stored.path}: {tensor_name} is not what was stored.")

    def fetch(self, name: str, progress: Progress | None = None) -> WeightsStatus:
        """Make sure that a set is in the cache and whole, from the first source that has it.

        Raises:
            UnknownNameError: no set has this name.
            WeightsError: no source has it, or fetching is switched off; says what each source answered.
            StorageError: the cache cannot be written, or there is no space.
        """
        if not self._whole(name):
            wanted = self._wanted(name)
            with self._locked(name):
                if not self._whole(name):
                    self._fetch(wanted, progress)
        row = self._row(name)
        if not row.original:
            self._announce(f"{name} in the cache are not the published weights; remove them to fetch those.")
        return row

    def import_file(self, path: Path, name: str | None = None, *, allow_unknown: bool = False) -> list[WeightsStatus]:
        """Take weights out of a local file: the set called ``name``, else all of the catalogue that it holds.

        Args:
            path: any of `cbir.weights.formats.ACCEPTED`; for `keras:NAME` what Keras' own `load_weights` reads.
            name: the set that the file is for.
            allow_unknown: take weights other than the published ones too (fine-tuned ones, say). They make other
                descriptors, so that collections made with the published ones refuse them.

        Raises:
            UnknownNameError: no set has this name.
            NotFoundError: no such file.
            UnknownContentError: it holds other weights than the published ones, and that was not allowed.
            WeightsError: the file is damaged, or holds no complete set.
            StorageError: the cache cannot be written, or there is no space.
        """
        if not path.is_file():
            raise NotFoundError(f"No file at {path}.", remedy="Correct the path.")
        if name:
            self._path(name)
        offer = _Offer(path, shown_path(str(path)), allow_unknown=allow_unknown)
        kept: list[WeightsStatus] = []
        refused: list[WeightsError] = []
        for wanted in [self._wanted(name)] if name else self._catalogue.values():
            try:
                with self._locked(wanted.name):
                    self._write(wanted, offer)
                kept.append(self._row(wanted.name))
            except WeightsError as error:
                refused.append(error)
        if not kept:
            raise max(refused, key=lambda refusal: isinstance(refusal, UnknownContentError))
        for refusal in refused:
            self._announce(f"Not imported: {refusal.message}")
        return kept

    def remove(self, name: str) -> None:
        """Delete a set from the cache.

        Raises:
            NotFoundError: it is not there.
        """
        if not self.available(name):
            raise NotFoundError(f"{name} is not in the cache.", remedy="`cbir weights list` says what is.")
        with self._locked(name), writing(self.folder):
            self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        if name not in self._catalogue and not is_keras_name(name):
            known = [*self._catalogue, "keras:NAME"]
            raise UnknownNameError(f"No weights are called '{name}'.", remedy=did_you_mean(name, known))
        return self.folder / f"{_stem(name)}{_SUFFIX}"

    def _locked(self, name: str) -> AbstractContextManager[None]:
        return exclusive(self._path(name).with_suffix(".lock"))

    def _wanted(self, name: str) -> WeightSet:
        return self._catalogue[name] if name in self._catalogue else KerasSet.called(name)

    def _ready(self, name: str) -> StoredSet:
        stored = self._stored(name)
        if stored is None:
            self.fetch(name)
            stored = self._stored(name)
        assert stored is not None
        return stored

    def _stored(self, name: str) -> StoredSet | None:
        """The header of a cached set, or None where there is no such file."""
        try:
            with reading(self.folder):
                return read_header(self._path(name))
        except FileNotFoundError:
            return None
        except WeightsError as error:
            raise _damaged(name, error.message) from None

    def _whole(self, name: str) -> bool:
        try:
            self.verify(name)
        except WeightsError:
            return False
        return True

    def _fetch(self, wanted: WeightSet, progress: Progress | None) -> None:
        if self._offline:
            raise WeightsError(
                f"{wanted.title} are not in the cache, and fetching is switched off (offline).",
                remedy=_by_hand(wanted),
            )
        failures = []
        downloads = self.folder / ".downloads" / _stem(wanted.name)
        for source in wanted.sources:
            self._announce(f"Fetching {wanted.title}{_megabytes(source.size)}, once, from {source.label}")
            try:
                with writing(self.folder):
                    downloads.mkdir(parents=True, exist_ok=True)
                    path = source.fetch(downloads, self._downloader, progress)
                self._keep(wanted, _Offer(path, source.label, vouched=source.vouches))
            except WeightsError as error:
                failures.append(f"{source.label}: {error.message.rstrip('.')}")
                self._announce(f"Not from there: {error.message.rstrip('.')}")
            else:
                shutil.rmtree(downloads, ignore_errors=True)
                return
        raise WeightsError(f"{wanted.title} could not be fetched. {'; '.join(failures)}.", remedy=_by_hand(wanted))

    def _keep(self, wanted: WeightSet, offer: _Offer) -> None:
        """Store what a source brought and the sets that came with it; the caller holds the lock of ``wanted``."""
        self._write(wanted, offer)
        for name in wanted.also:
            with self._locked(name):
                if not self.available(name):
                    self._write(self._catalogue[name], offer)

    def _write(self, wanted: WeightSet, offer: _Offer) -> None:
        """Convert a file and put the set into the cache; the caller holds the lock of ``wanted``."""
        tensors = wanted.read(offer.path)
        sums = checksums(offer.path)
        if wanted.digest:
            original = digest_of(entries_of(tensors)) == wanted.digest
        else:
            original = offer.vouched or any(source.holds(sums) for source in wanted.sources)
        if not original and not offer.allow_unknown:
            raise UnknownContentError(
                f"{offer.origin} holds other weights than the published ones of {wanted.name}.",
                remedy="If that is what you want (fine-tuned weights make other descriptors), "
                "import it with --allow-unknown.",
            )
        about = {
            "name": wanted.name,
            "source": offer.origin,
            "file_sha256": sums.sha256,
            "original": original,
            "stored": datetime.now(UTC).isoformat(timespec="seconds"),
            "summary": wanted.summary,
            "licence": wanted.licence,
            "credit": wanted.credit,
        }
        with writing(self.folder), replacing(self._path(wanted.name)) as temporary:
            write_set(temporary, tensors, about)

    def _row(self, name: str) -> WeightsStatus:
        try:
            stored, problem = self._stored(name), ""
        except WeightsError as error:
            stored, problem = None, error.message
        return status_of(name, self._path(name), self._catalogue.get(name), stored, problem)


def _stem(name: str) -> str:
    return name.replace(":", "-")


def _name(path: Path) -> str:
    return path.name.removesuffix(_SUFFIX).replace("keras-", "keras:", 1)


def _megabytes(size: int) -> str:
    return f" ({size / 1e6:.0f} MB)" if size else ""


def _damaged(name: str, message: str) -> WeightsError:
    return WeightsError(message, remedy=f"Run `cbir weights fetch {name}`, or import them again.")


def _by_hand(wanted: WeightSet) -> str:
    """How to get weights without this program's help."""
    places = " or ".join(source.by_hand for source in wanted.sources)
    target = f" --as {wanted.name}" if is_keras_name(wanted.name) else ""
    return (
        f"On a machine that can, {places}; bring the file here and run `cbir weights import FILE{target}` "
        f"({wanted.licence}; {wanted.credit})."
    )
