"""An application over a small collection, and clients of it."""

import pytest
from tests.pictures import save

from cbir.api.app import create_app
from cbir.api.services import EXTENSION
from cbir.collection import Library
from cbir.ingest import indexing
from cbir.ingest.opening import labels_for, open_for_indexing
from cbir.ingest.walk import walk
from cbir.progress import Silent
from cbir.settings import Settings

PHOTOS = 5


@pytest.fixture
def settings(tmp_path):
    return Settings(
        data_dir=tmp_path / "data", weights_dir=tmp_path / "weights", cache_dir=tmp_path / "cache", offline=True
    )


@pytest.fixture
def photos(tmp_path):
    """A folder of five photographs with labels: all of them `all`, and `even` or `odd` by their number."""
    folder = tmp_path / "photos"
    for number in range(PHOTOS):
        save(folder / f"{number}.png", number)
    rows = "".join(f"{number}.png,{'odd' if number % 2 else 'even'};all\n" for number in range(PHOTOS))
    (folder / "labels.csv").write_text("path,labels\n" + rows)
    return folder


@pytest.fixture
def library(settings):
    return Library(settings)


@pytest.fixture
def indexed(library, photos):
    """The collection `default`: the five photographs, described by `hist-basic`; ids by number."""
    with open_for_indexing(library, "default", ["hist-basic"], Silent()) as collection:
        options = indexing.IndexOptions(labels=labels_for([str(photos)], None, Silent()))
        indexing.index(collection, walk([str(photos)]), options)
        by_name = {record.path: record.id for record in collection.stored.page(0, PHOTOS)}
    return [by_name[str(photos / f"{number}.png")] for number in range(PHOTOS)]


@pytest.fixture
def make_app(settings, library):
    """Makes applications; keywords are those of `create_app`, and `settings` may be others."""
    made = []

    def make(settings=settings, **options):
        app = create_app(settings, **{"library": library, **options})
        app.testing = True
        made.append(app)
        return app

    yield make
    for app in made:
        app.extensions[EXTENSION].close()


@pytest.fixture
def app(make_app):
    """An application on loopback without keys: a person's own machine, where everything is open."""
    return make_app()


@pytest.fixture
def client(app):
    return app.test_client()
