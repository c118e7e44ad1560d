"""What a command is given: the environment and the shared flags, from which settings and a library are made once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cbir.cli.terminal import say

if TYPE_CHECKING:
    from cbir.collection import Library
    from cbir.settings import Settings

DEFAULT_COLLECTION = "default"

CollectionOption = Annotated[str, typer.Option("--collection", "-c", help="Name of the collection.")]
EngineOption = Annotated[
    str | None, typer.Option("--engine", help="embedded or elasticsearch (CBIR_ENGINE).", show_default="embedded")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]


@dataclass(slots=True)
class Session:
    """One run of the program."""

    environment: Mapping[str, str]
    flags: dict[str, Any] = field(default_factory=dict)
    config: Path | None = None

    def settings(self, **flags: Any) -> Settings:
        """The settings in force, with a command's own flags."""
        from cbir.settings import read_settings

        return read_settings(self.flags | flags, environment=self.environment, config_file=self.config)

    def library(self, engine: str | None = None) -> Library:
        """All collections of the engine that was chosen."""
        from cbir.collection import Library

        return Library(self.settings(engine=engine), announce=say)


def session(context: typer.Context) -> Session:
    """The session of a command."""
    found = context.find_object(Session)
    assert found is not None
    return found


@contextmanager
def usage_errors() -> Iterator[None]:
    """What is wrong with the text of a flag is wrong usage: exit code 2."""
    from cbir.errors import InvalidRequestError

    try:
        yield
    except InvalidRequestError as error:
        raise typer.BadParameter(str(error)) from None


def names(text: str | None) -> list[str]:
    """`a,b` as a list, without empty parts and repeats."""
    return list(dict.fromkeys(part.strip() for part in (text or "").split(",") if part.strip()))
