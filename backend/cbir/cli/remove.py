"""`cbir remove`: take images out of a collection."""

from __future__ import annotations

from typing import Annotated

import typer

from cbir.cli.session import DEFAULT_COLLECTION, CollectionOption, EngineOption, JsonOption, session
from cbir.cli.terminal import counted, print_json


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("remove")(remove)


def remove(
    context: typer.Context,
    targets: Annotated[
        list[str],
        typer.Argument(metavar="id:HEX|PATH...", help="Images by id, or all found at or below a path."),
    ],
    collection: CollectionOption = DEFAULT_COLLECTION,
    engine: EngineOption = None,
    json: JsonOption = False,
) -> None:
    """Take images out of a collection. Your files are never touched; index them again to have them back.

    Example:  cbir remove ~/Pictures/screenshots
    """
    from cbir.ingest import removing

    with session(context).library(engine).open(collection, write=True, repair=True) as opened:
        removal = removing.remove(opened.stored, targets)
    if json:
        print_json({"collection": collection, "images": removal.images, "locations": removal.locations})
    else:
        typer.echo(f"{collection}: {counted(removal.images, 'image')} removed")
