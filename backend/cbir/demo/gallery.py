"""Making the demo gallery: a dataset (`images/`, `labels.csv`) of photographs and their variants."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from random import Random

from PIL import Image

from cbir.demo.photos import PHOTOS, Photo
from cbir.demo.variants import VARIANTS, Variant
from cbir.disk.errors import Remedies, writing
from cbir.errors import AlreadyExistsError, CbirError
from cbir.ingest.pipeline import WORKERS, work_ahead
from cbir.progress import Progress, Silent
from cbir.records import shown_path

RECIPE = 1
"""Counted up with every change of photographs or variants, so that an older gallery is made anew."""
MARKER = ".demo-gallery.json"
MAX_SIDE = 800
"""Variants are made from the photograph at this size or less, in pixels."""
REMEDIES = Remedies("Free about 20 MB.", "Name a folder that you may write to.", "Name another folder.")


def make_gallery(folder: Path, *, progress: Progress | None = None) -> Path:
    """Make the gallery in ``folder``, or leave it as it is where it is there already; the folder's path.

    Only files of an earlier gallery are ever replaced or removed.

    Raises:
        CbirError: a package that carries the photographs is not installed.
        AlreadyExistsError: the folder holds something else.
        StorageError: the folder cannot be written, or is full.
    """
    folder = folder.absolute()
    before = _read_marker(folder)
    if before.recipe == RECIPE and all((folder / file).is_file() for file in before.files):
        return folder
    if not before.files and folder.is_dir() and any(folder.iterdir()):
        raise AlreadyExistsError(
            f"{shown_path(str(folder))} is not empty and no demo gallery.", remedy="Name a new or an empty folder."
        )
    with writing(folder, REMEDIES):
        _make(folder, before, progress or Silent())
    return folder


@dataclass(frozen=True, slots=True)
class _Marker:
    """What the gallery in a folder is; without files, there is none."""

    recipe: int = 0
    """0 while it is being made."""
    files: tuple[str, ...] = ()
    """Relative to the folder."""


def _read_marker(folder: Path) -> _Marker:
    try:
        data = json.loads((folder / MARKER).read_text("utf-8"))
        files = tuple(file for file in map(str, data["files"]) if (folder / file).resolve().is_relative_to(folder))
        return _Marker(int(data["recipe"]), files)
    except (OSError, ValueError, KeyError, TypeError):
        return _Marker()


def _write_marker(folder: Path, marker: _Marker) -> None:
    text = json.dumps({"recipe": marker.recipe, "files": marker.files}, indent=1)
    partial = folder / f"{MARKER}.partial"
    partial.write_text(text, "utf-8")
    os.replace(partial, folder / MARKER)


@dataclass(frozen=True, slots=True)
class _Picture:
    """One file to be made."""

    photo: Photo
    variant: str
    file: str
    """Relative to the gallery's folder."""
    source: Path
    recipe: Variant | None
    """None: a copy, byte for byte."""

    def content(self) -> bytes:
        if self.recipe is None:
            return self.source.read_bytes()
        # seeded by text: Random hashes it by SHA-512, the same everywhere
        random = Random(f"{self.photo.name}/{self.variant}")  # noqa: S311 (pictures, no secrets)
        with Image.open(self.source) as image:
            image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
            return self.recipe.encoded(image, random)


def _pictures(photo: Photo) -> Iterator[_Picture]:
    """A scene's files: the photograph, a second view of it where there is one, and the variants."""
    place = f"images/{photo.name}/"
    source, second = photo.path(), photo.second_view_path()
    yield _Picture(photo, "original", f"{place}original{source.suffix}", source, None)
    if second:
        yield _Picture(photo, "second-view", f"{place}second-view{second.suffix}", second, None)
    with Image.open(source) as image:
        colour = image.mode != "L"
    for variant in VARIANTS:
        if colour or not variant.needs_colour:
            yield _Picture(photo, variant.name, place + variant.file, source, variant)


def _make(folder: Path, before: _Marker, progress: Progress) -> None:
    photos = _carried()
    pictures = [picture for photo in photos for picture in _pictures(photo)]
    files = (*(picture.file for picture in pictures), "labels.csv", "SOURCE.txt")
    folder.mkdir(parents=True, exist_ok=True)
    _write_marker(folder, _Marker(0, tuple(dict.fromkeys((*before.files, *files)))))
    for photo in photos:
        (folder / "images" / photo.name).mkdir(parents=True, exist_ok=True)
    progress.start("Making the demo gallery", len(pictures))

    def write(picture: _Picture) -> None:
        (folder / picture.file).write_bytes(picture.content())

    for _ in work_ahead(pictures, write, window=2 * WORKERS):
        progress.advance()
    (folder / "labels.csv").write_text(_labels(pictures), "utf-8", newline="")
    (folder / "SOURCE.txt").write_text(_source(photos), "utf-8")
    for file in set(before.files) - set(files):
        (folder / file).unlink(missing_ok=True)
    _write_marker(folder, _Marker(RECIPE, files))


def _carried() -> list[Photo]:
    """The photographs that this installation has: another version of a package may lack one."""
    photos = [photo for photo in PHOTOS if photo.path().is_file()]
    if not photos:
        raise CbirError(
            "The installed packages carry none of the demo gallery's photographs.",
            remedy="Install the packages anew: pip install --force-reinstall scikit-image scikit-learn",
        )
    return photos


def _labels(pictures: list[_Picture]) -> str:
    table = StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("path", "labels", "variant", "keywords", "caption"))
    for picture in pictures:
        photo = picture.photo
        writer.writerow((picture.file, photo.name, picture.variant, photo.keywords, photo.caption))
    return table.getvalue()


def _source(photos: list[Photo]) -> str:
    lines = [
        "Demo gallery: photographs that installed Python packages carry, and variants made from them here.",
        "'original' (and 'second-view') is the package's file, byte for byte; all others were changed as their",
        "name says (cropped, rotated, recoloured, …). The agency in the watermarked variants is made up.",
        "Images and terms:",
        "",
    ]
    lines += [f"{photo.name}: {photo.package.title}, {photo.file}. {photo.terms}" for photo in photos]
    return "\n".join(lines) + "\n"
