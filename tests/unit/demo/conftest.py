import pytest

from cbir.demo.gallery import make_gallery


@pytest.fixture(scope="session")
def gallery(tmp_path_factory):
    """The demo gallery, made once; read it only."""
    return make_gallery(tmp_path_factory.mktemp("demo") / "gallery")
