"""A site that misbehaves, and what downloads from it."""

import pytest
from tests.unruly_site import Site, serving

from cbir.download import Downloader


@pytest.fixture
def site():
    with serving(Site()) as running:
        yield running


@pytest.fixture
def downloader(site):
    return Downloader(timeout=5.0, permitted=site.owns)
