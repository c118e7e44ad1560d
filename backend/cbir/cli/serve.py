"""`cbir serve`: the server."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cbir.cli.session import EngineOption, session

if TYPE_CHECKING:
    from cbir.settings import Settings

FIRST_KEY = "first"
DOCUMENTATION = "/api/v1/docs/"


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("serve")(serve)


def serve(
    context: typer.Context,
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FOLDER]…", help="May be indexed over HTTP, with all that is below.", show_default=False
        ),
    ] = None,
    host: Annotated[
        str | None, typer.Option(help="Where to listen; 0.0.0.0 for other machines too.", show_default="127.0.0.1")
    ] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, show_default="8000")] = None,
    public: Annotated[bool | None, typer.Option("--public", help="Searching needs no key.")] = None,
    dev: Annotated[bool, typer.Option("--dev", help="Flask's development server.")] = False,
    workers: Annotated[int | None, typer.Option(min=1, help="Web processes.", show_default="2")] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open it in your browser.")] = False,
    engine: EngineOption = None,
) -> None:
    """Serve the web pages and the API until Ctrl-C.

    On this machine alone, the default, nobody needs a key, and your home folder may be indexed. Elsewhere a key is
    needed (`cbir keys create`), and only the folders that you name may be indexed.

    Example:  cbir serve ~/Pictures --open

    Example:  cbir serve /photos --host 0.0.0.0
    """
    from cbir import logs
    from cbir.serving import server

    current = session(context)
    settings = current.settings(
        server_host=host, server_port=port, server_public=public, server_workers=workers, engine=engine
    )
    settings = server.with_roots(settings, folders or [])
    logs.write_to(sys.stderr)

    def ready(address: str) -> None:
        _introduce(settings, address)
        if open_:
            typer.launch(address)

    server.serve(settings, current.environment, current.config, development=dev, on_ready=ready)


def _introduce(settings: Settings, address: str) -> None:
    """Tell the person where it is, and who may come in."""
    from cbir.records import shown_path

    lines = {
        "Serving": address,
        "API": f"{address}{DOCUMENTATION}",
        "Data": shown_path(str(settings.data_dir)),
        "To index": _folders(settings),
        "Keys": _who_needs_a_key(settings),
        "Stop": "Ctrl-C",
    }
    typer.echo("\n".join(f"{title:9} {text}" for title, text in lines.items()))


def _folders(settings: Settings) -> str:
    from cbir.records import shown_path
    from cbir.serving.listening import is_loopback

    named = [shown_path(part) for part in settings.server_roots.split(os.pathsep) if part]
    home = [f"{shown_path(str(Path.home()))} (your home folder)"] if is_loopback(settings.server_host) else []
    return ", ".join(named + home) or "no folder over HTTP; name some: cbir serve FOLDER…"


def _who_needs_a_key(settings: Settings) -> str:
    """Who needs a key. Where nobody has one yet, the person at a terminal is given the first, this once."""
    from cbir.api.keys import Keys
    from cbir.serving.listening import is_loopback

    needed = "needed to change anything" if settings.server_public else "needed by everybody"
    keys = Keys(settings)
    if keys.all():
        return needed
    if is_loopback(settings.server_host) and not settings.server_proxies:
        return "none needed, as only this machine reaches the server, until you make one"
    if not sys.stdout.isatty():  # a log keeps what it is given, and a key is a secret
        return f"{needed}, and there is none yet: cbir keys create NAME --role write"
    return f"{needed}; this one may do everything and is shown this once: {keys.create(FIRST_KEY, 'write')}"
