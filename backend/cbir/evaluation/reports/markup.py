"""HTML and SVG as text that cannot be forged by what it shows: whatever is no `Markup` is escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable

VOID = frozenset({"br", "col", "img", "meta"})
"""Elements that have no end."""


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Content = str | int | float | None | Iterable["Content"]
"""Text, numbers, markup, or several of them; None is nothing."""


def escaped(content: Content) -> str:
    """As it may stand between or within tags."""
    if content is None:
        return ""
    if isinstance(content, Markup):
        return content
    if isinstance(content, str):
        return html.escape(content)
    if isinstance(content, int | float):
        return str(content)
    return "".join(escaped(one) for one in content)


def join(*content: Content) -> Markup:
    """Pieces one after the other."""
    return Markup(escaped(content))


def tag(name: str, /, *content: Content, **attributes: str | float | None) -> Markup:
    """An element. In attributes, `class_` is `class` and `stroke_width` is `stroke-width`; None leaves one out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escaped(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{escaped(content)}</{name}>")
