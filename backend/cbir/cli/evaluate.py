"""`cbir evaluate`: how good the answers are on a labelled set."""

from __future__ import annotations

import typer


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("evaluate")(evaluate)


def evaluate() -> None:
    """pending"""
