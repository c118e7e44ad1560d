"""What a collection can be called, in every engine."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cbir.errors import InvalidRequestError, UnknownNameError
from cbir.registry import did_you_mean

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")


def is_name(text: str) -> bool:
    """Whether a collection can be called so."""
    return _NAME.fullmatch(text) is not None


def require_name(name: str) -> None:
    """Refuse a name that cannot be one.

    Raises:
        InvalidRequestError: as said.
    """
    if not is_name(name):
        raise InvalidRequestError(
            f"A collection cannot be called {name!a}.",
            remedy="Use at most 64 of A-Z, a-z, 0-9, '_', '-' and '.', and begin with none of '-' and '.'.",
        )


def unknown(name: str, known: Sequence[str]) -> UnknownNameError:
    """The error for a name that no collection has."""
    remedy = did_you_mean(name, list(known)) or "`cbir index` makes one."
    return UnknownNameError(f"No collection is called '{name}'.", remedy=remedy)
