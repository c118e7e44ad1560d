"""The canonical form of weights: little-endian float32 tensors in C order, one safetensors file a set.

safetensors is open, memory-mappable and holds no code: a little-endian 64-bit header length, a JSON header
that gives each tensor's type, shape and place, then the bytes. One file a set makes replacing a set one atomic
rename. The header also carries each tensor's SHA-256, so that a digest costs no reading of the data.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cbir.errors import WeightsError
from cbir.weights.base import Tensor

_ALIGNMENT = 64
_MAX_HEADER = 64 * 2**20
_METADATA_KEY = "cbir"


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """One tensor of a stored set."""

    name: str
    shape: tuple[int, ...]
    offset: int
    """Where its bytes begin in the file."""
    sha256: str
    """Of its bytes as they are stored; empty in a file that another program wrote."""


@dataclass(frozen=True, slots=True)
class StoredSet:
    """The header of a set's file."""

    path: Path
    entries: Mapping[str, TensorEntry]
    """In layer order."""
    about: Mapping[str, Any]
    """Where the set came from: `source`, `file_sha256`, `stored`."""


def canonical(tensor: Any) -> Tensor:
    """``tensor`` as little-endian float32 in C order, copied only where it is not that already."""
    array = np.asarray(tensor, dtype=np.dtype("<f4"))
    return array if array.flags.c_contiguous else np.ascontiguousarray(array)


def tensor_sha256(tensor: Tensor) -> str:
    """Lowercase hex SHA-256 of a canonical tensor's bytes."""
    return hashlib.sha256(_bytes(tensor)).hexdigest()


def _bytes(tensor: Tensor) -> memoryview:
    return tensor.reshape(-1).view(np.uint8).data


def digest_of(entries: Mapping[str, TensorEntry], names: Sequence[str] | None = None) -> str:
    """Lowercase hex SHA-256 over one line a tensor: `NAME 3x3x64x128 SHA256`, in layer order whatever the order of
    ``names``.

    Raises:
        WeightsError: a name that the set does not hold.
    """
    for name in names or ():
        if name not in entries:
            raise WeightsError(f"These weights have no tensor '{name}'.", remedy=f"They have {', '.join(entries)}.")
    wanted = entries.keys() if names is None else set(names)
    lines = (
        f"{entry.name} {'x'.join(map(str, entry.shape))} {entry.sha256}\n"
        for entry in entries.values()
        if entry.name in wanted
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def entries_of(tensors: Mapping[str, Tensor]) -> dict[str, TensorEntry]:
    """What `write_set` will store for canonical ``tensors``, offsets counted from the first tensor's first byte."""
    entries: dict[str, TensorEntry] = {}
    offset = 0
    for name, tensor in tensors.items():
        entries[name] = TensorEntry(name, tensor.shape, offset, tensor_sha256(tensor))
        offset += tensor.nbytes
    return entries


def write_set(path: Path, tensors: Mapping[str, Tensor], about: Mapping[str, Any]) -> None:
    """Write canonical ``tensors`` to a new file and sync it; the caller renames it into place."""
    entries = entries_of(tensors)
    hashes = {name: entry.sha256 for name, entry in entries.items()}
    header: dict[str, Any] = {"__metadata__": {_METADATA_KEY: json.dumps({**about, "sha256": hashes})}}
    for name, tensor in tensors.items():
        begin = entries[name].offset
        header[name] = {"dtype": "F32", "shape": tensor.shape, "data_offsets": [begin, begin + tensor.nbytes]}
    text = json.dumps(header).encode()
    text += b" " * (-(len(text) + 8) % _ALIGNMENT)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for tensor in tensors.values():
            file.write(_bytes(tensor))
        file.flush()
        os.fsync(file.fileno())


def read_header(path: Path) -> StoredSet:
    """The header of a safetensors file of float32 tensors, checked against the file's size.

    Raises:
        WeightsError: the file contradicts itself or holds another type; the message says what is wrong.
        FileNotFoundError: no such file.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= _MAX_HEADER:  # noqa: PLR2004 -- "{}" is the shortest header
            raise WeightsError(f"{path} is not a safetensors file.")
        text = file.read(length)
    size = path.stat().st_size
    try:
        header = json.loads(text)
        about = json.loads(header.pop("__metadata__", {}).get(_METADATA_KEY, "{}"))
        hashes = about.pop("sha256", {})
        entries = [_entry(name, item, 8 + length, hashes) for name, item in header.items()]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise WeightsError(f"{path} has a damaged header ({error}).") from None
    entries.sort(key=lambda entry: entry.offset)
    end = 8 + length
    for entry in entries:
        if entry.offset != end:
            raise WeightsError(f"{path} has a damaged header: {entry.name} is not where it should be.")
        end += 4 * math.prod(entry.shape)
    if end != size:
        raise WeightsError(f"{path} has {size:,} bytes where its header says {end:,}.")
    return StoredSet(path, {entry.name: entry for entry in entries}, about)


def _entry(name: str, item: Mapping[str, Any], start: int, hashes: Mapping[str, str]) -> TensorEntry:
    shape = tuple(int(extent) for extent in item["shape"])
    begin, end = item["data_offsets"]
    if item["dtype"] != "F32" or min(shape, default=0) < 0 or end - begin != 4 * math.prod(shape):
        raise ValueError(f"{name} is not float32 of shape {shape}")
    return TensorEntry(name, shape, start + begin, hashes.get(name, ""))


def map_tensors(stored: StoredSet) -> dict[str, Tensor]:
    """The tensors of a set as read-only memory maps, in layer order: no byte is read before it is used."""
    data = np.memmap(stored.path, dtype=np.uint8, mode="r")
    return {
        entry.name: data[entry.offset : entry.offset + 4 * math.prod(entry.shape)].view("<f4").reshape(entry.shape)
        for entry in stored.entries.values()
    }
