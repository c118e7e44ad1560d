"""The program `cbir`: its commands, and the one place where an error becomes a line and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from cbir import __version__
from cbir.cli import (
    catalogue,
    collections,
    datasets,
    doctor,
    elasticsearch,
    evaluate,
    grade,
    index,
    keys,
    remove,
    search,
    serve,
    transfer,
    weights,
)
from cbir.cli.session import Session, session
from cbir.cli.terminal import say
from cbir.errors import CbirError

EXIT_FAILURE = 1

app = typer.Typer(
    name="cbir",
    help="A search engine for your photographs: choose what 'similar' means, and see the answers.\n\n"
    "Start with:  cbir index ~/Pictures  and then:  cbir search photo.jpg",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:  # noqa: FBT001 — the signature of a typer callback
    if wanted:
        typer.echo(f"cbir {__version__}")
        raise typer.Exit


@app.callback()
def main(
    context: typer.Context,
    data_dir: Annotated[
        Path | None, typer.Option(help="Where collections are kept (CBIR_DATA_DIR).", show_default=False)
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="A TOML file with settings (CBIR_CONFIG).", show_default=False)
    ] = None,
    offline: Annotated[bool | None, typer.Option("--offline", help="Open no network connection.")] = None,
    version: Annotated[  # noqa: ARG001 — handled by its callback
        bool | None, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = None,
) -> None:
    """Takes the flags that every command shares; settings are read when a command asks for them."""
    current = session(context)
    current.flags = {"data_dir": data_dir, "offline": offline}
    current.config = config


for module in (
    *(index, search, remove, collections, catalogue, weights, evaluate, grade, datasets, transfer),
    *(serve, keys, elasticsearch, doctor),
):
    module.add_to(app)


def run(arguments: list[str] | None = None, environment: Mapping[str, str] | None = None) -> None:
    """The entry point of the program.

    Exits with 0, 1 (an expected failure: one line with the remedy), 2 (usage) or 130 (interrupted).
    """
    sys.stdout, sys.stderr = (stream or open(os.devnull, "w") for stream in (sys.stdout, sys.stderr))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        app(arguments, prog_name="cbir", obj=Session(os.environ if environment is None else environment))
    except CbirError as error:
        say(f"Error: {error.message} {error.remedy}".rstrip())
        sys.exit(EXIT_FAILURE)
    except OSError as error:
        where = f": {error.filename!r}" if error.filename else ""
        say(f"Error: {error.strerror or error}{where}.")
        _drop_output()
        sys.exit(EXIT_FAILURE)


def _drop_output() -> None:
    """Throw away what could not be written, so that the interpreter does not try again when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
