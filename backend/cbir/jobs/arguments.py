"""What a kind of job takes, checked when it is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cbir.errors import InvalidRequestError, UnknownNameError
from cbir.extractors import EXTRACTORS
from cbir.images.words import MAX_KEYWORD_LENGTH
from cbir.registry import did_you_mean

REQUIRED: Any = object()


@dataclass(frozen=True, slots=True)
class Field:
    """One argument."""

    read: Callable[[str, Any], Any]
    """From the argument's name and value to the value that is kept; raises InvalidRequestError."""
    default: Any = REQUIRED


def checked(arguments: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    """All of a kind's arguments, those that were left out with their defaults.

    Raises:
        UnknownNameError: an argument that the kind does not have.
        InvalidRequestError: one that is missing, or of a value that cannot be.
    """
    for name in arguments:
        if name not in fields:
            raise UnknownNameError(f"No argument is called '{name}'.", remedy=did_you_mean(name, list(fields)))
    missing = [name for name, field in fields.items() if field.default is REQUIRED and arguments.get(name) is None]
    if missing:
        raise InvalidRequestError(f"'{missing[0]}' is missing.", remedy="Give it.")
    return {
        name: field.default if arguments.get(name) is None else field.read(name, arguments[name])
        for name, field in fields.items()
    }


def flag(name: str, value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise _wrong(name, "true or false")
    return value


def path(name: str, value: Any) -> str:
    """An absolute path."""
    if not isinstance(value, str) or not os.path.isabs(value) or "\0" in value:
        raise _wrong(name, "an absolute path")
    return value


def paths(name: str, value: Any) -> list[str]:
    """One or more absolute paths."""
    if not isinstance(value, list | tuple) or not value:
        raise _wrong(name, "a list of one or more absolute paths")
    return [path(name, one) for one in value]


def extractor(name: str, value: Any) -> str:
    """The name of an extractor that is installed."""
    if not isinstance(value, str):
        raise _wrong(name, "the name of an extractor")
    try:
        EXTRACTORS.get(value)
    except UnknownNameError as error:
        raise UnknownNameError(f"'{name}': {error.message}", remedy=error.remedy) from None
    return value


def extractors(name: str, value: Any) -> list[str]:
    """Names of different extractors; none for the default ones."""
    if not isinstance(value, list | tuple):
        raise _wrong(name, "a list of names of extractors")
    found = [extractor(name, one) for one in value]
    if len(set(found)) < len(found):
        raise _wrong(name, "each extractor once")
    return found


def labels(name: str, value: Any) -> list[str]:
    """Words, without those that are empty or given twice."""
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise _wrong(name, "a list of words")
    found = [one.strip() for one in value]
    if any(len(one) > MAX_KEYWORD_LENGTH or not one.isprintable() for one in found):
        raise _wrong(name, f"labels of at most {MAX_KEYWORD_LENGTH} characters on one line")
    return list(dict.fromkeys(one for one in found if one))


def uploads(name: str, value: Any) -> list[dict[str, str]]:
    """Uploaded files: `{"path", "name"}` each."""
    if not isinstance(value, list | tuple) or not value:
        raise _wrong(name, "a list of one or more uploaded files")
    return [_upload(name, one) for one in value]


def _upload(name: str, value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or set(value) != {"path", "name"} or not isinstance(value["name"], str):
        raise _wrong(name, "uploaded files as objects of a path and a name")
    return {"path": path(name, value["path"]), "name": value["name"]}


def _wrong(name: str, wanted: str) -> InvalidRequestError:
    return InvalidRequestError(f"'{name}' cannot be that.", remedy=f"Give {wanted}.")
