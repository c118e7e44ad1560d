"""`cbir index`: make images searchable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cbir.cli.session import (
    DEFAULT_COLLECTION,
    CollectionOption,
    EngineOption,
    JsonOption,
    names,
    session,
    usage_errors,
)
from cbir.cli.terminal import TerminalProgress, counted, print_json, say

if TYPE_CHECKING:
    from cbir.ingest.report import Report

SHOWN = 10
"""Paths listed of a kind, where there can be thousands."""


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("index")(index)


def index(
    context: typer.Context,
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Folders (with all below them) or files.")],
    collection: CollectionOption = DEFAULT_COLLECTION,
    extractors: Annotated[
        str | None,
        typer.Option(help="Descriptors of a new collection, split by commas.", show_default="all there are"),
    ] = None,
    labels: Annotated[
        str | None, typer.Option(metavar="FILE.csv", help="Labels: a CSV with the columns path,labels.")
    ] = None,
    remove_missing: Annotated[
        bool, typer.Option("--remove-missing", help="Remove images whose file below PATH is gone.")
    ] = False,
    replace_changed: Annotated[
        bool, typer.Option("--replace-changed", help="Index files anew whose content changed.")
    ] = False,
    shard: Annotated[
        str, typer.Option(metavar="I/N", help="Only this part of the images, split by content.", show_default=False)
    ] = "1/1",
    engine: EngineOption = None,
    json: JsonOption = False,
) -> None:
    """Make the images below PATH searchable; what is there already is skipped.

    Your files are never changed. Interrupt it at any time: the same command goes on where it stopped.

    Example:  cbir index ~/Pictures --extractors hist-basic,cnn-conv
    """
    from cbir.ingest import indexing
    from cbir.ingest.opening import labels_for, open_for_indexing
    from cbir.ingest.shards import parse_shard
    from cbir.ingest.walk import walk

    library = session(context).library(engine)
    with usage_errors():
        split = parse_shard(shard)
    with TerminalProgress() as progress:
        progress.start("Scanning", None)
        scan = walk(paths)
        options = indexing.IndexOptions(
            labels=labels_for(paths, labels, progress),
            remove_missing=remove_missing,
            replace_changed=replace_changed,
            shard=split,
            batch_size=library.settings.batch_size,
        )
        with open_for_indexing(library, collection, names(extractors), progress) as opened:
            report = indexing.index(opened, scan, options, progress)
    if json:
        print_json(report.to_json())
    else:
        _print(report, asked_to_remove=remove_missing)


def _print(report: Report, *, asked_to_remove: bool) -> None:
    """The summary for a person; failures were told with reason and remedy as they came."""
    from cbir.records import shown_path

    parts = [
        f"{counted(report.added, 'image')} added",
        f"{report.unchanged:,} unchanged",
        *(what for number, what in _further(report) if number),
    ]
    rate = f" ({report.added / report.seconds:.1f} a second)" if report.added and report.seconds else ""
    typer.echo(f"{report.collection}: {', '.join(parts)} in {report.seconds:.1f} s{rate}")
    for paths, what in (
        (report.changed, "changed since indexed; --replace-changed brings the collection up to date"),
        (report.missing if not asked_to_remove else [], "gone; --remove-missing brings the collection up to date"),
        (report.forgotten, "gone and taken out"),
    ):
        if paths:
            say(f"{counted(len(paths), 'indexed file')} {what}:")
            for path in paths[:SHOWN]:
                say(f"  {shown_path(path)}")
            if len(paths) > SHOWN:
                say(f"  and {len(paths) - SHOWN:,} more (--json lists all)")


def _further(report: Report) -> tuple[tuple[int, str], ...]:
    return (
        (report.duplicates, f"{counted(report.duplicates, 'further file')} of images that are there"),
        (report.replaced, f"{report.replaced:,} replaced"),
        (report.relabelled, f"{report.relabelled:,} relabelled"),
        (report.removed, f"{report.removed:,} removed"),
        (report.other_shards, f"{report.other_shards:,} for other shards"),
        (report.passed_over, f"{counted(report.passed_over, 'file')} passed over (not images)"),
        (len(report.failed), f"{len(report.failed):,} failed"),
    )
