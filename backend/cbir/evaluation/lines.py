"""Text files of other programs, line by line: runs and ground truth, plain or packed with gzip."""

from __future__ import annotations

import gzip
import io
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TextIO

from cbir.errors import InvalidRequestError, NotFoundError
from cbir.records import shown_path, shown_text

PACKED = ".gz"
LEVEL = 1
"""Of packing: runs are mostly hexadecimal ids, which higher levels make 7 % smaller in three times the time."""
SHOWN = 60
"""Characters of a malformed line that its error quotes."""
_WORD = re.compile(r"[^\s\x00-\x1f\x7f]+")


def numbered_lines(path: str | Path) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers from 1, without white space at their ends.

    UTF-8 is assumed; bytes that are none are kept (`surrogateescape`). Any line ends and a byte-order mark are read.

    Raises:
        NotFoundError: there is no such file.
        InvalidRequestError: it is a folder, or packed and damaged.
    """
    path = os.fspath(path)
    try:
        with _opened(path) as file:
            for number, line in enumerate(file, start=1):
                if text := line.strip():
                    yield number, text
    except FileNotFoundError:
        raise NotFoundError(f"There is no file {shown_path(path)}.", remedy="Check the path.") from None
    except IsADirectoryError:
        raise InvalidRequestError(f"{shown_path(path)} is a folder.", remedy="Name the file in it.") from None
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise InvalidRequestError(
            f"{shown_path(path)} is damaged, or not packed with gzip as its name says.", remedy="Fetch it again."
        ) from None


def malformed(path: str | Path, line: int, what: str, remedy: str) -> InvalidRequestError:
    """The error for a line that cannot be read: what is wrong with it, and how it should look."""
    return InvalidRequestError(f"{shown_path(os.fspath(path))}, line {line}: {what}", remedy=remedy)


def quoted(text: str) -> str:
    """A word or line of a file as an error may show it."""
    return f"'{shown_text(text[:SHOWN])}{'…' if len(text) > SHOWN else ''}'"


@lru_cache(maxsize=1 << 16)
def word(what: str, text: str) -> str:
    """A name that can stand in a line whose words are split by spaces.

    Raises:
        InvalidRequestError: it is empty, or holds white space or control characters.
    """
    if not _WORD.fullmatch(text):
        raise InvalidRequestError(
            f"The {what} {quoted(text)} cannot stand in a TREC file.", remedy="Use names without spaces."
        )
    return text


@contextmanager
def text_file(path: str | Path) -> Iterator[TextIO]:
    """A text file for writing, packed if its name says so. No time stands in it: equal texts become equal bytes."""
    with open(path, "wb") as file:
        if str(path).endswith(PACKED):
            with (
                gzip.GzipFile("", "wb", compresslevel=LEVEL, fileobj=file, mtime=0) as packed,
                io.TextIOWrapper(packed, "utf-8", "surrogateescape", newline="\n") as text,
            ):
                yield text
        else:
            with io.TextIOWrapper(file, "utf-8", "surrogateescape", newline="\n") as text:
                yield text


def _opened(path: str) -> TextIO:
    if path.endswith(PACKED):
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="surrogateescape")
    return open(path, encoding="utf-8-sig", errors="surrogateescape")
