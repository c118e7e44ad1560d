"""Samples on the disk: kept, made anew when they do not hold any more, and shared by whoever needs them."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from tests.unit.searching.conftest import HISTOGRAM, add, gallery_in, image_id, random_vectors, settings_in

from cbir.collection import Library
from cbir.searching import samples
from cbir.searching.closeness import sampled
from cbir.searching.samples import closeness_in, sample_path

VECTORS = random_vectors(40)


@pytest.fixture
def gallery(tmp_path):
    with gallery_in(tmp_path, VECTORS) as made:
        yield made


@pytest.fixture
def made(monkeypatch):
    """What was sampled, a line each time."""
    calls = []

    def counted(stored, extractor, metric, *, centre):
        calls.append((extractor, metric.name, "centred") if centre else (extractor, metric.name))
        return sampled(stored, extractor, metric, centre=centre)

    monkeypatch.setattr(samples, "sampled", counted)
    return calls


def choice(gallery, metric="cosine"):
    return gallery.collection.choice("histogram", metric)


def same(one, other):
    arrays = np.array_equal(one.pairs, other.pairs) and np.array_equal(one.nearest, other.nearest)
    rest = [(c.larger_is_better, c.spread, c.count, c.ids, c.mean.tolist()) for c in (one, other)]
    return arrays and rest[0] == rest[1]


def test_what_centred_queries_score_is_another_sample(gallery, made):
    plain = closeness_in(gallery.collection, choice(gallery))
    centred = closeness_in(gallery.collection, choice(gallery), centre=True)
    assert made == [("histogram", "cosine"), ("histogram", "cosine", "centred")]
    assert not same(plain, centred)
    assert plain.mean.tolist() == centred.mean.tolist()
    assert same(closeness_in(gallery.collection, choice(gallery), centre=True), centred)
    assert len(made) == 2


def test_a_collection_is_sampled_once_for_each_metric(gallery, made):
    first = closeness_in(gallery.collection, choice(gallery))
    assert same(closeness_in(gallery.collection, choice(gallery)), first)
    assert not same(closeness_in(gallery.collection, choice(gallery, "kl")), first)
    assert made == [("histogram", "cosine"), ("histogram", "kl")]


@pytest.mark.parametrize("keep", [0, 1, 100, 5000])
def test_a_file_that_was_cut_short_is_made_anew(gallery, made, keep):
    first = closeness_in(gallery.collection, choice(gallery))
    path = sample_path(gallery.collection, choice(gallery))
    path.write_bytes(path.read_bytes()[:keep])
    assert same(closeness_in(gallery.collection, choice(gallery)), first)
    assert len(made) == 2
    assert same(samples._read(path), first)


def test_a_file_in_which_bytes_were_changed_is_made_anew(gallery, made):
    first = closeness_in(gallery.collection, choice(gallery))
    path = sample_path(gallery.collection, choice(gallery))
    whole = path.read_bytes()
    for position in range(0, len(whole), len(whole) // 40):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 0xFF]) + whole[position + 1 :])
        assert same(closeness_in(gallery.collection, choice(gallery)), first)


def test_a_file_of_another_kind_is_made_anew(gallery, made):
    path = sample_path(gallery.collection, choice(gallery))
    path.parent.mkdir(parents=True)
    with path.open("wb") as stream:
        np.savez(stream, pairs=np.array(["text"]))
    assert closeness_in(gallery.collection, choice(gallery)) is not None
    assert len(made) == 1


@pytest.mark.parametrize(("added", "anew"), [(4, False), (5, True)])
def test_a_collection_that_grew_by_more_than_a_tenth_is_sampled_anew(gallery, made, tmp_path, added, anew):
    closeness_in(gallery.collection, choice(gallery))
    engine = Library(settings_in(tmp_path)).engine
    add(engine, "photos", range(100, 100 + added), {name: rows[:added] for name, rows in VECTORS.items()})
    closeness_in(gallery.collection, choice(gallery))
    assert len(made) == (2 if anew else 1)


def test_a_collection_of_the_same_name_with_other_images_is_sampled_anew(tmp_path, made):
    library = Library(settings_in(tmp_path))
    for start in (0, 1000):
        library.engine.create("photos", [HISTOGRAM])
        add(library.engine, "photos", range(start, start + 40), {"histogram": VECTORS["histogram"]})
        with library.open("photos") as collection:
            found = closeness_in(collection, collection.choice("histogram", "cosine"))
        assert set(found.ids) <= {image_id(number) for number in range(start, start + 40)}
        library.engine.drop("photos")
    assert len(made) == 2


def test_collections_of_the_same_name_in_other_data_folders_have_other_files(tmp_path):
    paths = set()
    for name in ("one", "other"):
        with gallery_in(tmp_path / name, VECTORS) as made:
            paths.add(sample_path(made.collection, choice(made)).name)
    assert len(paths) == 2


def test_many_that_need_the_same_sample_at_the_same_time_make_it_once(gallery, made):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: closeness_in(gallery.collection, choice(gallery)), range(16)))
    assert len(made) == 1
    assert all(same(one, found[0]) for one in found)
    folder = sample_path(gallery.collection, choice(gallery)).parent
    assert not list(folder.glob("*.partial"))


def test_writers_that_race_without_the_lock_leave_a_whole_file(gallery):
    closeness = closeness_in(gallery.collection, choice(gallery))
    path = sample_path(gallery.collection, choice(gallery))
    with ThreadPoolExecutor(8) as pool:
        writes = [pool.submit(samples._write, path, closeness) for _ in range(40)]
        reads = list(pool.map(lambda _: samples._read(path), range(40)))
    assert [write.result() for write in writes] == [None] * 40
    assert all(same(one, closeness) for one in reads)


def test_where_no_file_can_be_kept_a_process_samples_once_and_says_so(gallery, made, tmp_path, caplog):
    shutil.rmtree(tmp_path / "cache", ignore_errors=True)
    (tmp_path / "cache").write_text("a file where a folder must be")
    first = closeness_in(gallery.collection, choice(gallery))
    assert same(closeness_in(gallery.collection, choice(gallery)), first)
    assert len(made) == 1
    assert "CBIR_CACHE_DIR" in caplog.text


def test_memory_holds_the_samples_that_were_used_last(tmp_path):
    memory = samples._Memory(2)
    closeness = object()
    for name in "abc":
        memory.keep(tmp_path / name, None, closeness)
        memory.get(tmp_path / "a", None)
    assert [memory.get(tmp_path / name, None) is closeness for name in "abc"] == [True, False, True]


def test_a_file_is_read_once_until_it_is_another_one(gallery, monkeypatch):
    read = []
    whole = samples._read
    monkeypatch.setattr(samples, "_memory", samples._Memory(2))
    monkeypatch.setattr(samples, "_read", lambda path: read.append(path) or whole(path))
    for _ in range(3):
        closeness_in(gallery.collection, choice(gallery))
    assert len(read) == 1
    path = sample_path(gallery.collection, choice(gallery))
    path.with_suffix(".copy").write_bytes(path.read_bytes())
    path.with_suffix(".copy").replace(path)
    closeness_in(gallery.collection, choice(gallery))
    assert len(read) == 2


def test_a_collection_that_is_too_small_has_no_file(tmp_path):
    with gallery_in(tmp_path, {name: rows[:19] for name, rows in VECTORS.items()}) as made:
        assert closeness_in(made.collection, choice(made)) is None
        assert not sample_path(made.collection, choice(made)).exists()


def test_the_samples_that_were_made_first_make_room(gallery, monkeypatch):
    monkeypatch.setattr(samples, "MOST_FILES", 2)
    paths = []
    for age, metric in enumerate(["cosine", "kl", "chi2"]):
        closeness_in(gallery.collection, choice(gallery, metric))
        paths.append(sample_path(gallery.collection, choice(gallery, metric)))
        os.utime(paths[-1], (age, age))
    closeness_in(gallery.collection, choice(gallery, "euclidean"))
    assert [path.exists() for path in paths] == [False, False, True]
    assert len(list(paths[0].parent.glob("*.lock"))) == 2
