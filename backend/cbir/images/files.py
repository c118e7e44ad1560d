"""Bytes of picture files: read within limits, without hanging on what is no file, and hashed."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from dataclasses import dataclass

from cbir.errors import ImageError

BLOCK = 1 << 20
"""Bytes hashed at a time."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may cost before it is refused."""

    bytes: int = 1 << 29
    """Size of the file."""
    pixels: int = 89_478_485
    """Width times height; Pillow's own threshold for a suspected decompression bomb."""


DEFAULT_LIMITS = Limits()

OPEN_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
"""A pipe or a terminal that takes a file's place between two calls must not make us wait."""

OPEN_FAILURES: dict[int, tuple[str, str]] = {
    errno.ENOENT: ("There is no such file.", "Check the path."),
    errno.ENOTDIR: ("There is no such file.", "Check the path."),
    errno.EACCES: ("The file may not be read.", "Give yourself read permission on it and on its folders."),
    errno.EPERM: ("The file may not be read.", "Give yourself read permission on it and on its folders."),
    errno.ELOOP: ("The link leads in a circle.", "Delete the link, or make it point to a picture."),
    errno.ENAMETOOLONG: ("The path is too long.", "Move or rename the file."),
    errno.EMFILE: ("Too many files are open.", "Raise the limit with `ulimit -n` and try again."),
    errno.ESTALE: ("The file cannot be reached.", "Check that its disk or network share is mounted."),
    errno.EIO: ("The disk could not read the file.", "Check the disk; restore the file from a backup."),
}
"""What the system says, as reason and remedy."""


def file_id(data: bytes) -> str:
    """The image id: lowercase hex SHA-256 of a file's bytes."""
    return hashlib.sha256(data).hexdigest()


def hash_file(path: str | os.PathLike[str]) -> str:
    """`file_id` of a file of any size, read in blocks.

    Raises:
        ImageError: no regular file that can be read.
    """
    digest = hashlib.sha256()
    try:
        with os.fdopen(_open(path), "rb", buffering=0) as file:
            while block := file.read(BLOCK):
                digest.update(block)
    except (OSError, ValueError) as error:
        raise _failure(path, error) from None
    return digest.hexdigest()


def read_bytes(path: str | os.PathLike[str], limits: Limits = DEFAULT_LIMITS) -> bytes:
    """The bytes of a regular file.

    Raises:
        ImageError: no regular file that can be read, or one over ``limits.bytes``.
    """
    try:
        with os.fdopen(_open(path), "rb", buffering=0) as file:
            require_size(os.fstat(file.fileno()).st_size, limits)
            data = file.readall()
    except (OSError, ValueError) as error:
        raise _failure(path, error) from None
    require_size(len(data), limits)
    return data


def require_size(size: int, limits: Limits) -> None:
    """Raise ImageError for a file of more bytes than ``limits`` allow."""
    if size > limits.bytes:
        raise ImageError(
            f"The file is {size / 2**20:,.0f} MiB; at most {limits.bytes / 2**20:,.0f} MiB are read.",
            remedy="Make a smaller copy.",
        )


def _open(path: str | os.PathLike[str]) -> int:
    """A descriptor of a regular file. A device is never opened: opening alone can act on it."""
    _require_regular(os.stat(path).st_mode)
    descriptor = os.open(path, OPEN_FLAGS)
    try:
        _require_regular(os.fstat(descriptor).st_mode)
    except ImageError:
        os.close(descriptor)
        raise
    return descriptor


def _require_regular(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise ImageError("It is a folder, though a picture was expected.", remedy="Name a file.")
    if not stat.S_ISREG(mode):
        raise ImageError("It is a device, pipe or socket, not a file.", remedy="Move it out of the folder.")


def _failure(path: str | os.PathLike[str], error: OSError | ValueError) -> ImageError:
    if isinstance(error, ValueError):
        return ImageError("The path holds a NUL character.", remedy="Check the path.")
    if error.errno == errno.ENOENT and os.path.islink(path):
        return ImageError("The link leads nowhere.", remedy="Restore the file it points to, or delete the link.")
    reason = f"The file cannot be read ({error.strerror})."
    message, remedy = OPEN_FAILURES.get(error.errno or 0, (reason, "Check the file and its disk."))
    return ImageError(message, remedy=remedy)
