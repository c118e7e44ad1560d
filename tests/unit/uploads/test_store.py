"""Uploaded pictures: generated names, decoded first, kept once, never out of their folder."""

import hashlib
import os
import random
import subprocess
import sys
import threading
import time
from io import BytesIO

import pytest
from PIL import Image
from tests.pictures import noise

from cbir.errors import ImageError, InvalidRequestError, StorageError
from cbir.settings import Settings
from cbir.uploads import Uploads
from cbir.uploads import store as store_module


def picture(seed=0, format="PNG"):
    stream = BytesIO()
    noise(seed).save(stream, format)
    return stream.getvalue()


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path / "data", server_upload_mb=1)


@pytest.fixture
def uploads(settings):
    return Uploads(settings)


def files_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


@pytest.mark.parametrize(
    ("format", "extension"),
    [
        ("JPEG", "jpg"),
        ("PNG", "png"),
        ("WEBP", "webp"),
        ("GIF", "gif"),
        ("BMP", "bmp"),
        ("TIFF", "tif"),
        ("AVIF", "avif"),
    ],
)
def test_a_picture_is_kept_byte_for_byte_under_its_hash(uploads, settings, format, extension):
    data = picture(1, format)
    stored = uploads.store("c", "holiday.jpg", data)
    sha = hashlib.sha256(data).hexdigest()
    assert stored.path == str(settings.data_dir / "uploads" / "c" / f"{sha}.{extension}")
    assert (stored.id, stored.width, stored.height, stored.format) == (sha, 48, 32, format)
    with open(stored.path, "rb") as file:
        assert file.read() == data


@pytest.mark.parametrize(
    "name",
    [
        "../../evil.png",
        "/etc/passwd",
        "a\0b.png",
        "",
        "x" * 5000,
        "C:\\fakepath\\x.png",
        "\udcff.png",
        "\u202egnp.exe",
    ],
)
def test_a_clients_name_is_never_used_on_disk(uploads, settings, name):
    stored = uploads.store("c", name, picture())
    assert files_below(settings.data_dir) == [f"uploads/c/{stored.id}.png"]
    assert len(stored.name) <= 200
    assert stored.name.isprintable()
    stored.name.encode()


def test_a_clients_name_stays_readable(uploads):
    assert uploads.store("c", "Été à Nice\n01.JPG", picture()).name == "Été à Nice 01.JPG"


def test_the_same_content_twice_is_stored_once_and_not_written_again(uploads, settings):
    first = uploads.store("c", "a.png", picture())
    inode = os.stat(first.path).st_ino
    second = uploads.store("c", "b.png", picture())
    assert (second.path, second.name) == (first.path, "b.png")
    assert os.stat(first.path).st_ino == inode
    assert len(files_below(settings.data_dir)) == 1


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", picture()[:-40], b"\xff\xd8\xff" + b"\0" * 100],
    ids=["empty", "text", "svg", "cut short", "no jpeg"],
)
def test_what_does_not_decode_leaves_nothing(uploads, settings, data):
    with pytest.raises(ImageError):
        uploads.store("c", "a.png", data)
    assert not settings.data_dir.exists()


def test_what_is_over_the_limit_of_bytes_leaves_nothing(uploads, settings):
    stream = BytesIO()
    Image.effect_noise((1200, 1200), 90).save(stream, "PNG")
    assert len(stream.getvalue()) > 1 << 20
    with pytest.raises(ImageError, match="1 MiB"):
        uploads.store("c", "a.png", stream.getvalue())
    assert not settings.data_dir.exists()


def test_what_is_over_the_limit_of_pixels_leaves_nothing(uploads, settings):
    stream = BytesIO()
    Image.new("1", (10_000, 9_000)).save(stream, "PNG")
    with pytest.raises(ImageError, match="pixels"):
        uploads.store("c", "a.png", stream.getvalue())
    assert not settings.data_dir.exists()


@pytest.mark.parametrize("name", ["..", ".unfinished", "a/b", "", "-c", "ü", "x" * 65, "../uploads"])
def test_a_collection_that_cannot_be_called_so_is_refused(uploads, settings, name):
    for call in (lambda: uploads.store(name, "a.png", picture()), lambda: uploads.throw_away(name, [])):
        with pytest.raises(InvalidRequestError):
            call()
    assert not settings.data_dir.exists()


def test_a_linked_folder_is_not_followed_out(uploads, settings, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (settings.data_dir / "uploads").mkdir(parents=True)
    (settings.data_dir / "uploads" / "c").symlink_to(outside)
    with pytest.raises(StorageError):
        uploads.store("c", "a.png", picture())
    assert list(outside.iterdir()) == []


def test_a_link_in_a_pictures_place_is_replaced_and_its_target_untouched(uploads, tmp_path):
    path = uploads.store("c", "a.png", picture()).path
    target = tmp_path / "mine.png"
    target.write_bytes(b"mine")
    os.unlink(path)
    os.symlink(target, path)
    assert not uploads.is_upload(path)
    uploads.store("c", "a.png", picture())
    assert not os.path.islink(path)
    assert uploads.is_upload(path)
    assert target.read_bytes() == b"mine"


def test_a_damaged_copy_is_replaced_by_a_new_upload(uploads):
    data = picture()
    path = uploads.store("c", "a.png", data).path
    with open(path, "r+b") as file:
        file.write(b"\0")
    uploads.store("c", "a.png", data)
    with open(path, "rb") as file:
        assert file.read() == data


def test_a_failed_write_leaves_nothing(uploads, settings, monkeypatch):
    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store_module, "sync", full)
    with pytest.raises(StorageError, match="space"):
        uploads.store("c", "a.png", picture())
    assert files_below(settings.data_dir) == []


def test_what_a_killed_process_left_is_removed_later(uploads, settings):
    uploads.store("c", "a.png", picture(1))
    drafts = settings.data_dir / "uploads" / ".unfinished"
    old, fresh = drafts / "old", drafts / "fresh"
    for draft in (old, fresh):
        draft.write_bytes(b"half")
    os.utime(old, (1, 1))
    uploads.store("c", "b.png", picture(2))
    assert [path.name for path in drafts.iterdir()] == ["fresh"]


def test_a_picture_appears_only_when_it_is_on_the_disk(uploads, settings, monkeypatch):
    seen = []
    real = store_module.sync

    def recording(descriptor):
        seen.append(files_below(settings.data_dir / "uploads" / "c"))
        real(descriptor)

    monkeypatch.setattr(store_module, "sync", recording)
    uploads.store("c", "a.png", picture())
    assert seen == [[]]


SENDER = """
import sys
from io import BytesIO
from pathlib import Path
from PIL import Image
from cbir.settings import Settings
from cbir.uploads import Uploads
uploads = Uploads(Settings(data_dir=Path(sys.argv[1])))
for seed in range(100_000):
    stream = BytesIO()
    Image.effect_noise((64, 64), seed % 1000 + 1).save(stream, "BMP")
    uploads.store("c", f"{seed}.bmp", stream.getvalue())
    print(flush=True)
"""


@pytest.mark.parametrize("seed", range(3))
def test_a_kill_at_any_moment_leaves_whole_pictures_only(uploads, settings, seed):
    sender = subprocess.Popen([sys.executable, "-c", SENDER, str(settings.data_dir)], stdout=subprocess.PIPE)
    for _ in range(5):
        sender.stdout.readline()
    time.sleep(random.Random(seed).uniform(0, 0.1))
    sender.kill()
    sender.communicate()
    paths = uploads.paths("c")
    assert len(paths) >= 5
    for path in paths:
        with open(path, "rb") as file:
            assert os.path.basename(path) == hashlib.sha256(file.read()).hexdigest() + ".bmp"


def test_many_at_once_store_each_picture_once(settings):
    pictures = [picture(seed) for seed in range(4)]
    errors = []

    def send():
        try:
            for data in pictures:
                Uploads(settings).store("c", "a.png", data)
        except BaseException as error:
            errors.append(error)
            raise

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert files_below(settings.data_dir) == sorted(
        f"uploads/c/{hashlib.sha256(data).hexdigest()}.png" for data in pictures
    )


def test_only_what_lies_in_the_folder_is_an_upload(uploads, settings, tmp_path):
    path = uploads.store("c", "a.png", picture()).path
    folder, name = os.path.split(path)
    assert uploads.is_upload(path)
    assert uploads.is_upload(path, "c")
    assert not uploads.is_upload(path, "d")
    mine = tmp_path / name
    mine.write_bytes(picture())
    odd = [
        str(mine),
        f"{folder}/../c/{name}",
        f"{folder}//{name}",
        f"{folder}/./{name}",
        f"{folder}/{name}/",
        f"{folder}/other.png",
        f"{folder}/{name}\0",
        name,
        f"c/{name}",
        "",
        f"{settings.data_dir}/uploads/../../{name}",
        f"{settings.data_dir}/uploads/{name}",
        f"{folder}/{'0' * 64}.png",
    ]
    assert [one for one in odd if uploads.is_upload(one)] == []


def test_the_uploads_of_a_collection_are_listed_without_links_and_strangers(uploads, settings, tmp_path):
    paths = sorted(uploads.store("c", "a.png", picture(seed)).path for seed in range(3))
    uploads.store("d", "a.png", picture(7))
    folder = settings.data_dir / "uploads" / "c"
    (folder / "notes.txt").write_text("mine")
    (folder / f"{'0' * 64}.png").symlink_to(tmp_path)
    assert uploads.paths("c") == paths
    assert uploads.paths("e") == []
