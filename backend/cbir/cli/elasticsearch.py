"""`cbir elasticsearch`: prepare a cluster, and see how it is."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import typer

from cbir.cli.session import JsonOption, session
from cbir.cli.terminal import counted, output, print_json

if TYPE_CHECKING:
    from cbir.engines.elasticsearch.connection import Cluster
    from cbir.engines.elasticsearch.overview import Overview


def add_to(app: typer.Typer) -> None:
    """Register the group of commands."""
    group = typer.Typer(help="Prepare an Elasticsearch cluster, and see how it is.", no_args_is_help=True)
    group.command("setup")(setup)
    group.command("status")(status)
    app.add_typer(group, name="elasticsearch")


def _connect(context: typer.Context) -> Cluster:
    from cbir.engines.elasticsearch.connection import connect

    return connect(session(context).settings())


def setup(context: typer.Context, json: JsonOption = False) -> None:
    """Install or upgrade the templates and scripts that collections on the cluster need.

    Repeat it at will: what is there as it should be is left alone. Other commands do it by themselves where the user
    or API key may; with one that may not, run this once with one that may.

    Example:  CBIR_ELASTICSEARCH_URL=https://search:9200 cbir elasticsearch setup
    """
    from cbir.engines.elasticsearch.resources import Outcome
    from cbir.engines.elasticsearch.resources import setup as install

    with closing(_connect(context)) as cluster:
        done = install(cluster)
    if json:
        rows = [{"kind": one.kind, "name": one.name, "outcome": one.outcome.value} for one in done]
        print_json({"urls": cluster.address.urls, "resources": rows})
        return
    for one in done:
        typer.echo(f"{one.outcome.value:<10} {one.kind} {one.name}")
    changed = sum(one.outcome is not Outcome.UNCHANGED for one in done)
    typer.echo(f"{cluster.address.shown}: {changed} of {counted(len(done), 'resource')} installed or upgraded")


def status(context: typer.Context, json: JsonOption = False) -> None:
    """Show the cluster's version, nodes, health and disks, and the collections on it.

    Example:  cbir elasticsearch status
    """
    from cbir.engines.elasticsearch.overview import overview

    with closing(_connect(context)) as cluster:
        found = overview(cluster)
    if json:
        print_json(_as_json(found))
    else:
        _print(found)


def _as_json(found: Overview) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "urls": found.urls,
        "cluster": found.name,
        "version": found.version,
        "health": found.health,
        "unassigned_shards": found.unassigned_shards,
        "nodes": [asdict(node) for node in found.nodes],
        "collections": [asdict(held) for held in found.held],
        "resources": [{"kind": r.kind.title, "name": r.name, "state": state.value} for r, state in found.resources],
        "up_to_date": not found.outdated,
    }


def _print(found: Overview) -> None:
    from rich.table import Table

    typer.echo(f"{found.name} at {', '.join(found.urls)}: Elasticsearch {found.version}, {found.health}")
    if found.unassigned_shards:
        typer.echo(f"{counted(found.unassigned_shards, 'shard')} on no node")
    nodes = Table("node", "heap used", "disk free", "disk", box=None, pad_edge=False)
    for node in found.nodes:
        full = " (nearly full)" if node.low else ""
        nodes.add_row(node.name, f"{node.heap_percent} %", f"{_size(node.disk_free)}{full}", _size(node.disk_bytes))
    output().print(nodes)
    if found.held:
        collections = Table("collection", "images", "size", "health", "index", box=None, pad_edge=False)
        for held in found.held:
            collections.add_row(held.collection, f"{held.images:,}", _size(held.bytes), held.health, held.index)
        output().print(collections)
    else:
        typer.echo("no collections")
    if found.outdated:
        number = f"{len(found.outdated)} of {len(found.resources)}"
        typer.echo(
            f"{number} templates and scripts are not as this version needs them. Run: cbir elasticsearch setup"
        )
    else:
        typer.echo("templates and scripts are up to date")


def _size(number: int) -> str:
    return f"{number / 1e9:,.1f} GB" if number >= 1e9 else f"{number / 1e6:,.1f} MB"  # noqa: PLR2004 — 1 GB
