"""Fixtures of the weights' tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.unruly_site import Site, serving

from cbir.download import Downloader
from cbir.weights.catalogue import LayerSet
from cbir.weights.store import WeightStore


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site()) as running:
        yield running


@pytest.fixture
def downloader(site: Site) -> Downloader:
    return Downloader(timeout=5.0, permitted=site.owns)


@pytest.fixture
def said() -> list[str]:
    """What the store announced."""
    return []


@pytest.fixture
def store_of(tmp_path: Path, downloader: Downloader, said: list[str]) -> Callable[..., WeightStore]:
    def make(*sets: LayerSet, offline: bool = False, folder: Path | None = None) -> WeightStore:
        return WeightStore(
            folder or tmp_path / "weights",
            offline=offline,
            announce=said.append,
            catalogue={each.name: each for each in sets},
            downloader=downloader,
        )

    return make
