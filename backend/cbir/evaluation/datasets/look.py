"""A look at a folder, by which the forms of datasets are told apart: names only, two levels deep."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from cbir.images.formats import is_image_name

LABEL_FILE = "labels.csv"


@dataclass(frozen=True, slots=True)
class Look:
    """What stands in a folder, in the folders in it, and in those in them."""

    files: Mapping[str, tuple[str, ...]]
    """Names of files by their folder, sorted; the looked-at folder first."""
    folder: str
    inner: tuple[str, ...]
    """The folders directly in it."""

    @property
    def labelled(self) -> bool:
        """Whether a person's own table says what is what; then the names of files say nothing."""
        return LABEL_FILE in self.files[self.folder]

    def holding(self, pattern: re.Pattern[str]) -> list[str]:
        """The folders with a file whose whole name fits."""
        return [folder for folder, names in self.files.items() if any(map(pattern.fullmatch, names))]

    def matches(self, pattern: re.Pattern[str]) -> list[tuple[str, re.Match[str]]]:
        """The path of each file whose whole name fits, and how it does."""
        return [
            (os.path.join(folder, name), match)
            for folder, names in self.files.items()
            for name in names
            if (match := pattern.fullmatch(name))
        ]

    @property
    def with_pictures(self) -> list[str]:
        """The folders with a picture file."""
        return [folder for folder in self.files if self.pictures(folder)]

    def pictures(self, folder: str) -> list[str]:
        """The names in one of the folders that are those of picture files."""
        return [name for name in self.files[folder] if is_image_name(name)]


def look(folder: str) -> Look:
    """Look at a folder; what cannot be listed is empty."""
    names, inner = _listed(folder)
    files = {folder: names}
    for path in inner:
        files[path], innermost = _listed(path)
        files.update((one, _listed(one)[0]) for one in innermost)
    return Look(files, folder, tuple(inner))


def _listed(folder: str) -> tuple[tuple[str, ...], list[str]]:
    """Names of the files in a folder, and paths of the folders in it (links are followed), both sorted."""
    names: list[str] = []
    folders: list[str] = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                folders.append(entry.path)
            else:
                names.append(entry.name)
    return tuple(sorted(names)), sorted(folders)
