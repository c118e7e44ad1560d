"""Archives that come from outside, unpacked so that nothing can leave its folder or fill the disk unseen."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from cbir.errors import DownloadError, StorageFullError

ARCHIVES = (".zip", ".tar.gz", ".tgz", ".tar")
NESTED = ("101_ObjectCategories.tar.gz",)
"""Archives inside archives that are unpacked too; others are left as they are."""


def is_archive(path: Path) -> bool:
    """Whether a file's name is that of an archive."""
    return path.name.lower().endswith(ARCHIVES)


def unpack(archive: Path, folder: Path) -> None:
    """Unpack ``archive`` into ``folder``, which is made.

    Only plain files and folders are taken. One archive inside it that is known to hold the pictures is unpacked too.

    Raises:
        DownloadError: it is damaged, or an entry would lie outside the folder.
        StorageFullError: not enough space is left for what it says that it holds.
    """
    _unpack(archive, folder)
    for nested in list(_nested(folder)):
        _unpack(nested, nested.parent)
        nested.unlink()


def _unpack(archive: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if archive.name.lower().endswith(".zip"):
            with zipfile.ZipFile(archive) as opened:
                _unzip(opened, folder)
        else:
            with tarfile.open(archive) as opened:
                _untar(opened, folder)
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError) as error:
        raise DownloadError(
            f"{archive.name} cannot be unpacked ({error}).", remedy="Delete it, and fetch it again."
        ) from None


def _nested(folder: Path) -> Iterator[Path]:
    return (path for name in NESTED for path in folder.rglob(name) if path.is_file())


def _unzip(archive: zipfile.ZipFile, folder: Path) -> None:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    _require_room(sum(entry.file_size for entry in entries), folder)
    for entry in entries:
        path = _place(folder, entry.filename)
        path.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target)


def _untar(archive: tarfile.TarFile, folder: Path) -> None:
    entries = [entry for entry in archive if entry.isfile()]
    _require_room(sum(entry.size for entry in entries), folder)
    for entry in entries:
        path = _place(folder, entry.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        source = archive.extractfile(entry)
        assert source is not None
        with source, path.open("wb") as target:
            shutil.copyfileobj(source, target)


def _place(folder: Path, name: str) -> Path:
    """Where an entry goes. Names with `..`, roots or drives are refused rather than bent."""
    pure = PurePosixPath(name.replace("\\", "/"))
    if pure.is_absolute() or ".." in pure.parts or not pure.parts or ":" in pure.parts[0]:
        raise DownloadError(
            f"The archive names a file outside its folder: {name[:80]!a}.", remedy="Do not use this archive."
        )
    return folder.joinpath(*pure.parts)


def _require_room(needed: int, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise StorageFullError(
            f"{folder} has {free:,} bytes free, and the archive unpacks to {needed:,}.",
            remedy="Make room, or name another folder.",
        )
