"""Several processes and threads on one collection."""

from __future__ import annotations

import fcntl
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from cbir.engines.base import SearchRequest
from cbir.errors import NotFoundError, StorageError, WriterBusyError

from .conftest import IDENTITY, entries

pytestmark = pytest.mark.usefixtures("folder")

QUERY = np.arange(1, 9, dtype=np.float32)[None]


def best(collection, k=3):
    (ranking,) = collection.search(SearchRequest("dense", "euclidean", k), QUERY)
    return [int(hit.id, 16) for hit in ranking.hits]


def test_the_second_writer_is_told_who_the_first_is(engine, start):
    process = start("with engine.open('photos', write=True): print('open', flush=True); input()", engine.folder)
    assert process.stdout.readline() == "open\n"
    with pytest.raises(WriterBusyError, match=f"pid {process.pid}: .*python") as caught:
        engine.open("photos", write=True)
    assert "Wait" in caught.value.remedy
    with pytest.raises(WriterBusyError):
        engine.drop("photos")
    with engine.open("photos") as reader:
        assert reader.count() == 20


def test_a_killed_writer_leaves_no_lock_and_what_it_committed(engine, start):
    process = start(
        """
        collection = engine.open('photos', write=True)
        collection.upsert(entries(5, start=20))
        print('done', flush=True)
        input()
        """,
        engine.folder,
    )
    assert process.stdout.readline() == "done\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    with engine.open("photos") as reader:
        assert reader.count() == 25
    with engine.open("photos", write=True) as writer:
        writer.upsert(entries(5, start=25))
        assert writer.check() == []
        assert writer.count() == 30


def test_a_reader_in_another_process_follows_the_writer(engine, start):
    process = start(
        """
        with engine.open('photos') as collection:
            for line in sys.stdin:
                print(collection.count(), best(collection), flush=True)
        """,
        engine.folder,
    )

    def ask():
        process.stdin.write("\n")
        process.stdin.flush()
        return process.stdout.readline()

    assert ask() == "20 [0, 1, 2]\n"
    with engine.open("photos", write=True) as writer:
        writer.delete([f"{0:064x}"])
        assert ask() == "19 [1, 2, 3]\n"
        writer.compact()
        assert ask() == "19 [1, 2, 3]\n"
        writer.upsert(entries(1))
        assert ask() == "20 [0, 1, 2]\n"
    assert ask() == "20 [0, 1, 2]\n"


def test_readers_meet_no_error_and_no_wrong_answer_during_compactions(engine, start):
    """Another process deletes, compacts and adds again without pause while this one searches."""
    process = start(
        """
        with engine.open('photos', write=True) as collection:
            print('open', flush=True)
            for turn in range(30):
                collection.delete([f'{n:064x}' for n in range(10, 20)])
                collection.compact()
                collection.upsert(entries(10, start=10))
        """,
        engine.folder,
    )
    assert process.stdout.readline() == "open\n"
    seen = set()
    with engine.open("photos") as reader:
        while process.poll() is None:
            found = best(reader, k=20)
            assert found in (list(range(10)), list(range(20)))
            seen.add(len(found))
            np.testing.assert_array_equal(reader.vectors("dense", [f"{3:064x}"])[0], QUERY[0] + 3)
    assert process.returncode == 0
    assert seen


def test_threads_share_an_open_collection(engine):
    with engine.open("photos", write=True) as collection, ThreadPoolExecutor(8) as pool:
        writes = [pool.submit(collection.upsert, entries(2, start=20 + 2 * n)) for n in range(10)]
        reads = [pool.submit(best, collection) for _ in range(40)]
        assert all(r.done for w in writes for r in w.result())
        assert all(read.result() == [0, 1, 2] for read in reads)
        assert collection.count() == 40
        assert collection.check() == []


def test_a_search_that_a_compaction_overtakes_starts_again(engine, monkeypatch):
    """The snapshot names a file that is gone before it could be mapped."""
    with engine.open("photos", write=True) as writer, engine.open("photos") as reader:
        writer.delete([f"{0:064x}"])
        rows, turns = reader._segments.rows, iter(range(2))

        def overtaken(*args):
            if next(turns, None) is not None:
                writer.delete([writer.page(0, 1)[0].id])
                writer.compact()
            return rows(*args)

        monkeypatch.setattr(reader._segments, "rows", overtaken)
        assert best(reader) == [3, 4, 5]


def test_a_collection_that_was_replaced_is_noticed(engine):
    """A reader never mixes the old collection with a new one of the same name."""
    with engine.open("photos") as reader:
        engine.drop("photos")
        engine.create("photos", [IDENTITY])
        for call in (reader.count, lambda: best(reader), lambda: list(reader.locations())):
            with pytest.raises(NotFoundError, match="deleted or replaced"):
                call()
    with engine.open("photos", write=True) as writer:
        writer.upsert(entries(2))
        assert writer.check() == []


def test_a_closed_collection_says_so(engine):
    collection = engine.open("photos", write=True)
    collection.close()
    collection.close()
    with pytest.raises(StorageError, match="closed"):
        collection.count()
    with pytest.raises(StorageError, match="closed"):
        collection.upsert(entries(1))


def test_collections_of_one_name_are_made_once(engine):
    """Of several that make it at the same moment one succeeds."""
    outcomes = []

    def make():
        try:
            engine.create("same", [IDENTITY])
        except Exception as error:  # noqa: BLE001 - the outcome is what is tested
            outcomes.append(type(error).__name__)
        else:
            outcomes.append("made")

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["AlreadyExistsError"] * 3 + ["made"]
    assert engine.collections() == ["photos", "same"]


def test_a_reader_lets_go_of_files_that_a_compaction_took_away(engine):
    """A deleted file that stays mapped keeps its space on the disk."""
    with engine.open("photos", write=True) as writer, engine.open("photos") as reader:
        best(reader)
        writer.delete([f"{0:064x}"])
        writer.compact()
        best(reader)
        assert {segment for _, segment in reader._segments._mapped} == {1}


class TestACollectionReplacedWhileItsLockIsTaken:
    """Another process drops the collection between this one's opening and locking of the lock's file."""

    @pytest.fixture
    def replace_before_locking(self, monkeypatch):
        def arrange(*calls):
            real, waiting = fcntl.flock, list(calls)

            def flock(descriptor, operation):
                if waiting:
                    turn, waiting[:] = list(waiting), []
                    for call in turn:
                        call()
                return real(descriptor, operation)

            monkeypatch.setattr(fcntl, "flock", flock)

        return arrange

    def test_the_new_one_has_one_writer(self, engine, replace_before_locking):
        replace_before_locking(lambda: engine.drop("photos"), lambda: engine.create("photos", [IDENTITY]))
        with engine.open("photos", write=True) as writer:
            assert writer.count() == 0
            with pytest.raises(WriterBusyError):
                engine.open("photos", write=True)
        engine.open("photos", write=True).close()

    def test_one_that_is_gone_says_so(self, engine, replace_before_locking):
        replace_before_locking(lambda: engine.drop("photos"))
        with pytest.raises(NotFoundError, match="has deleted the collection 'photos'"):
            engine.open("photos", write=True)
        assert engine.collections() == []
