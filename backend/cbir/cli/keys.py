"""`cbir keys`: who may use the server."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cbir.cli.session import JsonOption, session
from cbir.cli.terminal import output, print_json, say

if TYPE_CHECKING:
    from cbir.api.keys import Keys

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Whose it is, or what for.")]


class Role(StrEnum):
    """What a key's holder may do."""

    read = "read"
    write = "write"


def add_to(app: typer.Typer) -> None:
    """Register the group of commands."""
    group = typer.Typer(help="Make, list and revoke the keys of the server.", no_args_is_help=True)
    group.command("create")(create)
    group.command("list")(list_)
    group.command("revoke")(revoke)
    app.add_typer(group, name="keys")


def create(
    context: typer.Context,
    name: NameArgument,
    role: Annotated[Role, typer.Option(help="read: search and look. write: everything.")] = Role.read,
    json: JsonOption = False,
) -> None:
    """Make a key, which is printed this once. It counts at once, also where a server runs.

    Example:  cbir keys create anna

    Example:  cbir keys create importer --role write
    """
    secret = _keys(context).create(name, role.value)
    if json:
        print_json({"name": name, "role": role.value, "key": secret})
        return
    say(f"The key of '{name}' ({role.value}). Keep it: it is not shown again.")
    typer.echo(secret)


def list_(context: typer.Context, json: JsonOption = False) -> None:
    """List the keys: names and what they may do, never the keys themselves.

    Example:  cbir keys list
    """
    rows = [{"name": key.name, "role": key.role, "created": key.created or None} for key in _keys(context).all()]
    if json:
        print_json({"keys": rows})
    elif not rows:
        say("There is no key yet. Make one: cbir keys create NAME")
    else:
        from rich.table import Table

        table = Table("name", "role", "created", box=None, pad_edge=False)
        for row in rows:
            table.add_row(row["name"], row["role"], row["created"] or "in the settings")
        output().print(table)


def revoke(context: typer.Context, name: NameArgument) -> None:
    """Make a key worthless at once, with the logins that were made with it.

    Example:  cbir keys revoke anna
    """
    keys = _keys(context)
    keys.revoke(name)
    typer.echo(f"{name}: revoked")
    if not keys.all():
        say("That was the last key: on this machine's own address nobody needs one now. cbir keys create NAME")


def _keys(context: typer.Context) -> Keys:
    from cbir.api.keys import Keys

    return Keys(session(context).settings())
