"""`cbir datasets`: the field's public datasets, fetched and checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cbir.cli.session import JsonOption, session
from cbir.cli.terminal import FetchProgress, TerminalProgress, output, print_json, say

if TYPE_CHECKING:
    from cbir.evaluation.public.store import PublicDatasets
    from cbir.progress import Progress

NAME_HELP = "As `cbir datasets list` prints it."
NAMED = 10
"""Files named of a kind, where there can be thousands."""


def add_to(app: typer.Typer) -> None:
    """Register the group of commands."""
    group = typer.Typer(help="List, fetch and check datasets for `cbir evaluate`.", no_args_is_help=True)
    group.command("list")(list_)
    group.command("fetch")(fetch)
    group.command("check")(check)
    group.command("remove")(remove)
    app.add_typer(group, name="datasets")


def list_(context: typer.Context, json: JsonOption = False) -> None:
    """List the public datasets: what each is, whether it is there, its terms, and the forms that can be evaluated.

    Example:  cbir datasets list
    """
    from rich.table import Table

    from cbir.evaluation.datasets import FORMATS

    states = _datasets(context).states()
    if json:
        print_json(
            {
                "datasets": [
                    {
                        "name": state.dataset.name,
                        "summary": state.dataset.summary,
                        "fetched": state.fetched,
                        "folder": str(state.folder) if state.fetched else None,
                        "images": state.dataset.images,
                        "format": state.dataset.format,
                        "bytes": state.dataset.size or None,
                        "addresses": [part.file.url for part in state.dataset.parts],
                        "by_hand": state.dataset.by_hand or None,
                        "terms": state.dataset.terms,
                        "page": state.dataset.page,
                        "cite": state.dataset.cite,
                    }
                    for state in states
                ],
                "formats": [{"name": one.name, "summary": one.summary} for one in FORMATS],
            }
        )
        return
    table = Table("name", "state", "images", "what it is", "terms", box=None, pad_edge=False)
    for state in states:
        kind = "there" if state.fetched else "to be fetched" if state.dataset.parts else "by hand"
        table.add_row(
            state.dataset.name, kind, f"{state.dataset.images:,}", state.dataset.summary, state.dataset.terms
        )
    output().print(table)
    forms = Table("format", "what a folder of yours may hold", box=None, pad_edge=False)
    for one in FORMATS:
        forms.add_row(one.name, one.summary)
    output().print()
    output().print(forms)


def fetch(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help=NAME_HELP)],
    archives: Annotated[
        Path | None, typer.Option("--from", metavar="FOLDER", help="Take the files from here instead of fetching.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Fetch a public dataset from its official address; run it again to go on where it stopped.

    Checksums are compared where the publisher states them, archives are unpacked, and what came is noted for
    `cbir datasets check`.

    Example:  cbir datasets fetch oxford5k && cbir evaluate "$(cbir datasets fetch oxford5k)"
    """
    datasets = _datasets(context)
    dataset = datasets.get(name)
    say(f"{dataset.name}: {dataset.summary}. {dataset.page}\nTerms: {dataset.terms}\nCite: {dataset.cite}")
    with TerminalProgress() as progress:
        state = datasets.fetch(
            name, archives=archives, watch=lambda file: FetchProgress(file.url.rsplit("/", 1)[-1], progress)
        )
    if state.images != dataset.images:
        say(f"It holds {state.images:,} pictures, {dataset.images:,} were expected.")
    if json:
        print_json({"name": name, "folder": str(state.folder), "images": state.images})
    else:
        typer.echo(state.folder)


def check(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME|FOLDER", help="A fetched dataset, or a folder of your own.")],
    json: JsonOption = False,
) -> None:
    """Check a dataset: a fetched one file by file against what was unpacked, a folder by reading it as evaluated.

    Exits with 1 where files are missing or changed, or a folder cannot be evaluated.

    Example:  cbir datasets check holidays/
    """
    with TerminalProgress() as progress:
        if Path(name).is_dir():
            found, sound = _check_folder(name, progress)
        else:
            found, sound = _check_fetched(_datasets(context), name, progress)
    if json:
        print_json(found)
    else:
        _print(found)
    if not sound:
        raise typer.Exit(1)


def remove(context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME", help=NAME_HELP)]) -> None:
    """Delete a fetched dataset; it can be fetched again.

    Example:  cbir datasets remove caltech101
    """
    _datasets(context).remove(name)
    typer.echo(f"{name}: removed")


def _datasets(context: typer.Context) -> PublicDatasets:
    from cbir.evaluation.public.store import PublicDatasets

    settings = session(context).library().settings
    return PublicDatasets(settings.data_dir / "datasets", offline=settings.offline)


def _check_fetched(datasets: PublicDatasets, name: str, progress: Progress) -> tuple[dict[str, object], bool]:
    found = datasets.check(name, progress)
    return {
        "name": name,
        "files": found.files,
        "images": found.images,
        "expected_images": found.expected_images,
        "missing": list(found.missing),
        "changed": list(found.changed),
    }, found.sound


def _check_folder(folder: str, progress: Progress) -> tuple[dict[str, object], bool]:
    from cbir.evaluation.datasets import read_benchmark, recognised
    from cbir.evaluation.datasets.base import ReadOptions

    benchmark = read_benchmark(folder, ReadOptions(), progress)
    dataset, protocol = benchmark.dataset, benchmark.protocols[0]
    judgements = protocol.judge(dataset)
    return {
        "name": dataset.name,
        "format": recognised(folder).name,
        "protocol": protocol.name,
        "images": len(dataset.images),
        "queries": len(judgements.queries),
        "unlabelled": judgements.unlabelled,
        "without_relevant": judgements.without_relevant,
        "missing": list(dataset.missing),
        "duplicates": dataset.duplicates,
        "passed_over": dataset.passed_over,
        "failed": [failure.to_json() for failure in dataset.failures],
    }, not dataset.missing and not dataset.failures


def _print(found: dict[str, object]) -> None:
    for key, value in found.items():
        shown = f"{len(value):,}" if isinstance(value, list) else f"{value:,}" if isinstance(value, int) else value
        typer.echo(f"{key.replace('_', ' ')}: {shown}")
        if isinstance(value, list):
            for one in value[:NAMED]:
                typer.echo(f"  {one['path'] + ': ' + one['reason'] if isinstance(one, dict) else one}")
            if len(value) > NAMED:
                typer.echo(f"  and {len(value) - NAMED:,} more (--json lists all)")
