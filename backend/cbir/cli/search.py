"""`cbir search`: the images most similar to a picture."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cbir.cli.session import DEFAULT_COLLECTION, CollectionOption, EngineOption, JsonOption, session
from cbir.cli.terminal import output, print_json, say

if TYPE_CHECKING:
    from cbir.collection import Collection
    from cbir.searching.examples import DecodedExample, IndexedExample
    from cbir.searching.search import Found

MAX_K = 10_000


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("search")(search)


def search(
    context: typer.Context,
    image: Annotated[str, typer.Argument(metavar="IMAGE|id:HEX", help="A picture, or the id of an indexed one.")],
    collection: CollectionOption = DEFAULT_COLLECTION,
    extractor: Annotated[
        str | None, typer.Option("--extractor", "-x", help="The descriptor.", show_default="the best neural one")
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option("--metric", "-m", help="The comparison.", show_default="cosine; chi2 for histograms"),
    ] = None,
    strategy: Annotated[str, typer.Option(help="How candidates are found.")] = "exact",
    k: Annotated[int, typer.Option("-k", min=1, max=MAX_K, help="How many hits.")] = 10,
    offset: Annotated[int, typer.Option(min=0, help="Hits to pass over, to see the next page.")] = 0,
    label: Annotated[list[str] | None, typer.Option(help="Only images with this label (repeated: with any).")] = None,
    text: Annotated[str, typer.Option(help="Only images with these words in name, labels, keywords, caption.")] = "",
    centred: Annotated[
        bool, typer.Option("--centred", help="Count less what all images share (cosine and euclidean).")
    ] = False,
    exclude_self: Annotated[bool, typer.Option("--exclude-self", help="Leave the query itself out.")] = False,
    contact_sheet: Annotated[
        str | None, typer.Option(metavar="FILE", help="Save a picture of the query with its hits.")
    ] = None,
    engine: EngineOption = None,
    json: JsonOption = False,
) -> None:
    """Print the images most similar to a picture, best first: rank, score, path.

    Example:  cbir search beach.jpg --extractor hist-basic --metric chi2 --contact-sheet hits.png
    """
    from cbir.searching.examples import IndexedExample, example_from_file
    from cbir.searching.search import Search, find
    from cbir.searching.steps import Steps

    library = session(context).library(engine)
    steps = Steps()
    with library.open(collection) as opened:
        indexed = IndexedExample(image.removeprefix("id:")) if image.startswith("id:") else None
        example = indexed or example_from_file(image, steps)
        wanted = Search(
            positives=(example,),
            extractor=extractor,
            metric=metric,
            strategy=strategy,
            k=k,
            offset=offset,
            labels=tuple(label or ()),
            text=text,
            exclude_self=exclude_self,
            centred=centred,
            closeness=False,
        )
        found = find(opened, wanted, steps)
        if json:
            print_json(to_json(found))
        else:
            _print(found)
        if contact_sheet:
            _save_sheet(contact_sheet, opened, example, image, found)


def to_json(found: Found) -> dict[str, Any]:
    """An answer as `cbir search --json` prints it."""
    return {
        "collection": found.collection,
        "extractor": found.extractor,
        "metric": found.metric,
        "strategy": found.strategy,
        "exact": found.exact,
        "took_ms": round(found.steps.total(), 3),
        "hits": [
            {
                "rank": one.rank,
                "id": one.hit.id,
                "path": one.record.path,
                "score": one.hit.score,
                "labels": list(one.record.labels),
            }
            for one in found.hits
        ],
    }


def _print(found: Found) -> None:
    from cbir.records import shown_path, shown_text

    rows = [
        (one.rank, f"{one.hit.score:.6g}", shown_path(one.record.path) or f"id:{one.hit.id}") for one in found.hits
    ]
    if not rows:
        say("No image of the collection fits.")
    if not sys.stdout.isatty():
        for row in rows:
            typer.echo("\t".join(map(str, row)))
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, title=_title(found), title_justify="left", title_style="dim")
    table.add_column("rank", justify="right")
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("path", overflow="fold")
    table.add_column("labels", overflow="fold", style="dim")
    for (rank, score, path), one in zip(rows, found.hits, strict=True):
        table.add_row(str(rank), score, Text(path), Text(", ".join(map(shown_text, one.record.labels))))
    output().print(table)


def _title(found: Found) -> str:
    kind = "exact" if found.exact else "approximate"
    return f"{found.collection}: {found.extractor}, {found.metric}, {kind}, {found.steps.total():.0f} ms"


def _save_sheet(
    file: str, collection: Collection, example: DecodedExample | IndexedExample, shown: str, found: Found
) -> None:
    from cbir.errors import InvalidRequestError
    from cbir.images.contact_sheet import Heading, SheetHit, contact_sheet
    from cbir.images.decode import read_image
    from cbir.searching.examples import DecodedExample

    if isinstance(example, DecodedExample):
        pixels = example.pixels
    else:
        (record,) = collection.stored.get([example.id])
        shown = record.path if record else shown
        pixels = read_image(shown).pixels
    _require_no_picture(file, shown, collection)
    hits = [SheetHit(one.rank, one.hit.score, one.record.path, one.record.labels) for one in found.hits]
    count = f"{collection.stored.count():,} images"
    heading = Heading(f"{found.extractor}, {found.metric}", f"{found.collection}: {count}", shown)
    try:
        contact_sheet(pixels, hits, heading).save(file)
    except (OSError, ValueError) as error:
        remedy = f"{error.strerror}." if isinstance(error, OSError) and error.strerror else "End it in .png or .jpg."
        raise InvalidRequestError(f"The contact sheet {file} cannot be written.", remedy=remedy) from None
    say(f"Saved {file}")


def _require_no_picture(file: str, query: str, collection: Collection) -> None:
    """Refuse to write over one of the person's pictures."""
    import os

    from cbir.errors import InvalidRequestError

    if not os.path.exists(file):
        return
    target = os.path.realpath(file)
    known = (os.path.realpath(location.path) for location, _ in collection.stored.locations())
    if target == os.path.realpath(query) or target in known:
        raise InvalidRequestError(
            f"{file} is one of your pictures; it was not touched.", remedy="Name another file for the contact sheet."
        )
