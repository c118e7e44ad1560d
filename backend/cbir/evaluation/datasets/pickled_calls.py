"""What a pickle may ask a program to call, and what is done in its place: bytes, and numpy's numbers.

Nothing is ever looked up or called by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

Spend = Callable[[int], None]
"""Told how many elements are about to be made; refuses too many."""


class NotPlainError(Exception):
    """The pickle asks for more than plain data, or is malformed; the text says what."""


def refuse(why: str) -> NoReturn:
    """End the reading."""
    raise NotPlainError(why)


@dataclass(frozen=True, slots=True)
class Named:
    """Something a program could call, named and never looked up."""

    module: str
    name: str


@dataclass(slots=True)
class NumberType:
    """numpy's dtype: `i8` and a byte order."""

    code: str
    order: str = "="


class NumberArray(list[Any]):
    """A numpy array; its elements come by BUILD."""


def numbers(spend: Spend, data: object, dtype: object, shape: object) -> list[Any]:
    """The elements of an array that numpy wrote, of one dimension."""
    if isinstance(data, str):  # as Python 2 wrote bytes
        data = data.encode("latin-1")
    if not isinstance(dtype, NumberType) or not isinstance(data, bytes):
        refuse("it holds an array of something else than numbers")
    if not isinstance(shape, tuple) or len(shape) != 1:
        refuse("it holds an array of more than one dimension")
    spend(len(data))
    order = {"<": "<", ">": ">", "=": "=", "|": "="}[dtype.order]
    values = np.frombuffer(data, dtype=np.dtype(order + dtype.code))
    if shape[0] != len(values):
        refuse("it is malformed (an array's size)")
    found: list[Any] = values.tolist()
    return found


def _new_type(_: Spend, code: object, *_rest: object) -> NumberType:
    if code not in {f"{kind}{size}" for kind in "iu" for size in (1, 2, 4, 8)} | {"f4", "f8"}:
        refuse("it holds an array of something else than numbers")
    return NumberType(str(code))


def _new_array(_: Spend, kind: object, *_rest: object) -> NumberArray:
    if kind != ARRAY:
        refuse("it holds an array of a kind of its own")
    return NumberArray()


def _from_buffer(spend: Spend, data: object, dtype: object, shape: object, *_rest: object) -> list[Any]:
    return numbers(spend, data, dtype, shape)


def _scalar(spend: Spend, dtype: object, data: object) -> Any:
    return numbers(spend, data, dtype, (1,))[0]


def _encode(spend: Spend, text: object, encoding: object) -> bytes:
    """How Python 3 writes bytes where the protocol has no instruction for them."""
    if not isinstance(text, str) or encoding != "latin1":
        refuse("it encodes text")
    spend(len(text))
    return text.encode("latin-1")


def _no_bytes(_: Spend, *arguments: object) -> bytes:
    """The same, of no bytes at all."""
    if arguments:
        refuse("it makes bytes")
    return b""


ARRAY = Named("numpy", "ndarray")
CALLS: Mapping[Named, Callable[..., object]] = {
    Named("_codecs", "encode"): _encode,
    Named("__builtin__", "bytes"): _no_bytes,
    Named("numpy", "dtype"): _new_type,
    **{
        Named(f"numpy.{core}.{module}", name): call
        for core in ("core", "_core")
        for module, name, call in (
            ("multiarray", "_reconstruct", _new_array),
            ("multiarray", "scalar", _scalar),
            ("numeric", "_frombuffer", _from_buffer),
        )
    },
}
"""What may be called, and what is done in its place."""


def set_state(spend: Spend, built: object, state: tuple[Any, ...]) -> None:
    """What BUILD does: the byte order of a type, the elements of an array."""
    if isinstance(built, NumberType):
        built.order = state[1]
    elif isinstance(built, NumberArray):
        _, shape, dtype, _, data = state
        built[:] = numbers(spend, data, dtype, shape)
    else:
        refuse("it sets the state of something that is no array")
