"""`cbir weights`: the networks' weights, fetched or imported once for all collections."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cbir.cli.session import JsonOption, session
from cbir.cli.terminal import FetchProgress, TerminalProgress, output, print_json

NAME_HELP = "As `cbir weights list` prints it, or keras:NAME for a model of keras.applications."


def add_to(app: typer.Typer) -> None:
    """Register the group of commands."""
    group = typer.Typer(help="List, fetch and import the networks' weights.", no_args_is_help=True)
    group.command("list")(list_)
    group.command("fetch")(fetch)
    group.command("import")(import_)
    group.command("remove")(remove)
    app.add_typer(group, name="weights")


def list_(context: typer.Context, json: JsonOption = False) -> None:
    """List the weights: what each set is for, whether it is there, where it comes from, its licence.

    Example:  cbir weights list
    """
    from dataclasses import asdict

    rows = session(context).library().weights.status()
    if json:
        print_json({"weights": [asdict(row) for row in rows]})
        return
    from rich.table import Table

    table = Table("name", "state", "MB", "what it is for", "source", "licence", box=None, pad_edge=False)
    for row in rows:
        state = row.problem or (
            "missing" if not row.available else "there" if row.original else "there (not the published)"
        )
        licence = f"{row.licence}; {row.credit}" if row.credit else row.licence
        table.add_row(row.name, state, f"{row.size / 1e6:,.0f}", row.summary, row.source, licence)
    output().print(table)


def fetch(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help=NAME_HELP)] = None,
) -> None:
    """Fetch weights from their official address, else from a mirror; by default VGG16's convolutional layers.

    Example:  cbir weights fetch vgg16-conv vgg16-dense
    """
    weights = session(context).library().weights
    for name in names or ["vgg16-conv"]:
        with TerminalProgress() as progress:
            status = weights.fetch(name, FetchProgress(name, progress))
        typer.echo(f"{status.name}: there ({status.size / 1e6:,.0f} MB, from {status.source})")


def remove(context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME", help=NAME_HELP)]) -> None:
    """Delete weights from the cache; they can be fetched or imported again.

    Example:  cbir weights remove keras:EfficientNetV2B0
    """
    session(context).library().weights.remove(name)
    typer.echo(f"{name}: removed")


def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The official .h5 file, a mirror's file, or .npz.")],
    name: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help=NAME_HELP, show_default="all in it")
    ] = None,
    allow_unknown: Annotated[
        bool, typer.Option("--allow-unknown", help="Take other weights than the published ones (fine-tuned, say).")
    ] = False,
) -> None:
    """Take weights from a file that you have: for machines without a network.

    Example:  cbir weights import vgg16_weights_tf_dim_ordering_tf_kernels.h5
    """
    for row in session(context).library().weights.import_file(file, name, allow_unknown=allow_unknown):
        typer.echo(f"{row.name}: imported ({row.size / 1e6:,.0f} MB)")
