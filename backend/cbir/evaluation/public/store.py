"""Public datasets on this machine: fetched, unpacked, and checked later."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cbir.disk.errors import Remedies, writing
from cbir.disk.lock import FileLock
from cbir.download import Checksums, Downloader, RemoteFile, checksums
from cbir.download import Progress as BytesProgress
from cbir.errors import DownloadError, NotFoundError, UnavailableError, UnknownNameError
from cbir.evaluation.public.catalogue import CATALOGUE, Part, PublicDataset
from cbir.evaluation.public.unpacking import is_archive, unpack
from cbir.images.formats import is_image_name
from cbir.ingest.pipeline import WORKERS, work_ahead
from cbir.progress import Progress
from cbir.registry import did_you_mean

MANIFEST = "cbir-dataset.json"
LARGEST = 64 * 2**30
"""Bytes beyond which no file is taken whose size is not known."""
_REMEDIES = Remedies("Make room.", "Allow it, or name another folder.", "Name another folder.")

Watch = Callable[[RemoteFile], BytesProgress]
"""Asked before a file is fetched for what is to be told of its bytes."""


@dataclass(frozen=True, slots=True)
class DatasetState:
    """A dataset of the catalogue, and what is there of it."""

    dataset: PublicDataset
    folder: Path
    fetched: bool
    images: int
    """Pictures that were unpacked."""


@dataclass(frozen=True, slots=True)
class Differences:
    """What a check found."""

    files: int
    """That were compared."""
    missing: tuple[str, ...]
    changed: tuple[str, ...]
    images: int
    expected_images: int

    @property
    def sound(self) -> bool:
        """Whether all files are as they were unpacked, and as many pictures as the dataset has."""
        return not self.missing and not self.changed and self.images == self.expected_images


class PublicDatasets:
    """The public datasets below one folder."""

    def __init__(
        self,
        folder: Path,
        *,
        offline: bool = False,
        catalogue: Mapping[str, PublicDataset] = CATALOGUE,
        downloader: Downloader | None = None,
    ) -> None:
        self.folder = folder
        self._offline = offline
        self._catalogue = catalogue
        self._downloader = downloader or Downloader()

    def states(self) -> list[DatasetState]:
        """Every dataset of the catalogue."""
        return [self._state(dataset) for dataset in self._catalogue.values()]

    def get(self, name: str) -> PublicDataset:
        """The dataset called ``name``.

        Raises:
            UnknownNameError: the catalogue has none.
        """
        if name not in self._catalogue:
            raise UnknownNameError(
                f"No public dataset is called '{name}'.", remedy=did_you_mean(name, [*self._catalogue])
            )
        return self._catalogue[name]

    def fetch(self, name: str, *, archives: Path | None = None, watch: Watch | None = None) -> DatasetState:
        """Bring a dataset here: its files from their official addresses, or from a folder where they lie already.

        What was fetched before an interruption is not fetched again. Nothing of a dataset is to be seen in its folder
        before all of it is.

        Args:
            name: of the catalogue.
            archives: a folder with the files under the names that they have at their addresses.
            watch: told of the bytes of each file.

        Raises:
            UnknownNameError: the catalogue has none called so.
            NotFoundError: it cannot be fetched by a program, or ``archives`` lacks one of its files; says what to do.
            DownloadError: an address does not answer, breaks off, or gives another file than the published one.
            UnavailableError: this program is set to stay offline.
            StorageError: it cannot be written, or there is no space.
        """
        dataset = self.get(name)
        state = self._state(dataset)
        if state.fetched:
            return state
        if not dataset.parts:
            raise NotFoundError(f"{name} cannot be fetched by a program.", remedy=f"{dataset.by_hand} {dataset.page}")
        if self._offline and archives is None:
            raise UnavailableError(
                "This program is set to stay offline (CBIR_OFFLINE).",
                remedy=f"Bring the files here, and run `cbir datasets fetch {name} --from FOLDER`.",
            )
        scratch = self.folder / f".{name}"
        with writing(scratch, _REMEDIES):
            self.folder.mkdir(parents=True, exist_ok=True)
        lock = self.folder / f".{name}.lock"
        with closing(FileLock(lock, f"the dataset {name}", _REMEDIES, wait=True)), writing(scratch, _REMEDIES):
            if not self._state(dataset).fetched:
                scratch.mkdir(exist_ok=True)
                self._bring(dataset, scratch, archives, watch)
            shutil.rmtree(scratch, ignore_errors=True)
        return self._state(dataset)

    def check(self, name: str, progress: Progress) -> Differences:
        """Read every file of a fetched dataset, and compare it with what was unpacked.

        Raises:
            UnknownNameError: the catalogue has none called so.
            NotFoundError: it was not fetched.
        """
        dataset = self.get(name)
        folder = self.folder / name
        manifest = _manifest(folder)
        if manifest is None:
            raise NotFoundError(f"{name} was not fetched.", remedy=f"Run `cbir datasets fetch {name}`.")
        files: dict[str, str] = manifest["files"]
        progress.start(f"Checking {name}", len(files))
        missing: list[str] = []
        changed: list[str] = []
        for path, found in zip(
            files, work_ahead(files, lambda one: _sha256(folder / one), window=4 * WORKERS), strict=True
        ):
            progress.advance()
            if found is None:
                missing.append(path)
            elif found != files[path]:
                changed.append(path)
        images = sum(is_image_name(path) for path in files if path not in set(missing))
        return Differences(len(files), tuple(missing), tuple(changed), images, dataset.images)

    def remove(self, name: str) -> None:
        """Delete a fetched dataset.

        Raises:
            UnknownNameError: the catalogue has none called so.
            NotFoundError: it is not there.
        """
        folder = self.folder / self.get(name).name
        if not folder.is_dir():
            raise NotFoundError(f"{name} is not there.", remedy="`cbir datasets list` says what is.")
        shutil.rmtree(folder)

    def _state(self, dataset: PublicDataset) -> DatasetState:
        folder = self.folder / dataset.name
        manifest = _manifest(folder)
        return DatasetState(dataset, folder, manifest is not None, manifest["images"] if manifest else 0)

    def _bring(self, dataset: PublicDataset, scratch: Path, archives: Path | None, watch: Watch | None) -> None:
        unpacked = scratch / "unpacked"
        shutil.rmtree(unpacked, ignore_errors=True)
        sources: list[dict[str, Any]] = []
        for part in dataset.parts:
            file, sums = self._obtain(part, scratch, archives, watch)
            _put(file, unpacked / part.folder)
            published = bool(part.file.sha256 or part.file.md5)
            sources.append({"url": part.file.url, "sha256": sums.sha256, "checksum_published": published})
        files = {str(path.relative_to(unpacked)): str(_sha256(path)) for path in sorted(_files(unpacked))}
        manifest = {
            "name": dataset.name,
            "sources": sources,
            "images": sum(is_image_name(path) for path in files),
            "files": files,
        }
        (unpacked / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
        target = self.folder / dataset.name
        if target.exists():
            raise DownloadError(
                f"{target} is there already and was not made by this program.", remedy="Move it away, and try again."
            )
        os.replace(unpacked, target)

    def _obtain(
        self, part: Part, scratch: Path, archives: Path | None, watch: Watch | None
    ) -> tuple[Path, Checksums]:
        """A part's file with its checksums, fetched unless it lies there from an earlier attempt."""
        wanted = part.file
        if archives is not None:
            path = archives / _name(wanted)
            if not path.is_file():
                raise NotFoundError(
                    f"{archives} has no {path.name}.", remedy=f"Download it from {wanted.url} into this folder."
                )
            sums = checksums(path)
            if (wanted.sha256 or wanted.md5) and not wanted.holds(sums):
                raise DownloadError(
                    f"{path} is not the published file: its MD5 is {sums.md5}, {wanted.md5} is expected.",
                    remedy="Download it again.",
                )
            return path, sums
        kept = scratch / _name(wanted)
        if not kept.is_file():
            try:
                came = wanted.bring(
                    scratch, self._downloader, limit=wanted.size or LARGEST, progress=watch(wanted) if watch else None
                )
            except DownloadError as error:
                raise DownloadError(
                    f"{wanted.url}: {error.message}.",
                    remedy="Run the command again (it goes on where it stopped), or bring the file here: --from.",
                ) from None
            came.replace(kept)
        return kept, checksums(kept)


def _name(file: RemoteFile) -> str:
    return file.url.rsplit("/", 1)[-1]


def _put(file: Path, folder: Path) -> None:
    if is_archive(file):
        unpack(file, folder)
    else:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, folder / file.name)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _manifest(folder: Path) -> dict[str, Any] | None:
    """What was unpacked into a folder; None where that is not known, so that it is fetched anew."""
    try:
        found = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("files"), dict) else None


def _sha256(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None
