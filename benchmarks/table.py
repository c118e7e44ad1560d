"""Printing measured figures, and keeping them as JSON."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table with numbers to the right, as wide as it must be."""
    table = Table(box=None, pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index == 0 else "right", no_wrap=True)
    for row in rows:
        table.add_row(*(f"{cell:.3g}" if isinstance(cell, float) else str(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else 200, highlight=False).print(title, table, "", sep="\n")


def keep(name: str, command: str, figures: Any) -> None:
    """Write `benchmarks/results/NAME.json` with the command that made it and the machine it ran on."""
    RESULTS.mkdir(exist_ok=True)
    content = {
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": {"processor": _processor(), "python": platform.python_version(), "system": platform.system()},
        "figures": figures,
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(models)} x {models[0]}" if models else platform.processor()
