"""The demo gallery, made once for all tests that look at it."""

import pytest

from cbir.demo.gallery import make_gallery


@pytest.fixture(scope="session")
def gallery(tmp_path_factory):
    """Read it only. In one place, so that who asks later finds it there."""
    return make_gallery(tmp_path_factory.getbasetemp() / "demo-gallery")
