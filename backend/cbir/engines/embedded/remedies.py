"""What helps a person whose collection is in trouble, said the same everywhere."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from cbir.disk import errors

RESTORE = "Restore the collection from a backup, or delete it and index again; your photographs are not affected."
FREE_SPACE = "Free some space and run it again; what was committed before is intact."
ANOTHER_FOLDER = "choose another folder with --data-dir or CBIR_DATA_DIR."
MAKE_WRITABLE = f"Make the folder writable, or {ANOTHER_FOLDER}"
WRITING = errors.Remedies(FREE_SPACE, MAKE_WRITABLE, f"Check the folder and its disk, or {ANOTHER_FOLDER}")


def writing(path: Path) -> AbstractContextManager[None]:
    """`cbir.disk.errors.writing` for a collection's files."""
    return errors.writing(path, WRITING)
