"""`cbir export` and `cbir import`: a collection to open formats and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cbir.cli.session import DEFAULT_COLLECTION, CollectionOption, EngineOption, session
from cbir.cli.terminal import TerminalProgress, counted


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("export")(export)
    app.command("import")(import_)


def export(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder.")],
    collection: CollectionOption = DEFAULT_COLLECTION,
    engine: EngineOption = None,
) -> None:
    """Write a collection to open formats: records.csv, records.json, vectors/NAME.npy.

    Example:  cbir export backup/ --collection holidays
    """
    from cbir.transfer.export import export as write

    with TerminalProgress() as progress, session(context).library(engine).open(collection) as opened:
        count = write(opened.stored, folder, progress)
    typer.echo(f"{collection}: {counted(count, 'image')} exported to {folder}")


def import_(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="An export, or another program's descriptors.")],
    collection: CollectionOption = DEFAULT_COLLECTION,
    engine: EngineOption = None,
) -> None:
    """Make a new collection from an export, or from descriptors that another program computed.

    Those need records.csv (a column id or path; labels, keywords, caption if you like) and vectors/NAME.npy
    (float32, one row a line of records.csv).

    Example:  cbir import backup/ --collection holidays-2
    """
    from cbir.transfer.importing import import_folder

    with TerminalProgress() as progress:
        count = import_folder(session(context).library(engine).engine, folder, collection, progress)
    typer.echo(f"{collection}: {counted(count, 'image')} imported")
