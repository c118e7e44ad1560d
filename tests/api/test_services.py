"""What resources work with: collections that stay open, and the folders that may be indexed."""

import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from cbir.api.pool import OpenCollections
from cbir.api.services import EXTENSION, allowed_roots
from cbir.errors import NotFoundError, StorageError, UnavailableError, UnknownNameError, WriterBusyError


@pytest.fixture
def pool(library):
    made = OpenCollections(library)
    yield made
    made.close()


@pytest.fixture
def services(app):
    return app.extensions[EXTENSION]


def test_a_collection_is_opened_once_for_many(pool, indexed, library, monkeypatch):
    opened = []
    opening = library.open
    monkeypatch.setattr(library, "open", lambda name: opened.append(name) or opening(name))
    for _ in range(3):
        with pool.lend("default") as outer, pool.lend("default") as inner:
            assert inner is outer
            assert inner.stored.count() == 5
    assert opened == ["default"]


def test_a_collection_that_was_made_anew_is_opened_anew(pool, indexed, library):
    with pool.lend("default") as collection:
        assert collection.stored.count() == 5
    library.engine.drop("default")
    library.create("default", ["hist-basic"])
    with pool.lend("default") as collection:
        assert collection.stored.count() == 0


def test_a_collection_that_was_dropped_is_not_there(services, indexed, library):
    with services.collection("default") as collection:
        assert collection.stored.count() == 5
    library.engine.drop("default")
    with pytest.raises(NotFoundError, match="default"), services.collection("default"):
        pass


def test_who_still_reads_a_dropped_collection_does_not_keep_others_from_the_new_one(pool, indexed, library):
    with pool.lend("default") as old:
        library.engine.drop("default")
        library.create("default", ["hist-basic"])
        with pool.lend("default") as new:
            assert new.stored.count() == 0
        with pytest.raises(NotFoundError):
            old.stored.count()
    with pytest.raises(StorageError, match="closed"):
        old.stored.count()


def test_an_engine_that_went_away_gives_the_reader_back(pool, indexed, monkeypatch):
    with pool.lend("default") as collection:
        stored = collection.stored

    def fail(_key):
        raise UnavailableError("Away.")

    with monkeypatch.context() as broken:
        broken.setattr(stored, "metadata", fail)
        for _ in range(3):
            with pytest.raises(UnavailableError), pool.lend("default"):
                pass
    with pool.lend("default") as collection:
        assert collection.stored is stored
    pool.close()
    with pytest.raises(StorageError, match="closed"):
        stored.count()


def test_one_that_opens_slowly_keeps_nobody_from_another(pool, indexed, library, monkeypatch):
    opening = library.open
    started, released = threading.Event(), threading.Event()

    def slowly(name):
        if name == "slow":
            started.set()
            released.wait()
        return opening(name)

    library.create("slow", ["hist-basic"])
    monkeypatch.setattr(library, "open", slowly)
    counts = []

    def read_slow():
        with pool.lend("slow") as collection:
            counts.append(collection.stored.count())

    thread = threading.Thread(target=read_slow)
    thread.start()
    started.wait()
    with pool.lend("default") as collection:
        assert collection.stored.count() == 5
    released.set()
    thread.join()
    assert counts == [0]


def test_many_threads_share_a_reader_while_it_is_made_anew(pool, indexed, library):
    def read():
        """Anything else that is raised here fails the test, as a warning of a thread that ended by it."""
        for _ in range(30):
            with suppress(NotFoundError, UnknownNameError), pool.lend("default") as collection:
                collection.stored.count()

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        library.engine.drop("default")
        library.create("default", ["hist-basic"])
    for thread in threads:
        thread.join()
    with pool.lend("default") as collection:
        assert collection.stored.count() == 0


def test_a_name_that_no_collection_has_is_not_found_and_the_nearest_named(services, indexed):
    with pytest.raises(NotFoundError) as caught, services.collection("defualt"):
        pass
    assert "Did you mean 'default'" in caught.value.remedy


def test_a_second_writer_is_refused(services, indexed):
    with services.writing("default"), pytest.raises(WriterBusyError), services.writing("default"):
        pass


def test_folders_that_may_be_indexed(settings, tmp_path):
    named = replace(settings, server_roots=f"{tmp_path}/a:{tmp_path}/a/../b")
    given = [tmp_path / "c", tmp_path / "a"]
    folders = {tmp_path / letter for letter in "abc"}
    assert set(allowed_roots(named, given, own_machine=False)) == folders
    assert set(allowed_roots(named, given, own_machine=True)) == {*folders, Path.home().resolve()}
    assert allowed_roots(settings, [], own_machine=False) == ()
