"""The compiled loops are loaded on first use, which in a server may be in several threads at once."""

from __future__ import annotations

import ast
from pathlib import Path

import cbir


def first_numba_import(source: str) -> str:
    """The package that the module's first import of numba names; empty where it has none."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            if name.split(".")[0] == "numba":
                return name
    return ""


def test_numba_itself_is_imported_before_its_parts() -> None:
    """`import numba` waits for a thread that is loading it; `from numba.extending import …` runs into it half-loaded,
    and both threads fail, for good.
    """
    folder = Path(cbir.__file__).parent
    first = {
        str(path.relative_to(folder)): first_numba_import(path.read_text("utf-8")) for path in folder.rglob("*.py")
    }
    loading = {path: name for path, name in first.items() if name}
    assert "metrics/tiles.py" in loading
    assert set(loading.values()) == {"numba"}, loading
