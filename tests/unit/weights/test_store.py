from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from tests.unit.weights.samples import CONV_SHAPES, DENSE_SHAPES, conv_set, dense_set, digest, random_tensors
from tests.unit.weights.weight_files import write_npz, write_official_h5, write_onnx, write_wheel
from tests.unruly_site import Site

from cbir.download import checksums
from cbir.errors import NotFoundError, ReadOnlyError, StorageError, StorageFullError, UnknownNameError, WeightsError
from cbir.weights import store as store_module
from cbir.weights.catalogue import CATALOGUE, VGG_CREDIT
from cbir.weights.sources import HttpSource
from cbir.weights.store import UnknownContentError, WeightStore

CONV = random_tensors(CONV_SHAPES, seed=1)
FULL = {**CONV, **random_tensors(DENSE_SHAPES, seed=2)}
Make = Callable[..., WeightStore]


@pytest.fixture
def notop(tmp_path: Path) -> Path:
    return write_official_h5(tmp_path / "notop.h5", CONV)


@pytest.fixture
def full(tmp_path: Path) -> Path:
    return write_official_h5(tmp_path / "full.h5", FULL)


def source_of(site: Site, path: Path) -> HttpSource:
    return HttpSource(site.url(f"/{path.name}", path.read_bytes()), path.stat().st_size, md5=checksums(path).md5)


def test_first_use_announces_fetches_once_and_maps(site: Site, store_of: Make, notop: Path, said: list[str]) -> None:
    source = source_of(site, notop)
    store = store_of(conv_set(CONV, source))
    assert not store.available("tiny-conv")
    for _ in range(2):
        tensors = store.tensors("tiny-conv")
        assert list(tensors) == list(CONV_SHAPES)
        for name, tensor in CONV.items():
            np.testing.assert_array_equal(tensors[name], tensor)
    assert store.available("tiny-conv")
    assert said == [f"Fetching the convolutional weights (0 MB), once, from {source.url}"]
    assert len(site.requests) == 1
    assert isinstance(tensors["block1_conv1/bias"].base, np.memmap)


def test_the_second_source_is_tried_when_the_first_fails(
    site: Site, store_of: Make, notop: Path, said: list[str]
) -> None:
    gone = HttpSource(site.url("/gone.h5"))
    row = store_of(conv_set(CONV, gone, source_of(site, notop))).fetch("tiny-conv")
    assert (row.available, row.original, row.source) == (True, True, site.url("/notop.h5"))
    assert said[1] == "Not from there: the server answered 404 Not Found"


def test_when_all_sources_fail_each_is_named_with_its_failure_and_the_remedy(
    site: Site, store_of: Make, notop: Path
) -> None:
    gone = HttpSource(site.url("/gone.h5"))
    changed = HttpSource(site.url("/notop.h5", notop.read_bytes()), md5="0" * 32)
    with pytest.raises(WeightsError) as failure:
        store_of(conv_set(CONV, gone, changed)).fetch("tiny-conv")
    assert (
        f"{gone.url}: the server answered 404 Not Found; {changed.url}: it sent another file" in failure.value.message
    )
    assert failure.value.remedy == (
        f"On a machine that can, download {gone.url} or download {changed.url}; bring the file here and run "
        f"`cbir weights import FILE` (CC BY 4.0; {VGG_CREDIT})."
    )


def test_a_mirror_with_other_weights_is_not_taken(site: Site, store_of: Make, tmp_path: Path) -> None:
    other = write_official_h5(tmp_path / "other.h5", random_tensors(CONV_SHAPES, seed=9))
    store = store_of(conv_set(CONV, source_of(site, other)))
    with pytest.raises(WeightsError, match="holds other weights than the published ones of tiny-conv"):
        store.fetch("tiny-conv")
    assert not store.available("tiny-conv")


def test_offline_opens_no_connection_and_says_how_to_get_them(site: Site, store_of: Make, notop: Path) -> None:
    store = store_of(conv_set(CONV, source_of(site, notop)), offline=True)
    for use in (store.tensors, store.digest, store.fetch):
        with pytest.raises(
            WeightsError, match=r"not in the cache, and fetching is switched off.*weights import FILE"
        ):
            use("tiny-conv")
    assert site.requests == []


def test_offline_uses_what_is_in_the_cache(site: Site, store_of: Make, notop: Path) -> None:
    sets = conv_set(CONV, source_of(site, notop))
    store_of(sets).fetch("tiny-conv")
    assert store_of(sets, offline=True).digest("tiny-conv") == digest(CONV)


def test_a_dense_fetch_brings_the_convolutions_of_the_same_file(site: Site, store_of: Make, full: Path) -> None:
    store = store_of(conv_set(CONV), dense_set(source_of(site, full), also=("tiny-conv",)))
    store.fetch("tiny-dense")
    assert store.digest("tiny-conv") == digest(CONV)
    assert store.digest("tiny-dense") == digest({name: FULL[name] for name in DENSE_SHAPES})
    assert len(site.requests) == 1


@pytest.mark.parametrize("write", [write_official_h5, write_npz, write_onnx, write_wheel])
def test_the_same_weights_have_one_digest_whatever_file_they_came_from(
    store_of: Make, tmp_path: Path, write: Callable[..., Path]
) -> None:
    store = store_of(conv_set(CONV), offline=True)
    [row] = store.import_file(write(tmp_path / "file", CONV))
    assert (row.name, row.original, row.source) == ("tiny-conv", True, str(tmp_path / "file"))
    assert store.digest("tiny-conv") == digest(CONV)
    assert store.digest("tiny-conv", ["block2_conv1/kernel"]) == digest(
        {"block2_conv1/kernel": CONV["block2_conv1/kernel"]}
    )


def test_an_official_full_file_gives_both_sets(store_of: Make, full: Path) -> None:
    official = HttpSource("https://example.org/full.h5", md5=checksums(full).md5)
    store = store_of(conv_set(CONV), dense_set(official), offline=True)
    assert [row.name for row in store.import_file(full)] == ["tiny-conv", "tiny-dense"]


def test_a_file_without_dense_layers_gives_what_it_has_and_says_what_it_lacks(
    store_of: Make, notop: Path, said: list[str]
) -> None:
    store = store_of(conv_set(CONV), dense_set(), offline=True)
    assert [row.name for row in store.import_file(notop)] == ["tiny-conv"]
    assert said == [f"Not imported: {notop} lacks 4 of the 4 tensors of tiny-dense, fc1/kernel first."]
    with pytest.raises(WeightsError, match="lacks 4 of the 4 tensors of tiny-dense"):
        store.import_file(notop, "tiny-dense")


def test_unknown_weights_need_leave_and_get_another_digest(store_of: Make, tmp_path: Path, said: list[str]) -> None:
    tuned = {**CONV, "block2_conv1/bias": CONV["block2_conv1/bias"] + np.float32(1e-6)}
    path = write_official_h5(tmp_path / "tuned.h5", tuned)
    store = store_of(conv_set(CONV), offline=True)
    with pytest.raises(UnknownContentError, match=r"other weights than the published ones.*--allow-unknown"):
        store.import_file(path)
    assert not store.available("tiny-conv")
    [row] = store.import_file(path, allow_unknown=True)
    assert not row.original
    assert store.digest("tiny-conv") == digest(tuned) != digest(CONV)
    assert not store.fetch("tiny-conv").original
    assert said[-1] == "tiny-conv in the cache are not the published weights; remove them to fetch those."


def test_dense_weights_from_a_file_nobody_published_need_leave(store_of: Make, full: Path) -> None:
    """Nobody knows the digest of VGG16's dense weights, so only the official file's checksum vouches for them."""
    store = store_of(dense_set(HttpSource("https://example.org/full.h5", md5="0" * 32)), offline=True)
    with pytest.raises(UnknownContentError):
        store.import_file(full)
    assert not store.import_file(full, allow_unknown=True)[0].original


def test_status_lists_every_set_with_licence_and_credit(site: Site, store_of: Make, notop: Path) -> None:
    store = store_of(conv_set(CONV, source_of(site, notop)), dense_set(HttpSource("https://example.org/full.h5")))
    before = store.status()
    assert [(row.name, row.available, row.problem) for row in before] == [
        ("tiny-conv", False, ""),
        ("tiny-dense", False, ""),
    ]
    assert before[1].source == "https://example.org/full.h5"
    assert before[1].size == 4 * (24 * 7 + 7 + 7 * 3 + 3)
    store.fetch("tiny-conv")
    row = store.status()[0]
    assert (row.available, row.licence, row.credit) == (True, "CC BY 4.0", VGG_CREDIT)
    assert "Visual Geometry Group, University of Oxford" in row.credit


def test_the_catalogue_holds_vgg16() -> None:
    """Parameter counts of Simonyan and Zisserman's configuration D: 14,714,688 and 138,357,544 in all."""
    assert CATALOGUE["vgg16-conv"].size == 4 * 14_714_688
    assert CATALOGUE["vgg16-conv"].size + CATALOGUE["vgg16-dense"].size == 4 * 138_357_544


def test_removed_weights_are_gone(site: Site, store_of: Make, notop: Path) -> None:
    store = store_of(conv_set(CONV, source_of(site, notop)))
    with pytest.raises(NotFoundError, match="tiny-conv is not in the cache"):
        store.remove("tiny-conv")
    store.fetch("tiny-conv")
    store.remove("tiny-conv")
    assert not store.available("tiny-conv")


@pytest.mark.parametrize("name", ["tiny-con", "keras:", "keras:../../etc/passwd", "", "../tiny-conv"])
def test_an_unknown_name_is_refused(store_of: Make, name: str) -> None:
    store = store_of(conv_set(CONV))
    for use in (store.available, store.tensors, store.digest, store.fetch, store.remove, store.verify):
        with pytest.raises(UnknownNameError, match="No weights are called"):
            use(name)
    assert not store.folder.exists()


def test_a_truncated_cache_is_an_error_with_the_remedy_and_a_fetch_mends_it(
    site: Site, store_of: Make, notop: Path
) -> None:
    store = store_of(conv_set(CONV, source_of(site, notop)))
    store.fetch("tiny-conv")
    path = store.folder / "tiny-conv.safetensors"
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(WeightsError, match=r"where its header says .* Run `cbir weights fetch tiny-conv`"):
        store.tensors("tiny-conv")
    assert "where its header says" in store.status()[0].problem
    store.fetch("tiny-conv")
    store.verify("tiny-conv")
    assert store.status()[0].problem == ""


def test_a_changed_byte_in_the_cache_is_found_by_verify_and_mended_by_fetch(
    site: Site, store_of: Make, notop: Path
) -> None:
    store = store_of(conv_set(CONV, source_of(site, notop)))
    store.fetch("tiny-conv")
    path = store.folder / "tiny-conv.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="block2_conv1/bias is not what was stored"):
        store.verify("tiny-conv")
    store.fetch("tiny-conv")
    store.verify("tiny-conv")


def test_a_full_disk_leaves_nothing_behind(
    site: Site, store_of: Make, notop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(path: Path, *_: object) -> None:
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    store = store_of(conv_set(CONV, source_of(site, notop)))
    with monkeypatch.context() as patch:
        patch.setattr(store_module, "write_set", fill)
        with pytest.raises(StorageFullError, match=r"No space is left.*CBIR_WEIGHTS_DIR"):
            store.fetch("tiny-conv")
    assert not store.available("tiny-conv")
    assert not list(store.folder.glob(".tiny*"))
    store.fetch("tiny-conv")
    store.verify("tiny-conv")


def test_a_folder_that_cannot_be_made_is_named(store_of: Make, tmp_path: Path, notop: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Exception, match=r"cannot be used.*CBIR_WEIGHTS_DIR"):
        store_of(conv_set(CONV), folder=tmp_path / "file" / "weights").import_file(notop)


@pytest.mark.parametrize("place", ["file", "file/weights"])
def test_a_file_in_the_place_of_the_folder_is_named_by_every_call(
    store_of: Make, tmp_path: Path, notop: Path, place: str
) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    store = store_of(conv_set(CONV), folder=tmp_path / place)
    assert not store.available("tiny-conv")
    calls: list[Callable[[], object]] = [
        lambda: store.tensors("tiny-conv"),
        lambda: store.digest("tiny-conv"),
        lambda: store.verify("tiny-conv"),
        lambda: store.fetch("tiny-conv"),
        lambda: store.import_file(notop),
        store.status,
    ]
    for call in calls:
        with pytest.raises(StorageError, match=r"file.* cannot be (used|read).*CBIR_WEIGHTS_DIR"):
            call()
    assert (tmp_path / "file").read_bytes() == b"mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_read_only_folder_is_named(store_of: Make, tmp_path: Path, notop: Path) -> None:
    (tmp_path / "weights").mkdir(mode=0o500)
    with pytest.raises(ReadOnlyError, match=r"cannot be written.*CBIR_WEIGHTS_DIR"):
        store_of(conv_set(CONV)).import_file(notop)


def test_leftovers_of_a_killed_process_are_removed(site: Site, store_of: Make, notop: Path) -> None:
    store = store_of(conv_set(CONV, source_of(site, notop)))
    store.folder.mkdir()
    (store.folder / ".tiny-conv.safetensors-dead").write_bytes(b"half")
    store.fetch("tiny-conv")
    assert sorted(path.name for path in store.folder.iterdir()) == [
        ".downloads",
        "tiny-conv.lock",
        "tiny-conv.safetensors",
    ]


FETCH = textwrap.dedent("""
    import json, sys
    from pathlib import Path
    sys.path.insert(0, sys.argv[1])
    from tests.unit.weights.samples import conv_set
    from cbir.download import Downloader
    from cbir.weights.sources import HttpSource
    from cbir.weights.store import WeightStore
    folder, url, md5 = sys.argv[2:]
    known = conv_set(None, HttpSource(url, md5=md5))
    store = WeightStore(Path(folder), offline=False, announce=lambda text: print(text, file=sys.stderr),
                        catalogue={known.name: known}, downloader=Downloader(timeout=20, permitted=lambda _: True))
    print(store.digest("tiny-conv"))
""")


@contextmanager
def fetching(store: WeightStore, source: HttpSource) -> Iterator[subprocess.Popen[str]]:
    """Another process that fetches from ``source`` into the store's folder and prints the digest."""
    root = str(Path(__file__).parents[3])
    command = [sys.executable, "-c", FETCH, root, str(store.folder), source.url, source.md5]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_two_processes_that_fetch_at_once_download_once(site: Site, store_of: Make, notop: Path) -> None:
    source = source_of(site, notop)
    store = store_of(conv_set(CONV, source))
    site.hangs.set()
    with fetching(store, source) as one, fetching(store, source) as two:
        wait_for(lambda: site.requests)
        time.sleep(0.5)
        site.release.set()
        assert [process.communicate(timeout=30)[0].strip() for process in (one, two)] == [digest(CONV)] * 2
    assert len(site.requests) == 1


def test_a_fetch_killed_in_the_middle_leaves_nothing_half_written_and_is_continued(
    site: Site, store_of: Make, notop: Path
) -> None:
    source = source_of(site, notop)
    store = store_of(conv_set(CONV, source))
    site.hangs.set()
    site.cuts = [1000]
    parts = store.folder / ".downloads" / "tiny-conv"
    with fetching(store, source) as process:
        wait_for(lambda: any(part.stat().st_size == 1000 for part in parts.glob("*.part")))
        process.send_signal(signal.SIGKILL)
    site.hangs.clear()
    site.release.set()
    assert not store.available("tiny-conv")
    store.fetch("tiny-conv")
    store.verify("tiny-conv")
    assert site.requests[-1] == ("/notop.h5", "bytes=1000-")


def test_the_cache_says_where_its_weights_came_from(site: Site, store_of: Make, notop: Path) -> None:
    store = store_of(conv_set(CONV, source_of(site, notop)))
    store.fetch("tiny-conv")
    content = (store.folder / "tiny-conv.safetensors").read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    about = json.loads(header["__metadata__"]["cbir"])
    assert about["source"] == site.url("/notop.h5")
    assert about["file_sha256"] == checksums(notop).sha256
    assert about["licence"] == "CC BY 4.0"
