"""What a caller may do, and what each operation needs."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from flask import Flask

View = TypeVar("View", bound=Callable[..., Any])
_MARK = "cbir_role"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Role(IntEnum):
    """Each may do what the ones before it may."""

    ANYONE = 0
    READ = 1
    """Search and look; nothing that others see changes."""
    WRITE = 2
    """Everything."""


def require(role: Role) -> Callable[[View], View]:
    """Say what an operation needs, where that is not READ for GET and WRITE for the rest.

    Stands below the decorator that names the address.
    """

    def mark(view: View) -> View:
        setattr(view, _MARK, role)
        return view

    return mark


def needed(app: Flask, endpoint: str | None, method: str) -> Role:
    """The role that an operation needs; an address that is not there tells nobody so."""
    view = app.view_functions.get(endpoint or "")
    default = Role.READ if method in SAFE_METHODS else Role.WRITE
    role: Role = getattr(view, _MARK, default)
    return role
