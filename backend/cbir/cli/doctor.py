"""`cbir doctor`: is everything in order?"""

from __future__ import annotations

from typing import Annotated

import typer

from cbir.cli.session import EngineOption, JsonOption, session
from cbir.cli.terminal import TerminalProgress, print_json

SYMBOLS = {"fault": ("FAULT", "bold red"), "warning": ("warning", "yellow"), "note": ("ok", "green")}


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("doctor")(doctor)


def doctor(
    context: typer.Context,
    quick: Annotated[bool, typer.Option("--quick", help="Describe no image again (no neural network).")] = False,
    engine: EngineOption = None,
    json: JsonOption = False,
) -> None:
    """Check the installation, the weights and every collection.

    Exits with 1 only if answers are lost or wrong; what is merely missing is a warning.

    Example:  cbir doctor
    """
    from cbir.doctor import examine
    from cbir.engines.base import Severity

    library = session(context).library(engine)
    with TerminalProgress() as progress:
        found = list(examine(library, progress, thorough=not quick))
    if json:
        rows = [
            {
                "subject": one.subject,
                "severity": one.finding.severity.value,
                "message": one.finding.message,
                "remedy": one.finding.remedy,
            }
            for one in found
        ]
        print_json({"healthy": all(row["severity"] != "fault" for row in rows), "findings": rows})
    else:
        subject = ""
        for one in found:
            if one.subject != subject:
                subject = one.subject
                typer.echo(subject)
            word, colour = SYMBOLS[one.finding.severity.value]
            text = f"{one.finding.message} {one.finding.remedy}".rstrip()
            bold = colour.startswith("bold")
            typer.echo(f"  {typer.style(f'{word:8}', fg=colour.removeprefix('bold '), bold=bold)}{text}")
    if any(one.finding.severity is Severity.FAULT for one in found):
        raise typer.Exit(1)
