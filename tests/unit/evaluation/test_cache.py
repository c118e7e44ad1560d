"""The descriptor cache: what was written comes back, nothing else does, damage costs only time."""

import json
from dataclasses import replace

import numpy as np
import pytest

from cbir.evaluation.cache import DescriptorCache
from cbir.records import Identity

IDENTITY = Identity("x", 1, 3, non_negative=True, parameters={"bins": [9, 3]}, weights="abc")
IDS = [f"{i:064x}" for i in range(5)]
VECTORS = np.random.default_rng(0).random((5, 3), np.float32)


@pytest.fixture
def cache(tmp_path):
    return DescriptorCache(tmp_path / "cache")


def test_what_was_written_comes_back_bit_for_bit_in_the_order_asked(cache):
    cache.write(IDENTITY, IDS[:3], VECTORS[:3])
    cache.write(IDENTITY, IDS[3:], VECTORS[3:])
    vectors, known = cache.read(IDENTITY, [IDS[4], IDS[0], "f" * 64, IDS[2]])
    assert known.tolist() == [True, True, False, True]
    assert np.array_equal(vectors, np.stack([VECTORS[4], VECTORS[0], np.zeros(3), VECTORS[2]]))
    assert vectors.dtype == np.float32


def test_an_empty_cache_knows_nothing(cache):
    vectors, known = cache.read(IDENTITY, IDS)
    assert not known.any()
    assert vectors.shape == (5, 3)


@pytest.mark.parametrize(
    "change",
    [{"name": "y"}, {"version": 2}, {"non_negative": False}, {"parameters": {"bins": [3, 9]}}, {"weights": "abd"}],
)
def test_whatever_changes_the_identity_hides_what_was_kept(cache, change):
    cache.write(IDENTITY, IDS, VECTORS)
    assert not cache.read(replace(IDENTITY, **change), IDS)[1].any()


def test_the_identity_stands_beside_for_people(cache):
    cache.write(IDENTITY, IDS, VECTORS)
    (file,) = cache.folder.rglob("identity.json")
    assert Identity.from_json(json.loads(file.read_text())) == IDENTITY


@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied", "pickle", "other dims", "no vectors"])
def test_a_damaged_file_counts_as_not_there_and_is_removed(cache, damage):
    cache.write(IDENTITY, IDS[:2], VECTORS[:2])
    (file,) = cache.folder.rglob("*.npz")
    content = file.read_bytes()
    if damage == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        at = content.index(VECTORS[0].tobytes())
        file.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    elif damage == "emptied":
        file.write_bytes(b"")
    elif damage == "pickle":
        np.savez(file, ids=np.array([object()]), vectors=VECTORS[:1])
    elif damage == "other dims":
        np.savez(file, ids=np.array([IDS[0].encode()]), vectors=VECTORS[:1, :2])
    else:
        np.savez(file, ids=np.array([IDS[0].encode()]))
    vectors, known = cache.read(IDENTITY, IDS)
    assert not known.any()
    assert not vectors.any()
    assert not file.exists()


def test_a_write_that_fails_leaves_nothing_behind(cache, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space"):
        cache.write(IDENTITY, IDS, VECTORS)
    assert not list(cache.folder.rglob("*.npz")) + list(cache.folder.rglob("*.partial"))
