import os

import pytest

from cbir.errors import InvalidRequestError, NotFoundError
from cbir.ingest.walk import walk


def touch(path, content=b"x"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return str(path)


def test_finds_images_below_a_folder_in_path_order(tmp_path):
    wanted = [touch(tmp_path / name) for name in ("b/z.JPG", "a.png", "b/a.webp")]
    touch(tmp_path / "notes.txt")
    found = walk([str(tmp_path)])
    assert [location.path for location in found.found] == sorted(wanted)
    assert (found.passed_over, found.failures) == (1, [])


def test_location_carries_size_time_and_root(tmp_path):
    path = touch(tmp_path / "sub/a.jpg", b"12345")
    os.utime(path, ns=(7, 1_234_567_891))
    (location,) = walk([str(tmp_path)]).found
    assert (location.size, location.mtime_ns, location.root) == (5, 1_234_567_891, str(tmp_path))


def test_a_file_that_is_reached_twice_counts_once(tmp_path):
    path = touch(tmp_path / "a.jpg")
    assert len(walk([str(tmp_path), path, str(tmp_path)]).found) == 1


def test_a_missing_path_is_an_error_before_anything_is_scanned(tmp_path):
    with pytest.raises(NotFoundError, match="gone"):
        walk([str(tmp_path), str(tmp_path / "gone")])


def test_an_empty_path_is_not_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidRequestError, match="empty"):
        walk([""])


def test_links_to_files_are_followed_and_broken_ones_are_failures(tmp_path):
    target = touch(tmp_path / "elsewhere/real.bin")
    (tmp_path / "album").mkdir()
    (tmp_path / "album/linked.jpg").symlink_to(target)
    (tmp_path / "album/broken.jpg").symlink_to(tmp_path / "nowhere")
    found = walk([str(tmp_path / "album")])
    assert [location.path for location in found.found] == [str(tmp_path / "album/linked.jpg")]
    assert [failure.path for failure in found.failures] == [str(tmp_path / "album/broken.jpg")]
    assert "link" in found.failures[0].reason


def test_a_loop_of_folder_links_ends(tmp_path):
    touch(tmp_path / "a.jpg")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert len(walk([str(tmp_path)]).found) == 1


def test_a_folder_named_like_a_picture_is_a_failure_and_is_scanned(tmp_path):
    inside = touch(tmp_path / "x.jpg/inside.png")
    found = walk([str(tmp_path)])
    assert [location.path for location in found.found] == [inside]
    assert [failure.path for failure in found.failures] == [str(tmp_path / "x.jpg")]


def test_a_pipe_named_like_a_picture_is_a_failure(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    found = walk([str(tmp_path)])
    assert found.found == []
    assert "regular" in found.failures[0].reason


@pytest.mark.parametrize("name", [b"new\nline.jpg", b"\xff\xfe.jpg", b"tab\t.png"])
def test_strange_names_are_kept_byte_for_byte(tmp_path, name):
    raw = os.path.join(os.fsencode(tmp_path), name)
    os.close(os.open(raw, os.O_CREAT | os.O_WRONLY))
    (location,) = walk([str(tmp_path)]).found
    assert os.fsencode(location.path) == raw


def test_a_folder_that_cannot_be_listed_is_a_failure_and_unread(tmp_path, monkeypatch):
    touch(tmp_path / "open/a.jpg")
    closed = tmp_path / "closed"
    closed.mkdir()
    real = os.scandir

    def scandir(path):
        if str(path) == str(closed):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = walk([str(tmp_path)])
    assert found.unread == [str(closed)]
    assert [failure.path for failure in found.failures] == [str(closed)]
    assert len(found.found) == 1
