"""What can be chosen is documented, and what is documented can be chosen."""

import re
from pathlib import Path

import pytest

from cbir.evaluation.measures import DEFAULT_MEASURES
from cbir.extractors import EXTRACTORS
from cbir.metrics import METRICS

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs/reference.md").read_text()


def section(title):
    return REFERENCE.split(f"## {title}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("name", EXTRACTORS.names())
def test_every_extractor_is_documented_with_its_dims(name):
    (row,) = [line for line in section("Extractors").splitlines() if line.startswith(f"| `{name}` |")]
    assert f"| {EXTRACTORS.get(name).dims} |" in row


@pytest.mark.parametrize("prefix", EXTRACTORS.patterns())
def test_every_pattern_is_documented_and_explains_itself(prefix):
    assert f"| `{prefix}" in section("Extractors")
    assert EXTRACTORS.patterns()[prefix]


@pytest.mark.parametrize("measure", DEFAULT_MEASURES, ids=str)
def test_every_measure_is_documented(measure):
    assert f"`{measure}`" in section("Measures")
    assert f"`{measure.mean_key}`" in section("Measures")


@pytest.mark.parametrize("name", METRICS.names())
def test_every_metric_is_documented(name):
    assert f"`{name}`" in section("Metrics")


def test_every_command_of_the_reference_is_there():
    from cbir.cli.main import app

    top = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}
    mentioned = set(re.findall(r"`cbir ([a-z]+)", section("Commands")))
    assert mentioned == top


@pytest.mark.parametrize("path", [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))], ids=lambda p: p.name)
def test_links_between_documents_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text()):
        assert (path.parent / target).exists(), target
