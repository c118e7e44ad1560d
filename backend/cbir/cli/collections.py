"""`cbir collections`: what there is, and changes to a whole collection."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cbir.cli.session import EngineOption, JsonOption, session
from cbir.cli.terminal import TerminalProgress, counted, output, print_json, say

if TYPE_CHECKING:
    from cbir.collection import Library

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The collection.")]


def add_to(app: typer.Typer) -> None:
    """Register the group of commands."""
    group = typer.Typer(help="List, show, extend, copy and delete collections.", no_args_is_help=True)
    group.command("list")(list_)
    group.command("show")(show)
    group.command("add-extractor")(add_extractor)
    group.command("drop-extractor")(drop_extractor)
    group.command("compact")(compact)
    group.command("copy")(copy)
    group.command("rebuild")(rebuild)
    group.command("delete")(delete)
    app.add_typer(group, name="collections")


def list_(context: typer.Context, engine: EngineOption = None, json: JsonOption = False) -> None:
    """List the collections.

    Example:  cbir collections list
    """
    library = session(context).library(engine)
    rows = [_row(library, name) for name in library.engine.collections()]
    if json:
        print_json({"collections": rows})
    elif not rows:
        say("There is no collection yet. Make one: cbir index FOLDER")
    else:
        from rich.table import Table

        table = Table("name", "images", "extractors", box=None, pad_edge=False)
        for row in rows:
            images = "?" if row["damaged"] else f"{row['images']:,}"
            table.add_row(row["name"], images, ", ".join(row["extractors"]))
        output().print(table)
        for row in rows:
            if row["damaged"]:
                say(f"{row['name']} cannot be opened: {row['damaged']}")


def _row(library: Library, name: str) -> dict[str, Any]:
    """What the list says of a collection; `damaged` is the reason why it cannot be opened, or empty."""
    from cbir.errors import ConflictError, StorageError

    row: dict[str, Any] = {"name": name, "images": None, "extractors": [], "damaged": ""}
    try:
        with library.open(name) as opened:
            return row | {"images": opened.stored.count(), "extractors": opened.extractors()}
    except (StorageError, ConflictError) as error:
        return row | {"damaged": str(error)}


def show(context: typer.Context, name: NameArgument, engine: EngineOption = None, json: JsonOption = False) -> None:
    """Show what a collection holds: images, folders, descriptors, labels.

    Example:  cbir collections show default
    """
    library = session(context).library(engine)
    with library.open(name) as opened:
        roots: dict[str, int] = {}
        for location, _ in opened.stored.locations():
            roots[location.root] = roots.get(location.root, 0) + 1
        description = {
            "name": name,
            "engine": library.engine.name,
            "images": opened.stored.count(),
            "folders": roots,
            "extractors": [one.identity.to_json() | {"missing": one.missing} for one in opened.stored.extractors()],
            "labels": dict(opened.stored.labels()),
        }
    if json:
        print_json(description)
    else:
        _print(description)


def _print(description: dict[str, Any]) -> None:
    from cbir.records import shown_path, shown_text

    typer.echo(f"{description['name']}: {counted(description['images'], 'image')} ({description['engine']} engine)")
    for root, number in sorted(description["folders"].items()):
        typer.echo(f"  folder     {shown_path(root)}: {counted(number, 'file')}")
    for one in description["extractors"]:
        state = f", lacks {counted(one['missing'], 'image')}" if one["missing"] else ""
        typer.echo(f"  extractor  {one['name']} ({one['dims']:,} dims){state}")
    labels = sorted(description["labels"].items(), key=lambda item: (-item[1], item[0]))
    for label, number in labels[:20]:
        typer.echo(f"  label      {shown_text(label)}: {counted(number, 'image')}")
    if len(labels) > 20:  # noqa: PLR2004 — as many as were shown
        typer.echo(f"  and {len(labels) - 20:,} more labels")


def add_extractor(
    context: typer.Context,
    name: NameArgument,
    extractor: Annotated[str, typer.Argument(metavar="EXTRACTOR", help="See `cbir extractors`.")],
    engine: EngineOption = None,
) -> None:
    """Add a descriptor to a collection: every image is read again, the other descriptors stay.

    Interrupt it at any time: the same command goes on. It can be searched when every image has it.

    Example:  cbir collections add-extractor default cnn-basic
    """
    from cbir.extractors import EXTRACTORS
    from cbir.ingest.describing import backfill

    library = session(context).library(engine)
    wanted = EXTRACTORS.get(extractor)
    with TerminalProgress() as progress, library.open(name, write=True) as opened:
        if extractor not in opened.extractors():
            opened.stored.add_extractor(wanted.identity(library.weights))
        failures = backfill(opened, extractor, batch_size=library.settings.batch_size, progress=progress)
        count = opened.stored.count()
    for failure in failures:
        say(str(failure))
    if failures:
        say(f"{extractor} can be searched once these {len(failures)} are dealt with and this command ran again.")
    typer.echo(f"{name}: {extractor} describes {count - len(failures):,} of {counted(count, 'image')}")


def drop_extractor(
    context: typer.Context,
    name: NameArgument,
    extractor: Annotated[str, typer.Argument(metavar="EXTRACTOR")],
    engine: EngineOption = None,
) -> None:
    """Take a descriptor out of a collection.

    Example:  cbir collections drop-extractor default cnn-hist
    """
    from cbir.errors import ConflictError

    with session(context).library(engine).open(name, write=True, repair=True) as opened:
        opened.identity(extractor)
        if opened.extractors() == [extractor]:
            raise ConflictError(
                f"'{extractor}' is the only extractor of '{name}'.",
                remedy=f"Add another one first, or delete the collection: cbir collections delete {name}",
            )
        opened.stored.drop_extractor(extractor)
    typer.echo(f"{name}: {extractor} dropped")


def compact(context: typer.Context, name: NameArgument, engine: EngineOption = None) -> None:
    """Give back the disk space of images that were removed. Searches go on meanwhile.

    Example:  cbir collections compact default
    """
    with session(context).library(engine).open(name, write=True) as opened:
        freed = opened.stored.compact()
    typer.echo(f"{name}: {freed / 1e6:,.1f} MB given back")


def copy(
    context: typer.Context,
    name: NameArgument,
    to: Annotated[str, typer.Option("--to", metavar="ENGINE", help="embedded or elasticsearch.")],
    new_name: Annotated[str | None, typer.Option("--as", metavar="NEWNAME", help="What the copy is called.")] = None,
    engine: EngineOption = None,
    json: JsonOption = False,
) -> None:
    """Copy a collection to the other engine, or under another name; no image is described again.

    Interrupt it at any time: the same command goes on. The copy can be searched when it is complete and compared with
    its source; the source stays as it is.

    Example:  cbir collections copy default --to elasticsearch

    Example:  cbir collections copy default --engine elasticsearch --to embedded --as default-2026
    """
    from cbir.errors import InvalidRequestError
    from cbir.transfer.copying import copy as copy_collection

    source, target = session(context).library(engine), session(context).library(to)
    origin, place = source.engine.name, target.engine.name
    wanted = new_name or name
    if (origin, name) == (place, wanted):
        raise InvalidRequestError(
            f"'{name}' cannot be copied onto itself.",
            remedy="Give another engine with --to, or another name with --as NEWNAME.",
        )
    with TerminalProgress() as progress, source.open(name) as opened:
        count = copy_collection(opened.stored, target.engine, wanted, progress, origin=origin)
    if json:
        copied_from = {"engine": origin, "collection": name}
        print_json({"collection": wanted, "engine": place, "images": count, "source": copied_from})
    else:
        typer.echo(f"{wanted}: {counted(count, 'image')} in the {place} engine, as in '{name}' ({origin})")


def rebuild(
    context: typer.Context, name: NameArgument, engine: EngineOption = None, json: JsonOption = False
) -> None:
    """Write a collection anew in the form of this version, without what was deleted. Searches go on meanwhile.

    On Elasticsearch it is written into a new index, with as many shards as are set (CBIR_ELASTICSEARCH_SHARDS): that
    needs room for both, and nothing can be added meanwhile. Interrupted, it leaves everything as it was. Settings
    that were made on the index by hand are not kept; the component template cbir@custom is their place.

    Example:  cbir collections rebuild default
    """
    library = session(context).library(engine)
    with TerminalProgress() as progress:
        freed = library.engine.rebuild(name, progress)
    if json:
        print_json({"collection": name, "engine": library.engine.name, "bytes_given_back": freed})
    else:
        typer.echo(f"{name}: rebuilt, {freed / 1e6:,.1f} MB given back")


def delete(
    context: typer.Context,
    name: NameArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    engine: EngineOption = None,
) -> None:
    """Delete a collection, a damaged one too. Your image files are never touched.

    It asks first where a person can answer, and not in a script.

    Example:  cbir collections delete holidays --yes
    """
    library = session(context).library(engine)
    images = _row(library, name)["images"]
    held = "an unknown number of images" if images is None else counted(images, "image")
    if not yes and sys.stdin is not None and sys.stdin.isatty():
        typer.confirm(f"Delete the collection '{name}' with {held}? The files stay.", abort=True)
    library.engine.drop(name)
    typer.echo(f"{name}: deleted ({held}; the files are untouched)")
