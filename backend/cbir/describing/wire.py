"""Messages between the processes of a server: a JSON object and, where there is one, an array.

On the stream a message is `MAGIC`, the header's length (unsigned 32 bits, little-endian), the header (JSON, UTF-8:
`{"body": {…}, "array": {"dtype", "shape"} or null}`) and the array's bytes in C order. Whatever arrives is checked
against bounds before memory is taken for it, and nothing that arrives is ever run.
"""

from __future__ import annotations

import json
import math
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"cbr1"
"""Also the version of the protocol."""
MAX_HEADER = 1 << 16
"""Bytes of a header."""
MAX_ARRAY = 1 << 29
"""Bytes of an array: twice as many as the largest picture has that the decoder passes."""
MAX_AXES = 3
PATIENCE_S = 30.0
"""Seconds that the other side may take to go on with a message that it has begun."""

_PREFIX = struct.Struct("<4sI")
_DTYPES: Mapping[str, np.dtype[Any]] = {"uint8": np.dtype(np.uint8), "float32": np.dtype("<f4")}

Array = NDArray[Any]
Body = Mapping[str, Any]


class BrokenMessageError(Exception):
    """What arrived is no message, or only a part of one; nothing more can be read from the connection."""


@dataclass(slots=True)
class Message:
    """What one side tells the other."""

    body: Body
    """JSON values only."""
    array: Array | None = None
    """uint8 or float32, with at most three axes."""


def send(stream: socket.socket, message: Message) -> None:
    """Write a message.

    Raises:
        OSError: the other side is gone, or does not read (TimeoutError).
    """
    array = message.array
    described = None if array is None else {"dtype": array.dtype.name, "shape": array.shape}
    header = json.dumps({"body": message.body, "array": described}).encode()
    stream.settimeout(PATIENCE_S)
    stream.sendall(_PREFIX.pack(MAGIC, len(header)) + header)
    if array is not None:
        stream.sendall(_bytes(array))


def receive(stream: socket.socket, *, wait_s: float | None) -> Message | None:
    """The next message, None where the other side has closed the connection between two.

    Args:
        stream: a connected stream socket.
        wait_s: seconds to wait for it to begin, None for ever.

    Raises:
        BrokenMessageError: garbage, a message over the bounds, or one that was cut off.
        OSError: the connection failed, or nothing came in time (TimeoutError).
    """
    prefix = bytearray(_PREFIX.size)
    stream.settimeout(wait_s)
    begun = stream.recv_into(prefix)
    if begun == 0:
        return None
    stream.settimeout(PATIENCE_S)
    _fill(stream, memoryview(prefix)[begun:])
    magic, length = _PREFIX.unpack(prefix)
    if magic != MAGIC or length > MAX_HEADER:
        raise BrokenMessageError("This is no message.")
    text = bytearray(length)
    _fill(stream, memoryview(text))
    body, array = _header(bytes(text))
    if array is not None:
        _fill(stream, _bytes(array))
    return Message(body, array)


def _fill(stream: socket.socket, target: memoryview) -> None:
    while len(target):
        count = stream.recv_into(target)
        if count == 0:
            raise BrokenMessageError("The connection was cut off within a message.")
        target = target[count:]


def _header(text: bytes) -> tuple[Body, Array | None]:
    """The body, and an array of the announced shape that is yet to be filled."""
    try:
        header = json.loads(text)
        body, described = header["body"], header["array"]
        array = None if described is None else _array(described["dtype"], described["shape"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BrokenMessageError(f"The header is damaged ({type(error).__name__}).") from None
    if not isinstance(body, dict):
        raise BrokenMessageError("The body is no object.")
    return body, array


def _array(dtype: str, shape: list[int]) -> Array:
    if len(shape) > MAX_AXES or not all(type(extent) is int and extent >= 0 for extent in shape):
        raise ValueError(shape)
    kind = _DTYPES[dtype]
    if math.prod(shape) * kind.itemsize > MAX_ARRAY:
        raise ValueError(shape)
    return np.empty(shape, kind)


def _bytes(array: Array) -> memoryview:
    return array.reshape(-1).view(np.uint8).data
