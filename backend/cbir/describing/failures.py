"""Errors that travel: a `CbirError` is raised on the side that asked as it was on the side that answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cbir import errors
from cbir.errors import CbirError, UnavailableError

TRAVELLING: Mapping[str, type[CbirError]] = {
    name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, CbirError)
}
"""The tree of `cbir.errors` by class name; an error of a class beyond it travels as the nearest one above."""


def away(reason: str) -> UnavailableError:
    """The error where the process that computes descriptors cannot be asked. It names no path: anyone may read it."""
    return UnavailableError(
        f"The process that computes descriptors {reason}.",
        remedy="Try again in a moment; where that does not help, restart the server (cbir serve).",
    )


def to_json(error: CbirError) -> dict[str, str]:
    """An error as a JSON object."""
    kind = next(kind.__name__ for kind in type(error).__mro__ if kind.__name__ in TRAVELLING)
    return {"kind": kind, "message": error.message, "remedy": error.remedy}


def from_json(data: Any) -> CbirError:
    """The inverse of `to_json`; an answer that cannot be understood is an error too."""
    try:
        return TRAVELLING[data["kind"]](str(data["message"]), remedy=str(data["remedy"]))
    except (KeyError, TypeError):
        return away("gave an answer that cannot be understood")
