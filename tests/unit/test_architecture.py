"""The folders are the architecture, and imports go one way."""

import ast
from pathlib import Path

import pytest

import cbir

PACKAGE = Path(cbir.__file__).parent
LAYERS = [
    {"errors", "logs", "progress", "records"},
    {"disk", "download", "registry", "settings", "metrics", "images", "tensorflow_runtime"},
    {"weights"},
    {"extractors", "strategies"},
    {"kernels"},
    {"describing", "engines"},
    {"collection"},
    {"explain", "ingest", "searching"},
    {"transfer", "demo", "evaluation", "uploads"},
    {"doctor", "jobs"},
    {"api"},
    {"serving"},
    {"cli"},
]
LEVEL = {part: level for level, parts in enumerate(LAYERS) for part in parts}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def part_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path):
    """The parts of the package that a module imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module] if node.module != "cbir" else [f"cbir.{alias.name}" for alias in node.names]
        for name in names:
            if name.startswith("cbir.") and name != "cbir.__version__":
                yield name.split(".")[1]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path):
    for other in imported(path):
        assert LEVEL[other] <= LEVEL[part_of(path)], f"{path.name} imports cbir.{other}"


def test_only_the_command_line_knows_typer():
    for path in MODULES:
        if part_of(path) != "cli":
            assert "typer" not in path.read_text().split(), path


def test_every_module_is_of_a_size_that_can_be_read():
    assert [path for path in MODULES if len(path.read_text().splitlines()) > 400] == []
