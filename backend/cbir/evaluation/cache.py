"""Descriptors of evaluated datasets, kept by identity and file hash, apart from the collections.

A folder an identity; in it `identity.json`, for people, and `.npz` files (numpy's open format, without pickle),
each with the descriptors of some images: `ids` (n,) and `vectors` (n, D). Files are written under another name and
renamed, so that one is there whole or not at all, also where several processes write at once. It is safe to delete
all of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cbir.records import Identity, Matrix

Bytes = NDArray[np.bytes_]


class DescriptorCache:
    """The cache below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, identity: Identity, ids: Sequence[str]) -> tuple[Matrix, NDArray[np.bool_]]:
        """What is known of these images: descriptors (len(ids), D), zeros where none is, and a mask of the known.

        A file that is damaged is deleted; its descriptors count as not known.
        """
        vectors = np.zeros((len(ids), identity.dims), np.float32)
        known = np.zeros(len(ids), bool)
        positions = {image_id.encode(): position for position, image_id in enumerate(ids)}
        for file in sorted(self._place(identity).glob("*.npz")):
            if known.all():
                break
            try:
                _read_into(vectors, known, file, positions)
            except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
                with suppress(OSError):
                    file.unlink()
        return vectors, known

    def write(self, identity: Identity, ids: Sequence[str], vectors: Matrix) -> None:
        """Keep descriptors (len(ids), D).

        Raises:
            OSError: the folder cannot be written, or is full; nothing was kept then.
        """
        place = self._place(identity)
        place.mkdir(parents=True, exist_ok=True)
        _replace(place / "identity.json", json.dumps(identity.to_json(), indent=2).encode())
        name = hashlib.sha256("".join(ids).encode()).hexdigest()
        partial = place / f"{name}.{os.getpid()}.partial"
        try:
            with partial.open("wb") as stream:
                np.savez(stream, ids=np.array([one.encode() for one in ids]), vectors=vectors)
            os.replace(partial, place / f"{name}.npz")
        finally:
            partial.unlink(missing_ok=True)

    def _place(self, identity: Identity) -> Path:
        """The identity's folder: two identities that differ in anything have two."""
        canonical = json.dumps(identity.to_json(), sort_keys=True, separators=(",", ":"))
        return self.folder / hashlib.sha256(canonical.encode()).hexdigest()


def _read_into(vectors: Matrix, known: NDArray[np.bool_], file: Path, positions: dict[bytes, int]) -> None:
    # opened here, because numpy leaves a file open that turns out to be damaged
    with file.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
        ids: Bytes = stored["ids"]
        wanted = [(row, positions[one]) for row, one in enumerate(ids.tolist()) if one in positions]
        if not wanted:
            return
        found = stored["vectors"]
    if found.shape != (len(ids), vectors.shape[1]) or found.dtype != np.float32:
        raise ValueError(file)
    rows, targets = np.array(wanted).T
    vectors[targets] = found[rows]
    known[targets] = True


def _replace(path: Path, content: bytes) -> None:
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.write_bytes(content)
    os.replace(partial, path)
